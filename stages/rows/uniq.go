package rows

import (
	"bytes"
	"fmt"

	"mtpipe/pipeline"
	"mtpipe/stages/each"
	"mtpipe/value"
)

// uniqStages choose values by what came before them, or number them.
func uniqStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "uniq",
			Safe:  true,
			Short: "Passes on one of equal values that follow each other",
			Trait: pipeline.Ordered | pipeline.Passes,
			Long: `Values are compared by their text, as Unix uniq does; equal values that do not follow
each other stay, so sort comes before, or distinct instead. Of equal values the first
is passed on. With -c it becomes text: the number, right-aligned in seven columns, a
blank and the value; a record gets the field count before its others instead. With
-c, -d and -u a value is put when the one behind it is known.`,
		}, uniq),
		distinctStage(),
		each.Value[enumerateArgs]{Doc: pipeline.Doc{
			Name:  "enumerate",
			Safe:  true,
			Short: "Numbers the values, from 1",
			Trait: pipeline.Ordered,
			Long: `Puts a record with the fields n and value for each value. A record gets the field n
before its others; one that it had before is replaced.`,
		}, Do: (*enumerateArgs).number}.Stage(),
	}
}

type uniqArgs struct {
	Count    bool `opt:"c,count" help:"put before each value how often it stood there"`
	Repeated bool `opt:"d,repeated" help:"only values that stood there more than once"`
	Unique   bool `opt:"u,unique" help:"only values that stood there once"`
}

// NamesAfter returns the names of the input, and that of the count.
func (a *uniqArgs) NamesAfter(in []string) []string {
	if a.Count && in != nil {
		return append([]string{"count"}, in...)
	}
	return in
}

func uniq(j *pipeline.Job, a *uniqArgs) error {
	if a.Count || a.Repeated || a.Unique {
		return uniqCounted(j, a)
	}
	var before, text []byte
	first := true
	return keepRows(j, func(v value.Value) bool {
		text = v.AppendKey(text[:0])
		if !first && bytes.Equal(before, text) {
			return false
		}
		first, before, text = false, text, before
		return true
	})
}

// keepRows passes on the values that keep is true for; keep must not hold on to its value.
// Rows of text become spans of the text that they were in.
func keepRows(j *pipeline.Job, keep func(value.Value) bool) error {
	limit := 1 // of rows put at once; it grows, so that a reader who wants few gets them early
	for b, err := range j.Batches() {
		if err != nil {
			return err
		}
		if b.IsText() {
			limit = passSpans(j, b, keep, limit)
			continue
		}
		for _, v := range b.Values() {
			if keep(v) {
				j.Put(v)
			}
		}
	}
	return nil
}

const mostRows = 1 << 16 // that passSpans puts at once

func passSpans(j *pipeline.Job, b *value.Batch, keep func(value.Value) bool, limit int) int {
	out := value.NewSpans(b)
	for s, row := range b.Rows() {
		if !keep(value.Text(row)) {
			continue
		}
		if out.AddSpan(int(s.Off), int(s.Len)); len(out.Spans()) == limit {
			limit = min(2*limit, mostRows)
			j.PutBatch(out)
			out = value.NewSpans(b)
		}
	}
	j.PutSome(out)
	return limit
}

// uniqCounted counts the values of each run of equals before it puts the first of them.
func uniqCounted(j *pipeline.Job, a *uniqArgs) error {
	r := newRuns(a, j.Put)
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		r.add(v, 1)
	}
	r.end()
	return nil
}

// Counts reports whether the number of equal values is put with each.
func (a *uniqArgs) Counts() bool { return a.Count }

// Runs returns what uniq does with its input, for a stage that knows how often each value
// stands in it: add takes n values equal to v, and end puts the last of them.
func (a *uniqArgs) Runs(put func(value.Value)) (add func(v value.Value, n int64), end func()) {
	r := newRuns(a, put)
	return r.add, r.end
}

// runs counts equal values that follow each other.
type runs struct {
	a            *uniqArgs
	put          func(value.Value)
	number       *numbering
	first        value.Value // of the present run
	n            int64       // how many it has
	before, text []byte      // the text of first, and of the value that is added
}

func newRuns(a *uniqArgs, put func(value.Value)) *runs {
	return &runs{a: a, put: put, number: newNumbering("count")}
}

// add adds n values that are equal to v.
func (r *runs) add(v value.Value, n int64) {
	r.text = v.AppendKey(r.text[:0])
	if r.n > 0 && bytes.Equal(r.before, r.text) {
		r.n += n
		return
	}
	r.end()
	r.first, r.n = v, n
	r.before, r.text = r.text, r.before
}

// end puts the first value of the present run, as the options want it.
func (r *runs) end() {
	if r.n == 0 || r.n == 1 && r.a.Repeated || r.n > 1 && r.a.Unique {
		return
	}
	v := r.first
	if r.a.Count {
		v = counted(r.number, v, r.n)
	}
	r.put(v)
}

// counted returns v with its number as uniq -c prints it.
func counted(number *numbering, v value.Value, n int64) value.Value {
	if v.Kind() == value.KindRecord {
		return number.of(n, v)
	}
	return value.Text(v.AppendText(fmt.Appendf(nil, "%7d ", n)))
}

type enumerateArgs struct{}

// NamesAfter returns the names of the input, and that of the number.
func (a *enumerateArgs) NamesAfter(in []string) []string {
	if in == nil {
		return nil
	}
	return append([]string{"n"}, in...)
}

func (a *enumerateArgs) number() func(put func(value.Value), v value.Value) error {
	number := newNumbering("n")
	n := int64(0)
	return func(put func(value.Value), v value.Value) error {
		n++
		put(number.of(n, v))
		return nil
	}
}

// numbering puts a number before the fields of records, and makes records of other values.
type numbering struct {
	name    string
	records value.Projection
	plain   *value.Shape // of records for values that are none
}

func newNumbering(name string) *numbering {
	return &numbering{name: name, plain: value.NewShape(name, "value"), records: value.Projection{
		Plan: func(s *value.Shape) (names []string, from []int) {
			names, from = []string{name}, []int{value.Given}
			for i, n := range s.Names() {
				if n != name {
					names, from = append(names, n), append(from, i)
				}
			}
			return names, from
		}}}
}

func (f *numbering) of(n int64, v value.Value) value.Value {
	if v.Kind() != value.KindRecord {
		return value.Rec(value.NewRecord(f.plain, value.Int(n), v))
	}
	return value.Rec(f.records.Apply(v.AsRecord(), value.Int(n)))
}
