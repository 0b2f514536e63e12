// Package order holds the family of stages that put all of their input in another order.
package order

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"mtpipe/internal/ordering"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	sort := sortStage()
	return pipeline.Family{Name: "order", Fusions: append(sortedHead(sort), sortedUniq()), Stages: []*pipeline.Stage{
		sort,
		pipeline.Define(pipeline.Doc{
			Name:  "reverse",
			Safe:  true,
			Short: "Puts its input in reverse order",
			Trait: pipeline.Unread | pipeline.Global | pipeline.Retains | pipeline.Passes,
			Long: `The last value comes first. What does not fit into the stage's share of --max-memory goes
to a temporary file, in the directory TMPDIR.`,
		}, reverse),
		pipeline.Define(pipeline.Doc{
			Name:  "tac",
			Safe:  true,
			Short: "Puts its input in reverse order, as reverse does",
			Trait: pipeline.Unread | pipeline.Global | pipeline.Retains | pipeline.Passes,
			Long:  `Another name for reverse, which Unix has.`,
		}, reverse),
		pipeline.Define(pipeline.Doc{
			Name:  "shuffle",
			Safe:  true,
			Short: "Puts its input in random order",
			Trait: pipeline.Global | pipeline.Retains | pipeline.Passes,
			Long: `All orders are equally likely. With --seed, the order is the same in every run. Keeps
its whole input in memory; when that takes more than the stage's share of --max-memory, it
fails.`,
		}, shuffle),
		mergeSortedStage(),
	}}
}

func sortStage() *pipeline.Stage {
	return pipeline.DefineCombine(pipeline.Doc{
		Name:  "sort",
		Safe:  true,
		Short: "Puts its input in order",
		Trait: pipeline.Retains | pipeline.Passes,
		Long: `Text is sorted by its bytes, as LC_ALL=C sort does it. When not all values are text,
and for expressions, the order is that of values: null, false, true, numbers by size
(text that looks like a number among them), text by its bytes, times, durations,
lists, records. Empty fields are with the nulls. Several expressions sort by the first,
then the second, and so on; those of --by come after the others. Equal values stay in the
order in which they came, but for -n, -h, -V and -f without an expression, which compare
them by all their bytes at last, as Unix sort does, unless -s or -u is given. With -u, of
values that sort alike those are equal whose text is: 1 and 01 both stay, 7 and 7.0 of JSON
are one. With -n, -h, -V and -f those are equal that sort alike. Of texts without a number at
the beginning, -n and -h take 0. -M sorts by the names of months, Jan to Dec, at the beginning.

-k compares a part of the text, as Unix sort does: -k 2,3 is the fields 2 to 3, -k 2 all from
field 2 on, -k 2.3,2.5 bytes of a field; letters of options (n r h V M f b d i) may follow: -k 2,2nr.
Fields begin with the blanks before them, or stand between the characters that -t gives.

What does not fit into --max-memory is sorted in temporary
files, in the directory TMPDIR.`,
		Instead: map[string]string{
			"-g": "sort EXPR compares numbers of all forms by size, as do -k 2,2n and -n without an exponent", "-R": "shuffle puts the input in random order",
			"-c": "pairwise and filter find what is out of order; sort puts it in order", "-m": "merge_sorted { lines A } { lines B } merges what is sorted",
			"-o": "sort > FILE writes a file, whole or not at all", "-z": "lines --null reads texts that end with a zero byte", "-S": "--max-memory SIZE before the pipeline", "--parallel": "-j N before the pipeline",
			"-T": "the variable TMPDIR says where temporary files are", "-d": "it is a letter of a key: -k 1d", "-i": "-f compares small letters as capitals; of a key it is the letter of what cannot be printed: -k 1i",
			"-b": "it is a letter of a key: -k 2b",
		},
	}, newSorting)
}

