package stages

import (
	"bytes"
	"fmt"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// uniqStages choose values by what came before them, or number them.
func uniqStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "uniq",
			Short: "Passes on one of equal values that follow each other",
			Trait: pipeline.Ordered,
			Long: `Values are compared by their text, as Unix uniq does; equal values that do not follow
each other stay, so sort comes before, or distinct instead. Of equal values the first
is passed on. With -c it becomes text: the number, right-aligned in seven columns, a
blank and the value; a record gets the field count before its others instead. With
-c, -d and -u a value is put when the one behind it is known.`,
		}, uniq),
		pipeline.Define(pipeline.Doc{
			Name:  "distinct",
			Short: "Passes on the first of equal values",
			Trait: pipeline.Ordered,
			Long: `Each value is passed on at once when none that is equal came before it, so nothing
needs to be sorted. With expressions, values are equal when all these are. Keeps what
it has seen in memory, once each.`,
		}, distinct),
		pipeline.Define(pipeline.Doc{
			Name:  "enumerate",
			Short: "Numbers the values, from 1",
			Trait: pipeline.Ordered,
			Long: `Puts a record with the fields n and value for each value. A record gets the field n
before its others; one that it had before is replaced.`,
		}, enumerate),
	}
}

type uniqArgs struct {
	Count    bool `opt:"c,count" help:"put before each value how often it stood there"`
	Repeated bool `opt:"d,repeated" help:"only values that stood there more than once"`
	Unique   bool `opt:"u,unique" help:"only values that stood there once"`
}

func uniq(j *pipeline.Job, a *uniqArgs) error {
	if a.Count || a.Repeated || a.Unique {
		return uniqCounted(j, a)
	}
	var before, text []byte
	first := true
	return keepRows(j, func(v value.Value) (bool, error) {
		text = v.AppendText(text[:0])
		if !first && bytes.Equal(before, text) {
			return false, nil
		}
		first, before, text = false, text, before
		return true, nil
	})
}

// uniqCounted counts the values of each run of equals before it puts the first of them.
func uniqCounted(j *pipeline.Job, a *uniqArgs) error {
	var run value.Value // the first of equals
	var n int64         // how many there were
	var before, text []byte
	number := newNumbering("count")
	put := func() {
		if n == 0 || n == 1 && a.Repeated || n > 1 && a.Unique {
			return
		}
		if a.Count {
			run = counted(number, run, n)
		}
		j.Put(run)
	}
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		text = v.AppendText(text[:0])
		if n > 0 && bytes.Equal(before, text) {
			n++
			continue
		}
		put()
		run, n = v, 1
		before, text = text, before
	}
	put()
	return nil
}

// counted returns v with its number as uniq -c prints it.
func counted(number *numbering, v value.Value, n int64) value.Value {
	if v.Kind() == value.KindRecord {
		return number.of(n, v)
	}
	return value.Text(v.AppendText(fmt.Appendf(nil, "%7d ", n)))
}

type distinctArgs struct {
	By []pipeline.Expr `arg:"expr..." help:"what makes values equal; without it, the value itself"`
}

func distinct(j *pipeline.Job, a *distinctArgs) error {
	seen := make(map[string]struct{})
	var key []byte
	parts := make([]value.Value, len(a.By))
	return keepRows(j, func(v value.Value) (bool, error) {
		for i, e := range a.By {
			var err error
			if parts[i], err = e.Of(v); err != nil {
				return false, err
			}
		}
		switch len(parts) {
		case 0:
			key = v.AppendKey(key[:0])
		case 1:
			key = parts[0].AppendKey(key[:0])
		default:
			key = value.List(parts).AppendKey(key[:0])
		}
		if _, ok := seen[string(key)]; ok {
			return false, nil
		}
		seen[string(key)] = struct{}{}
		return true, nil
	})
}

type enumerateArgs struct{}

func enumerate(j *pipeline.Job, _ *enumerateArgs) error {
	number := newNumbering("n")
	n := int64(0)
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		n++
		j.Put(number.of(n, v))
	}
	return nil
}

// numbering puts a number before the fields of records, and makes records of other values.
type numbering struct {
	name    string
	records projection
	plain   *value.Shape // of records for values that are none
}

func newNumbering(name string) *numbering {
	return &numbering{name: name, plain: value.NewShape(name, "value"), records: projection{
		plan: func(s *value.Shape) (names []string, from []int) {
			names, from = []string{name}, []int{given}
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
	return value.Rec(f.records.apply(v.AsRecord(), value.Int(n)))
}
