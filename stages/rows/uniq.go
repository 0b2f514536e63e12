package rows

import (
	"bytes"
	"errors"
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
-c, -d and -u a value is put when the one after it is known. With -D all values are put that stood
there more than once. -i, -f, -s and -w say what of the text is compared, as those of Unix uniq.`,
			Instead: map[string]string{"-z": "lines --null reads texts that end with a zero byte", "--group": "-c counts equal values, group_by gathers them"},
		}, uniq),
		distinctStage(),
		each.Value[enumerateArgs]{Doc: pipeline.Doc{
			Name:  "enumerate",
			Safe:  true,
			Short: "Numbers the values, from 1",
			Trait: pipeline.Ordered,
			Long: `Puts a record with the fields n and value for each value. A record gets the field n
before its others; one that it had before is replaced.`,
		}, Both: (*enumerateArgs).number}.Stage(),
	}
}

type uniqArgs struct {
	Count    bool `opt:"c,count" help:"put before each value how often it stood there"`
	Repeated bool `opt:"d,repeated" help:"only values that stood there more than once"`
	Unique   bool `opt:"u,unique" help:"only values that stood there once"`

	All    bool   `opt:"D,all-repeated" help:"all values that stood there more than once"`
	Fold   bool   `opt:"i,ignore-case" help:"compare capitals as small letters"`
	Fields int64  `opt:"f,skip-fields" min:"0" help:"do not compare the first N fields"`
	Skip   int64  `opt:"s,skip-chars" min:"0" help:"do not compare the first N bytes, after the fields"`
	Most   *int64 `opt:"w,check-chars" min:"0" help:"compare no more than N bytes"`
}

// Check refuses counts of what is put one by one.
func (a *uniqArgs) Check() error {
	switch {
	case a.All && a.Count:
		return errors.New("-D and -c exclude each other: -D puts each value as often as it stood there")
	case a.All && a.Unique:
		return errors.New("-D and -u exclude each other")
	}
	return nil
}

// Whole reports whether all of a value is compared.
func (a *uniqArgs) Whole() bool {
	return !a.Fold && a.Fields == 0 && a.Skip == 0 && a.Most == nil
}

// appendKey appends what is compared of a value.
func (a *uniqArgs) appendKey(dst []byte, v value.Value) []byte {
	if a.Whole() {
		return v.AppendKey(dst)
	}
	start := len(dst)
	dst = v.AppendText(dst)
	text := dst[start:]
	for range a.Fields {
		text = bytes.TrimLeft(text, " \t\n")
		i := bytes.IndexAny(text, " \t\n")
		if i < 0 {
			i = len(text)
		}
		if text = text[i:]; len(text) == 0 {
			break
		}
	}
	text = text[min(a.Skip, int64(len(text))):]
	if a.Most != nil {
		text = text[:min(*a.Most, int64(len(text)))]
	}
	n := copy(dst[start:], text)
	dst = dst[:start+n]
	if a.Fold {
		for i := start; i < len(dst); i++ {
			if c := dst[i]; 'A' <= c && c <= 'Z' {
				dst[i] = c + 'a' - 'A'
			}
		}
	}
	return dst
}

// NamesAfter returns the names of the input, and that of the count.
func (a *uniqArgs) NamesAfter(in []string) []string {
	if a.Count && in != nil {
		return withFirst("count", in)
	}
	return in
}

func uniq(j *pipeline.Job, a *uniqArgs) error {
	if a.Count || a.Repeated || a.Unique || a.All {
		return uniqCounted(j, a)
	}
	var before, text []byte
	first := true
	return keepRows(j, func(v value.Value) bool {
		text = a.appendKey(text[:0], v)
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
	r.text = r.a.appendKey(r.text[:0], v)
	if r.n > 0 && bytes.Equal(r.before, r.text) {
		if r.a.All {
			if r.n == 1 {
				r.put(r.first)
			}
			r.put(v)
		}
		r.n += n
		return
	}
	r.end()
	r.first, r.n = v, n
	r.before, r.text = r.text, r.before
}

// end puts the first value of the present run, as the options want it.
func (r *runs) end() {
	if r.n == 0 || r.a.All || r.n == 1 && r.a.Repeated || r.n > 1 && r.a.Unique {
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
		return number.of(value.Int(n), v)
	}
	return value.Text(v.AppendText(fmt.Appendf(nil, "%7d ", n)))
}

type enumerateArgs struct{}

// NamesAfter returns the names of the input, and that of the number.
func (a *enumerateArgs) NamesAfter(in []string) []string {
	if in == nil {
		return nil
	}
	return withFirst("n", in)
}

func (a *enumerateArgs) number() (func(put func(value.Value), v value.Value) error, each.Batch) {
	number := newNumbering("n")
	n := int64(0)
	var column []value.Value
	return func(put func(value.Value), v value.Value) error {
			n++
			put(number.of(value.Int(n), v))
			return nil
		}, func(j *pipeline.Job, b *value.Batch) (bool, error) {
			if b.Form() != value.FormRecords || !b.Records().OnlyRecords() {
				return false, nil
			}
			column = column[:0]
			for range b.Len() {
				n++
				column = append(column, value.Int(n))
			}
			b.Own()
			number.records.ApplyAll(b, column)
			j.PutSome(b)
			return true, nil
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

func (f *numbering) of(n, v value.Value) value.Value {
	if v.Kind() != value.KindRecord {
		return value.Rec(value.NewRecord(f.plain, n, v))
	}
	return value.Rec(f.records.Apply(v.AsRecord(), n))
}

// withFirst returns the names after name was put before them.
func withFirst(name string, names []string) []string {
	list := []string{name}
	for _, n := range names {
		if n != name {
			list = append(list, n)
		}
	}
	return list
}