// sortedHead runs sort and the head behind it as one, which keeps only what head will pass
// on.
func sortedHead(sort *pipeline.Stage) (list []pipeline.Fusion) {
	const most = 1 << 20
	for _, name := range []string{"head", "take"} {
		list = append(list, pipeline.Fusion{First: "sort", Second: name, Fuse: func(first, second any) (*pipeline.Stage, any) {
			n, ok := second.(interface{ Limit() (int64, bool) }).Limit()
			if !ok || n == 0 || n > most {
				return nil, nil
			}
			args := *first.(*sortArgs)
			args.first = int(n)
			return sort, &args
		}})
	}
	return list
}

type sortArgs struct {
	Keys     []plainKey `arg:"expr..." help:"what to compare; without it, the value itself"`
	By       []sortKey  `opt:"by" help:"an expression to compare, with :desc behind it for the largest first"`
	Numeric  bool       `opt:"n,numeric" help:"compare the numbers at the beginning"`
	Human    bool       `opt:"h,human" help:"compare numbers with suffixes: 2K before 1G"`
	Version  bool       `opt:"V,version" help:"compare numbers inside text: v1.9 before v1.10"`
	FoldCase bool       `opt:"f,fold" help:"compare small letters as capitals"`
	Reverse  bool       `opt:"r,reverse" help:"put the largest first"`
	Unique   bool       `opt:"u,unique" help:"put only the first of equal values"`
	Stable   bool       `opt:"s,stable" help:"leave values with equal keys in the order in which they came"`
	textKeys

	first int // only so many, the first in order; 0 for all
}

// InParts says that what is in order part by part can be put into order as a whole.
func (a *sortArgs) InParts() pipeline.InParts { return pipeline.Again }

// Check refuses options that exclude each other.
func (a *sortArgs) Check() error {
	switch {
	case a.rules() > 1:
		return errors.New("takes one of -n, -h, -V, -M and -f")
	case len(a.Parts) > 0 && len(a.Keys)+len(a.By) > 0:
		return errors.New("takes expressions or -k, not both")
	case a.Separator != "" && len(a.Parts) == 0:
		return &pipeline.ArgError{Arg: "t", Err: errors.New("-t says what stands between the fields of -k, which is missing")}
	}
	return a.checkSeparator()
}

// rules returns how many of the options are given that say by which rule texts are compared.
func (a *sortArgs) rules() (n int) {
	for _, set := range []bool{a.Numeric, a.Human, a.Version, a.FoldCase, a.Month} {
		if set {
			n++
		}
	}
	return n
}

// sortKey is an expression and the direction in which it sorts.
type sortKey struct {
	expr       pipeline.Expr
	descending bool
}

// plainKey is an expression without a direction.
type plainKey struct{ pipeline.Expr }

// SetArg reads the expression.
func (k *plainKey) SetArg(text string, lookup func(string) (string, bool)) error {
	if strings.HasSuffix(text, ":desc") || strings.HasSuffix(text, ":asc") {
		return fmt.Errorf("must be an expression; what has a direction stands after --by: sort --by %s", syntax.Cut(text))
	}
	return k.SetField(text, lookup)
}

// SetArg reads EXPR, EXPR:asc or EXPR:desc.
func (k *sortKey) SetArg(text string, lookup func(string) (string, bool)) error {
	if expr, ok := strings.CutSuffix(text, ":desc"); ok {
		k.descending = true
		return k.expr.SetField(expr, lookup)
	}
	return k.expr.SetField(strings.TrimSuffix(text, ":asc"), lookup)
}

// FieldNames returns the fields that the expression reads.
func (k *sortKey) FieldNames() []pipeline.FieldName { return k.expr.FieldNames() }

// Compares says that the expression may compare.
func (*sortKey) Compares() bool { return false }

// Fill puts the values of variables that were not known before.
func (k *sortKey) Fill(of func(name string) value.Value) { k.expr.Fill(of) }

// OnJob is that of pipeline.Computing.
func (k *sortKey) OnJob(j *pipeline.Job) (needs bool) { return k.expr.OnJob(j) }

