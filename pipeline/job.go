package pipeline

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"

	"mtpipe/internal/expression"
	"mtpipe/internal/layer"
	"mtpipe/internal/terminal"
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

	names *tally // which names of fields were found; nil when all were, or it was not asked for
}

// In iterates over the stage's input, by the value; see microthread.Thread.In.
func (j *Job) In() iter.Seq2[value.Value, error] {
	if j.in == nil {
		return func(func(value.Value, error) bool) {}
	}
	names := j.findNames()
	if names == nil {
		return j.in.All()
	}
	return func(yield func(value.Value, error) bool) {
		for v, err := range j.in.All() {
			names.value(v)
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
	if names == nil {
		return j.in.Batches()
	}
	return func(yield func(*value.Batch, error) bool) {
		for b, err := range j.in.Batches() {
			if err == nil {
				names.batch(&names.input, b)
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
	if names := j.findNames(); names != nil {
		names.value(v)
	}
	return v, err
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
func (j *Job) Stdin() io.Reader { return j.StdinOn(j.Thread) }

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
	if j.run.streams.outFile == nil {
		return 0
	}
	columns, _ := terminal.Width(j.run.streams.outFile)
	return columns
}

// Warn writes a line to the standard error of the run, in one piece, marked with the
// stage's name.
func (j *Job) Warn(format string, args ...any) {
	_ = j.run.streams.tell(fmt.Appendf(nil, "mtpipe: %s: %s\n", j.stage.name, syntax.Printable(fmt.Sprintf(format, args...))))
}

// Stderr writes p to the standard error of the run in one piece. On a terminal, what it would
// act on is escaped.
func (j *Job) Stderr(p []byte) error {
	if isTerminal(j.run.streams.errFile) {
		p = []byte(syntax.Printable(string(p)))
	}
	return j.run.streams.tell(p)
}

// DataError is an error about one value of the input: where that came from and a short
// piece of it.
type DataError struct {
	File  string // "" when it has no name
	Line  int64  // from 1; 0 when it is not known
	Col   int    // byte in the line, from 1; 0 when the error is about a whole value
	Piece string // at most 40 characters of the value
	Err   error
}

// Error returns "FILE:LINE:COL: message: piece", as far as these are known.
func (e *DataError) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		if e.File != "" {
			b.WriteString(e.File + ":")
		} else {
			b.WriteString("line ")
		}
		b.WriteString(strconv.FormatInt(e.Line, 10))
		if e.Col > 0 {
			b.WriteString(":" + strconv.Itoa(e.Col))
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	if e.Piece != "" && !strings.Contains(e.Err.Error(), e.Piece) {
		b.WriteString(": " + e.Piece)
	}
	return b.String()
}

// Unwrap returns the error itself.
func (e *DataError) Unwrap() error { return e.Err }

// Bad returns err as an error about the value v, which the stage has just read with In or
// Next.
func (j *Job) Bad(v value.Value, err error) error {
	e := &DataError{Piece: v.Quote(), Err: err}
	if j.in != nil {
		if b, off, ok := j.in.Position(); ok {
			j.locate(e, b, off)
		}
	}
	return e
}

// BadRow returns err as an error about the row at s of the batch b.
func (j *Job) BadRow(b *value.Batch, s value.Span, err error) error {
	b.Block().Pin() // err may hold a part of the row
	e := &DataError{Piece: syntax.Quote(string(b.Data()[s.Off : s.Off+s.Len])), Err: err}
	j.locate(e, b, int(s.Off))
	return e
}

// badAt returns err as an error about the place off in the text of the batch b, in the row
// at s.
func (j *Job) badAt(b *value.Batch, s value.Span, off int, err error) error {
	b.Block().Pin()
	text := b.Data()
	e := &DataError{Col: b.ColumnOf(off), Piece: syntax.Quote(string(text[s.Off : s.Off+s.Len])), Err: err}
	j.locate(e, b, off)
	return e
}

// linesBefore is how many newlines stand before a place in a file.
type linesBefore struct {
	file   string
	offset int64
	n      int64
}

// locate finds the line of a row: its reader has counted lines, or the file is read again
// from the place of the last error to the block that holds the row.
func (j *Job) locate(e *DataError, b *value.Batch, off int) {
	origin, newlines := b.PlaceFrom(&j.place, off)
	e.File = origin.File
	if origin.Line > 0 {
		e.Line = origin.Line + int64(newlines)
		return
	}
	if j.last.file != origin.File || j.last.offset > origin.Offset {
		j.last = linesBefore{file: origin.File}
	}
	if j.last.offset < origin.Offset {
		f, err := os.Open(origin.File)
		if err != nil {
			return
		}
		defer f.Close()
		n, err := countLines(io.NewSectionReader(f, j.last.offset, origin.Offset-j.last.offset))
		if err != nil {
			return
		}
		j.last.offset, j.last.n = origin.Offset, j.last.n+n
	}
	e.Line = j.last.n + int64(newlines) + 1
}

func countLines(r io.Reader) (n int64, err error) {
	buf := make([]byte, 128<<10)
	for {
		m, err := r.Read(buf)
		n += int64(bytes.Count(buf[:m], []byte{'\n'}))
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// Budget returns how many bytes the stage, or this copy of it, may keep in memory: its part
// of --max-memory. It is for stages that have the trait Retains.
func (j *Job) Budget() int64 { return j.run.budget }

// Combined reports whether what the stage reads goes to copies that combine it: then it may
// be handed over in large pieces, since nothing of it is kept.
func (j *Job) Combined() bool { return j.stage.combined }
