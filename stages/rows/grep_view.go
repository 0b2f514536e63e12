package rows

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"strconv"

	"mtpipe/internal/search"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// grepView is the options of grep for which it has to know more than one value.
type grepView struct {
	After    *int64 `opt:"A,after-context" min:"0" help:"pass on N values after each match, too"`
	Before   *int64 `opt:"B,before-context" min:"0" help:"pass on N values before each match, too"`
	Context  *int64 `opt:"C,context" min:"0" help:"pass on N values before and after each match, too"`
	Count    bool   `opt:"c,count" help:"put how many values match instead"`
	Number   bool   `opt:"n,line-number" help:"put the number of each value before it"`
	WithFile bool   `opt:"H,with-filename" help:"put the name of its file before each value"`
	Most     *int64 `opt:"m,max-count" min:"0" help:"stop after N values that match"`
	Quiet    bool   `opt:"q,quiet" help:"put nothing; the run fails when nothing matches"`
}

// around reports whether more than matches is put.
func (v *grepView) around() bool { return v.After != nil || v.Before != nil || v.Context != nil }

// beside returns how many values are put on one side of a match; option is that of the side.
func (v *grepView) beside(option *int64) int64 {
	for _, n := range []*int64{option, v.Context} {
		if n != nil {
			return *n
		}
	}
	return 0
}

// Variant returns the stage that knows the values around each, or that counts.
func (a *grepArgs) Variant() *pipeline.Stage {
	counts := a.Count && !a.Quiet && a.Most == nil && a.File == ""
	doc := pipeline.Doc{Name: "grep", Short: "Passes on values whose text matches, and more", Trait: pipeline.Ordered | pipeline.Textual}
	switch {
	case counts:
		doc.Trait = 0
		return pipeline.DefineCombine(doc, func(_ *pipeline.Job, a *grepArgs) *matchCounter { return &matchCounter{args: a} })
	case a.Quiet:
		return pipeline.Define(doc, grepQuiet)
	case a.Count || a.Number || a.WithFile:
		return pipeline.Define(doc, grepAround)
	case a.around() || a.Most != nil || a.File != "":
		if !a.around() && !a.Only {
			doc.Trait |= pipeline.Passes
		}
		return pipeline.Define(doc, grepAround)
	}
	return nil
}

// matchCounter counts matches; it is the partial of grep -c.
type matchCounter struct {
	args *grepArgs
	n    int64
	text []byte
}

// Add counts the rows of a batch that match, or that do not.
func (c *matchCounter) Add(_ *pipeline.Job, b *value.Batch, _ int64) error {
	n := int64(0)
	switch {
	case b.Form() == value.FormLines:
		c.args.matcher.Each(b.Data(), func(int, int) bool { n++; return true })
	case b.IsText():
		for _, row := range b.Rows() {
			if c.args.matcher.MatchText(row) {
				n++
			}
		}
	default:
		if b.Form() == value.FormRecords {
			b.ToValues()
		}
		for v := range b.Look() {
			if c.text = v.AppendText(c.text[:0]); c.args.matcher.MatchText(c.text) {
				n++
			}
		}
	}
	if c.args.Invert {
		n = int64(b.Len()) - n
	}
	c.n += n
	return nil
}

// Merge adds the count of o.
func (c *matchCounter) Merge(_ *pipeline.Job, o *matchCounter) error {
	c.n += o.n
	return nil
}

// Snapshot returns the same count.
func (c *matchCounter) Snapshot(*pipeline.Job) (*matchCounter, bool) {
	return &matchCounter{n: c.n}, true
}

// Encode gives the count.
func (c *matchCounter) Encode(_ *pipeline.Job, _ int, put func(int, []byte) error) error {
	return put(0, binary.AppendVarint(nil, c.n))
}

// Decode adds a count.
func (c *matchCounter) Decode(_ *pipeline.Job, encoded []byte) error {
	n, size := binary.Varint(encoded)
	if size != len(encoded) {
		return errors.New("what a part has handed over is broken")
	}
	c.n += n
	return nil
}

// Put puts the count.
func (c *matchCounter) Put(j *pipeline.Job) error {
	j.Put(value.Int(c.n))
	return nil
}