// keys returns what to compare and how. Without expressions it is the value itself.
func (a *sortArgs) keys() (exprs []pipeline.Expr, keys []ordering.Key) {
	if a.asText() {
		return nil, a.orderOfText()
	}
	mode := ordering.ByValue
	switch {
	case a.Numeric:
		mode = ordering.ByNumber
	case a.Human:
		mode = ordering.ByHuman
	case a.Version:
		mode = ordering.ByVersion
	case a.FoldCase:
		mode = ordering.ByLetter
	case len(a.Keys)+len(a.By) == 0:
		mode = ordering.Plain
	}
	for _, e := range a.Keys {
		exprs = append(exprs, e.Expr)
		keys = append(keys, ordering.Key{Mode: mode, Descending: a.Reverse})
	}
	for _, k := range a.By {
		exprs = append(exprs, k.expr)
		keys = append(keys, ordering.Key{Mode: mode, Descending: a.Reverse != k.descending})
	}
	if len(keys) == 0 {
		keys = []ordering.Key{{Mode: mode, Descending: a.Reverse}}
	}
	return exprs, keys
}

// sorting is the partial of sort.
type sorting struct {
	sorter *ordering.Sorter
	exprs  []pipeline.Expr
	cut    *keyCutter // of the parts of texts; nil when there are none
	months bool       // the expressions give names of months
	texts  bool       // values are compared as texts, which records are not
}

func newSorting(j *pipeline.Job, a *sortArgs) *sorting {
	exprs, keys := a.keys()
	s := &sorting{exprs: exprs, months: a.Month, texts: len(exprs) == 0 && (a.asText() || a.rules() > 0)}
	if a.asText() {
		s.cut = a.cutter()
	}
	s.sorter = ordering.NewSorter(ordering.Options{
		Keys: keys, Keyed: len(exprs) > 0 || s.cut != nil, Unique: a.Unique, Last: !a.Stable, First: a.first, Budget: j.Budget()})
	return s
}

// Add takes in the rows of a batch.
func (s *sorting) Add(j *pipeline.Job, b *value.Batch, seq int64) error {
	if s.texts && hasRecord(b) {
		return errors.New("a record is not sorted by parts of its text; name a field: sort -n price")
	}
	if s.cut != nil {
		return s.sorter.AddKeyed(b, s.cut.columns(b), seq)
	}
	if len(s.exprs) == 0 {
		return s.sorter.AddBatch(b, seq)
	}
	keys, err := j.Columns(b, s.exprs...)
	if err != nil {
		return err
	}
	if s.months {
		keys = monthsOf(keys)
	}
	return s.sorter.AddKeyed(b, keys, seq)
}

// hasRecord reports whether a row of b is a record.
func hasRecord(b *value.Batch) bool {
	for range b.Shapes() {
		return true
	}
	return false
}

// Finish sorts the copy's part if some of it is in files.
func (s *sorting) Finish(*pipeline.Job) error { return s.sorter.Finish() }

// Merge takes in the part of another copy.
func (s *sorting) Merge(_ *pipeline.Job, p *sorting) error {
	s.sorter.Merge(p.sorter)
	return nil
}

// Put puts all rows in order.
func (s *sorting) Put(j *pipeline.Job) error {
	for b, err := range s.sorter.Batches(j.Blocking) {
		if err != nil {
			return err
		}
		j.PutBatch(b)
	}
	return nil
}

// Close gives memory and files back.
func (s *sorting) Close() { s.sorter.Close() }

// putPile puts the rows of p.
func putPile(j *pipeline.Job, p *ordering.Pile) error {
	for b, err := range p.Batches() {
		if err != nil {
			return err
		}
		j.PutBatch(b)
	}
	return nil
}

type shuffleArgs struct {
	Seed *int64 `opt:"seed" help:"a number that decides the order"`
}

func shuffle(j *pipeline.Job, a *shuffleArgs) error {
	rows := &ordering.Pile{}
	defer rows.Close()
	kept := int64(0)
	for b, err := range j.AnyBatches() {
		if err == nil {
			err = rows.AddBatch(b)
		}
		if err == nil {
			err = j.Keep(rows.Memory() - kept)
		}
		if err != nil {
			return err
		}
		kept = rows.Memory()
	}
	seed := rand.Uint64()
	if a.Seed != nil {
		seed = uint64(*a.Seed)
	}
	rows.Shuffle(rand.New(rand.NewPCG(seed, 0)))
	return putPile(j, rows)
}
