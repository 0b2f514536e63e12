package text

import (
	"bytes"
	"errors"

	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func trStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "tr",
		Safe:  true,
		Short: "Translates, squeezes or deletes characters",
		Trait: pipeline.Ordered | pipeline.Textual,
		Long: `Puts for each character of SET1 the one at the same place in SET2, whose last one
stands for all that are missing. A set is characters, ranges as a-z, classes as [:alpha:],
repetitions as [x*5] and escapes: \n, \t, \\ and others, and octal \012.
The newline behind each value takes part: tr ' ' '\n' puts each word as a value of its
own, tr '\n' ' ' joins all into one.
Characters are those of Unicode. A byte that is not UTF-8 is in no set, so only in a
complement.`,
	}, tr)
}

type trArgs struct {
	Set1       string  `arg:"set1" help:"the characters to look for"`
	Set2       *string `arg:"set2?" help:"what to put for them; with -d and -s, what to squeeze"`
	Delete     bool    `opt:"d,delete" help:"delete the characters of SET1"`
	Squeeze    bool    `opt:"s,squeeze" help:"put one for several equal ones in a row, of the last set given"`
	Complement bool    `opt:"c,complement" help:"SET1 is all characters that it does not name"`

	table *translation
}

// Check reads the sets.
func (a *trArgs) Check() error {
	switch {
	case a.Set2 == nil && !a.Delete && !a.Squeeze:
		return errors.New("set2 is missing, or -d or -s")
	case a.Set2 != nil && a.Delete && !a.Squeeze:
		return errors.New("-d takes one set, without -s")
	case a.Set2 == nil && a.Delete && a.Squeeze:
		return errors.New("set2 is missing: what -s is to squeeze when -d has deleted")
	}
	first, err := parseSet("set1", a.Set1)
	if err != nil {
		return &pipeline.ArgError{Arg: "set1", Err: err}
	}
	second := &charSet{}
	if a.Set2 != nil {
		if second, err = parseSet("set2", *a.Set2); err != nil {
			return &pipeline.ArgError{Arg: "set2", Err: err}
		}
	}
	if a.table, err = a.translation(first, second); err != nil {
		return &pipeline.ArgError{Arg: "set2", Err: err}
	}
	return nil
}

// translation returns the table for the sets.
func (a *trArgs) translation(first, second *charSet) (*translation, error) {
	t := newTranslation()
	switch {
	case a.Delete:
		t.remove(first, a.Complement)
	case a.Set2 != nil:
		if err := t.replace(first, second, a.Complement); err != nil {
			return nil, err
		}
	}
	switch {
	case a.Squeeze && a.Set2 != nil:
		t.squeeze(second, false)
	case a.Squeeze:
		t.squeeze(first, a.Complement)
	}
	t.finish()
	return t, nil
}

// tr translates its input as one text, in which a newline stands behind each value, and
// puts the lines of what comes out.
func tr(j *pipeline.Job, a *trArgs) error {
	w := &trWriter{table: a.table, pool: input.NewRewritten(), last: none}
	for b, err := range j.Batches() {
		if err != nil {
			w.rest(j)
			return err
		}
		if err := w.batch(j, b); err != nil {
			w.rest(j)
			return err
		}
	}
	w.rest(j)
	return nil
}

// trWriter translates batches.
type trWriter struct {
	table *translation
	pool  *value.BlockPool
	last  rune   // the last character that was put, when it may be squeezed
	line  []byte // the beginning of a line whose end has not come
	open  bool   // a newline is to come in front of the next value, if there is one
}

// batch translates the rows of b and puts the lines that they end.
func (w *trWriter) batch(j *pipeline.Job, b *value.Batch) error {
	block := w.pool.Room(max(len(b.Data())+1, minimalOutput))
	buf := block.Bytes()[:0]
	var bad error
	if b.Form() == value.FormLines {
		if w.table.keepsLines && len(w.line) == 0 && !w.open {
			block.SetOrigin(b.Origin())
		}
		buf = w.text(buf, b.Data(), b.Unterminated())
	} else {
		var scratch []byte
		for v := range b.All() {
			if v.Kind() == value.KindRecord {
				_, bad = each.TextOf(v)
				bad = j.Bad(v, bad)
				break
			}
			scratch = v.AppendText(scratch[:0])
			if !v.Unterminated() {
				scratch = append(scratch, '\n')
			}
			buf = w.text(buf, scratch, v.Unterminated())
		}
	}
	w.put(j, block, buf)
	if bad == nil && len(w.line) > j.MaxLine() {
		bad = &input.TooLongError{What: "a line", Limit: j.MaxLine()}
		w.line = nil // a part of a line is no line
	}
	return bad
}

const minimalOutput = 512 // bytes of room

// text translates text; open says that its last line lacks the newline.
func (w *trWriter) text(dst, text []byte, open bool) []byte {
	if w.open {
		dst, w.last = w.table.append(dst, newline, w.last)
	}
	w.open = open
	dst, w.last = w.table.append(dst, text, w.last)
	return dst
}

var newline = []byte{'\n'}

// put puts the lines that end in buf, which lies in block unless it has outgrown it. What
// is behind them waits for its end.
func (w *trWriter) put(j *pipeline.Job, block *value.Block, buf []byte) {
	origin := block.Origin()
	block = block.Filled(buf)
	block.SetOrigin(origin)
	start, end := 0, bytes.LastIndexByte(buf, '\n')+1
	rest := buf[end:]
	if end > 0 && len(w.line) > 0 {
		start = bytes.IndexByte(buf, '\n') + 1
		line := append(w.line, buf[:start]...)
		w.line = nil
		j.PutBatch(value.NewLines(value.NewBlock(line), line))
	}
	w.line = append(w.line, rest...)
	if start < end {
		j.PutBatch(value.NewLines(block, buf[start:end]))
	} else {
		block.Release()
	}
}

// rest puts the line that no newline ends.
func (w *trWriter) rest(j *pipeline.Job) {
	if len(w.line) > 0 {
		j.Put(value.Text(w.line).AsUnterminated())
	}
}
