package pipeline

import (
	"fmt"
	"io"
	"iter"
	"os"

	"mtpipe/internal/expression"
	"mtpipe/internal/format"
	"mtpipe/internal/layer"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// Job is one stage at work: the thread that it runs on, its stdin, and what it may ask of
// the run. Its methods are for that thread.
type Job struct {
	*microthread.Thread
	run   *run
	stage *planned
	in    *pipe.Pipe // nil for a source

	last  linesBefore // the block that the last error was in
	place value.Place // of that error

	evaluators []*expression.Evaluator // of the columns
	columns    []*value.Column         // that Columns returned last

	lost   bool    // it has left a record out
	keeps  int64   // bytes, see Keep
	places *places // nil when no expression of the stage asks for them
	names  *tally  // which names of fields were found; nil when all were, or it was not asked for
}

// In iterates over the stage's input, by the value; see microthread.Thread.In.
func (j *Job) In() iter.Seq2[value.Value, error] {
	if j.in == nil {
		return func(func(value.Value, error) bool) {}
	}
	names := j.findNames()
	if names == nil && j.places == nil {
		return j.in.All()
	}
	return func(yield func(value.Value, error) bool) {
		for v, err := range j.in.All() {
			j.note(names, v)
			if !yield(v, err) {
				return
			}
		}
	}
}

// Batches iterates over the stage's input, a batch at a time. A batch is valid until the
// next one is asked for, unless PutBatch has taken it. It holds text or values: records come
// as values.
func (j *Job) Batches() iter.Seq2[*value.Batch, error] {
	return func(yield func(*value.Batch, error) bool) {
		for b, err := range j.AnyBatches() {
			if err == nil && b.Form() == value.FormRecords {
				b.ToValues()
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

// AnyBatches is Batches for a stage that takes records in the form in which they were read.
func (j *Job) AnyBatches() iter.Seq2[*value.Batch, error] {
	if j.in == nil {
		return func(func(*value.Batch, error) bool) {}
	}
	names := j.findNames()
	if names == nil && j.places == nil {
		return j.in.Batches()
	}
	return func(yield func(*value.Batch, error) bool) {
		for b, err := range j.in.Batches() {
			if err == nil {
				if names != nil {
					names.batch(b, j.sequence())
				}
				if j.places != nil {
					j.places.take(b)
				}
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

// Next returns the next value of the stage's input; io.EOF at its end.
func (j *Job) Next() (value.Value, error) {
	if j.in == nil {
		return value.Null, io.EOF
	}
	v, err := j.in.Next()
	j.note(j.findNames(), v)
	return v, err
}

// sequence returns which batch of the input of a copy is worked on; 0 in what is no copy.
func (j *Job) sequence() int64 {
	if j.run.seq == nil {
		return 0
	}
	return *j.run.seq
}

// note remembers what the job wants to know of v, which the stage is given.
func (j *Job) note(names *tally, v value.Value) {
	if names != nil {
		names.value(v)
	}
	if j.places != nil {
		j.places.value(v)
	}
}

// Input returns the pipe that the stage reads, or nil.
func (j *Job) Input() *pipe.Pipe { return j.in }

var keepRest = layer.Take[func(*pipe.Pipe, int)]("pipe.keepRest")

// KeepRest says, before the loop over Batches is left early, that only the first n rows of
// the batch were wanted.
func (j *Job) KeepRest(n int) {
	if j.in != nil {
		keepRest(j.in, n)
	}
}

// Name returns the name that the stage was called by.
func (j *Job) Name() string { return j.stage.name }

// Stdin returns the standard input of the run, whose reads suspend the stage.
func (j *Job) Stdin() io.Reader {
	s := j.run.streams
	return &named{reading: s.stdinOn(j.Thread), of: s, empty: func() { j.Warn("the standard input was read to its end before") }}
}

// StdinOn is Stdin for another thread, t.
func (j *Job) StdinOn(t *microthread.Thread) io.Reader { return j.run.streams.stdinOn(t) }

// StdinFile returns the standard input of the run when that is a file, as a program can be
// given it.
func (j *Job) StdinFile() (f *os.File, ok bool) {
	return j.run.streams.inFile, j.run.streams.stdin == nil
}

// Output returns the standard output of the run, and Messages its standard error, for a stage
// that writes there by itself.
func (j *Job) Output() Writer { return j.run.streams.output() }

// Messages is Output for the standard error.
func (j *Job) Messages() Writer { return j.run.streams.messages() }

// Width returns how many columns the terminal has that is the standard output of the run; 0
// when it is none, or does not say.
func (j *Job) Width() int {
	return j.run.screen().Columns
}

// Warn writes a line to the standard error of the run, in one piece, marked with the
// stage's name.
func (j *Job) Warn(format string, args ...any) {
	j.run.tell("warning", &syntax.Error{Stage: j.stage.name, Msg: fmt.Sprintf(format, args...)})
}

// Stderr writes p to the standard error of the run in one piece. On a terminal, what it would
// act on is escaped.
func (j *Job) Stderr(p []byte) error {
	if isTerminal(j.run.streams.errFile) {
		p = []byte(syntax.Printable(string(p)))
	}
	return j.run.streams.tell(p)
}

// Renews reports whether the standard error of the run is a terminal, where Renew can be used.
func (j *Job) Renews() bool { return isTerminal(j.run.streams.errFile) }

// Renew shows line, without a newline, on the terminal that is the standard error of the run, over
// the line that it showed there before.
func (j *Job) Renew(line string) error {
	return j.run.streams.tell([]byte("\r" + syntax.Printable(line) + "\x1b[K"))
}

// Documents returns what JSON was read as in the stage's pipeline.
func (j *Job) Documents() *format.Documents { return j.run.documents }

// Combined reports whether what the stage reads goes to copies that combine it: then it may
// be handed over in large pieces, since nothing of it is kept.
func (j *Job) Combined() bool { return j.stage.combined }