// current returns the matcher, with the patterns of the file.
func (a *grepArgs) current() (*search.Matcher, error) {
	if a.File == "" {
		return a.matcher, nil
	}
	text, err := os.ReadFile(a.File)
	if err != nil {
		return nil, err
	}
	patterns := a.patterns()
	for line := range bytes.Lines(text) {
		patterns = append(patterns, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return a.compile(patterns)
}

// selector returns what reports whether a value is to be passed on.
func (a *grepArgs) selector() (func(v value.Value) bool, error) {
	m, err := a.current()
	if err != nil {
		return nil, err
	}
	var text []byte
	return func(v value.Value) bool {
		text = v.AppendText(text[:0])
		return m.MatchText(text) != a.Invert
	}, nil
}

var errNoMatch = errors.New("nothing matches")

func grepQuiet(j *pipeline.Job, a *grepArgs) error {
	matches, err := a.selector()
	if err != nil {
		return err
	}
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		if matches(v) {
			return nil
		}
	}
	return errNoMatch
}

// viewed is a value with its number and file.
type viewed struct {
	v    value.Value
	n    int64
	file string
}

// viewedSize is what one takes in a list, which grows to twice what is in it.
const viewedSize = 2 * 48

// viewer puts values that match, and what stands around them.
type viewer struct {
	j       *pipeline.Job
	a       *grepArgs
	finder  *search.Matcher
	before  []viewed // that were not put, at most as many as are wanted before a match
	after   int64    // values that are still to be put after the last match
	last    int64    // the place of the value that was put last, from 1; 0 when there is none
	place   int64    // of the present value
	matched int64
	number  *numbering
	file    *numbering
}

func grepAround(j *pipeline.Job, a *grepArgs) error {
	matches, err := a.selector()
	if err != nil {
		return err
	}
	w := &viewer{j: j, a: a, number: newNumbering("n"), file: newNumbering("file")}
	if w.finder, err = a.current(); err != nil {
		return err
	}
	if a.Most != nil && *a.Most == 0 {
		j.AwaitHeader()
		return w.end()
	}
	x := viewed{}
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		w.place++
		x.v, x.n = v, x.n+1
		if a.WithFile {
			if file := j.File(); file != x.file {
				x.file, x.n = file, 1
			}
		}
		if err := w.see(x, matches(v)); err != nil {
			return err
		}
		if w.enough() {
			break
		}
	}
	return w.end()
}

// enough reports whether all that is wanted was put.
func (w *viewer) enough() bool {
	return w.a.Most != nil && w.matched >= *w.a.Most && w.after == 0
}

// end puts the count when that is asked for.
func (w *viewer) end() error {
	if w.a.Count {
		w.j.Put(value.Int(w.matched))
	}
	return nil
}

// see takes in the next value.
func (w *viewer) see(x viewed, matches bool) error {
	full := w.a.Most != nil && w.matched >= *w.a.Most // what comes is put only as what stands around
	switch {
	case matches && !full:
		w.matched++
		if !w.a.Count {
			w.match(x)
		}
	case w.after > 0:
		w.after--
		w.put(x, '-')
	default:
		return w.keep(x)
	}
	return nil
}

// memory returns what x takes in a list.
func (x *viewed) memory() int64 { return x.v.Memory() + viewedSize }

// match puts a value that matches, after those that stand before it.
func (w *viewer) match(x viewed) {
	first := w.place - int64(len(w.before))
	if w.a.around() && w.last > 0 && first > w.last+1 && x.v.Kind() != value.KindRecord {
		w.j.Put(value.TextOf("--"))
	}
	for i, b := range w.before {
		_ = w.j.Keep(-b.memory())
		w.put(b, '-')
		w.before[i] = viewed{}
	}
	w.before = w.before[:0]
	w.put(x, ':')
	w.last = w.place
	if w.after = w.a.beside(w.a.After); w.a.Count {
		w.after = 0
	}
}

// keep keeps a value that may stand before a match.
func (w *viewer) keep(x viewed) error {
	most := int(w.a.beside(w.a.Before))
	if most == 0 || w.a.Count {
		return nil
	}
	if len(w.before) == most {
		_ = w.j.Keep(-w.before[0].memory())
		w.before[0] = viewed{}
		w.before = w.before[1:]
	}
	w.before = append(w.before, x)
	return w.j.Keep(x.memory())
}

// put puts a value with its number and file, or its matches.
func (w *viewer) put(x viewed, mark byte) {
	w.last = w.place
	if !w.a.Only {
		w.j.Put(w.marked(x, x.v, mark))
		return
	}
	text := x.v.AppendText(nil)
	w.finder.FindAll(text, func(start, end int) { w.j.Put(w.marked(x, value.Text(text[start:end:end]), mark)) })
}

// marked returns v, which is x or a part of it, with the number and file of x.
func (w *viewer) marked(x viewed, v value.Value, mark byte) value.Value {
	if !w.a.Number && !w.a.WithFile {
		return v
	}
	if v.Kind() == value.KindRecord {
		if w.a.Number {
			v = w.number.of(value.Int(x.n), v)
		}
		if w.a.WithFile {
			v = w.file.of(value.TextOf(x.file), v)
		}
		return v
	}
	var text []byte
	if w.a.WithFile {
		if x.file == "" {
			x.file = "(standard input)"
		}
		text = append(append(text, x.file...), mark)
	}
	if w.a.Number {
		text = append(strconv.AppendInt(text, x.n, 10), mark)
	}
	return value.Text(v.AppendText(text))
}
