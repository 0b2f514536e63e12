package rows

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// bytesInstead is what is said of options that count bytes.
const bytesInstead = "values are counted, not bytes; chars 1 20 keeps the first 20 bytes of each line"

// headStage declares head under one of its names.
func headStage(name, short, long string) *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name: name, Safe: true, Short: short, Long: long,
		Trait:   pipeline.Ordered | pipeline.Textual | pipeline.Passes,
		Instead: map[string]string{"-c": bytesInstead, "--bytes": bytesInstead},
	}, func(j *pipeline.Job, a *headArgs) error { return passRange(j, 0, a.limit()) })
}

func tailStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "tail",
		Safe:  true,
		Short: "Passes on the last N values",
		Trait: pipeline.Global | pipeline.Retains | pipeline.Textual | pipeline.Passes | pipeline.Unread,
		Long: `Without N it passes on ten. Of a large file of lines only the end is read. It keeps the last N values it has read in memory, and
puts them when its input ends; when they take more than the stage's share of
--max-memory, it fails. As with Unix tail, -2 is 2, and +3 stands for all values from number 3
on, which are passed on as they come: the same as skip 2.`,
		Instead: map[string]string{"-c": bytesInstead, "--bytes": bytesInstead,
			"-f": "follow FILE puts the lines of a file as they are written", "-F": "follow FILE puts the lines of a file as they are written, also of one that takes its place"},
	}, func(j *pipeline.Job, a *tailArgs) error { return passLast(j, a.count().n) })
}

// ownCount is a number of values as an argument: -2, which Unix head and tail have for -n 2, is 2.
type ownCount int64

// SetArg reads the number.
func (n *ownCount) SetArg(text string, _ func(string) (string, bool)) error {
	i, err := wholeNumber(text)
	*n = ownCount(max(i, -i))
	return err
}

// wholeNumber reads a number.
func wholeNumber(text string) (int64, error) {
	i, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("is too large: %s", value.TextOf(text).Quote())
	case err != nil:
		return 0, fmt.Errorf("must be a whole number, not %s", value.TextOf(text).Quote())
	}
	return max(i, -math.MaxInt64), nil
}

// signedCount is a number of values whose sign says from which end it counts.
type signedCount struct {
	n    int64 // 0 and more
	sign byte  // - or +, 0 for none
}

// SetArg reads the number.
func (c *signedCount) SetArg(text string, _ func(string) (string, bool)) error {
	i, err := wholeNumber(text)
	*c = signedCount{n: max(i, -i)}
	if strings.HasPrefix(text, "-") || strings.HasPrefix(text, "+") {
		c.sign = text[0]
	}
	return err
}

var errTwoCounts = errors.New("n is given twice, with -n and without")

const someRows = 10 // what head and tail pass on when nobody says how many

type headArgs struct {
	N      *ownCount    `arg:"n?" help:"how many; 10 when it is not given"`
	Option *signedCount `opt:"n,lines" help:"the same as the argument; with -N all but the last N"`
}

// ReadsFields returns the names of the fields that it reads: none.
func (a *headArgs) ReadsFields() ([]string, bool) { return nil, true }

// Check refuses two numbers.
func (a *headArgs) Check() error {
	if a.N != nil && a.Option != nil {
		return errTwoCounts
	}
	return nil
}

// Limit returns how many values are wanted; false when it depends on how many there are.
func (a *headArgs) Limit() (n int64, ok bool) {
	return a.limit(), a.Option == nil || a.Option.sign != '-'
}

func (a *headArgs) limit() int64 {
	switch {
	case a.N != nil:
		return int64(*a.N)
	case a.Option != nil:
		return a.Option.n
	}
	return someRows
}

// Range returns the numbers of the values that are wanted, from 0: up to to, but not to; false when
// they depend on how many there are.
func (a *headArgs) Range() (from, to int64, ok bool) {
	to, ok = a.Limit()
	return 0, to, ok
}

// Variant returns the stage for all but the last N values.
func (a *headArgs) Variant() *pipeline.Stage {
	if _, ok := a.Limit(); ok {
		return nil
	}
	return pipeline.Define(pipeline.Doc{
		Name: "head", Short: "Passes on all but the last N values",
		Trait: pipeline.Ordered | pipeline.Retains | pipeline.Textual | pipeline.Passes,
	}, func(j *pipeline.Job, a *headArgs) error { return passAllBut(j, a.limit()) })
}

type tailArgs struct {
	N      *signedCount `arg:"n?" help:"how many; 10 when it is not given; +N is from number N on"`
	Option *signedCount `opt:"n,lines" help:"the same as the argument"`
}

// Check refuses two numbers.
func (a *tailArgs) Check() error {
	if a.N != nil && a.Option != nil {
		return errTwoCounts
	}
	return nil
}

func (a *tailArgs) count() signedCount {
	switch {
	case a.N != nil:
		return *a.N
	case a.Option != nil:
		return *a.Option
	}
	return signedCount{n: someRows}
}

// Range returns the numbers of the values that are wanted, from 0; false when they count from the
// end.
func (a *tailArgs) Range() (from, to int64, ok bool) {
	c := a.count()
	return max(c.n-1, 0), math.MaxInt64, c.sign == '+'
}

// Variant returns the stage for all values from number N on.
func (a *tailArgs) Variant() *pipeline.Stage {
	if a.count().sign != '+' {
		return nil
	}
	return pipeline.Define(pipeline.Doc{
		Name: "tail", Short: "Passes on the values from number N on",
		Trait: pipeline.Ordered | pipeline.Textual | pipeline.Passes,
	}, func(j *pipeline.Job, a *tailArgs) error { return passRange(j, max(a.count().n-1, 0), math.MaxInt64) })
}

// passAllBut passes on all values but the last n, each as soon as n more have come.
func passAllBut(j *pipeline.Job, n int64) error {
	kept := keptRows{j: j}
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		b.Own()
		if err := kept.add(b); err != nil {
			return err
		}
		for kept.rows > n {
			first := kept.first()
			if over := kept.rows + int64(first.Len()) - n; over < int64(first.Len()) {
				j.PutBatch(first.Part(0, int(over)))
				first.Skip(int(over))
				if err := kept.back(first); err != nil {
					return err
				}
				break
			}
			j.PutBatch(first)
		}
	}
	for _, b := range kept.batches {
		b.Release()
	}
	return nil
}
