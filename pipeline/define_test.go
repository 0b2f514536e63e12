package pipeline

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline/syntax"
)

func nothing[A any](*Job, *A) error { return nil }

// inCommon is options that several stages have.
type inCommon struct {
	Quiet  bool   `opt:"q" help:"x"`
	Colour string `opt:"colour" default:"red" help:"x"`

	_ int // what is not exported is no argument
}

// TestDefineEmbedded binds arguments that stand in an embedded struct.
func TestDefineEmbedded(t *testing.T) {
	type args struct {
		Word string `arg:"word" help:"x"`
		inCommon
		Last bool `opt:"last" help:"x"`
	}
	s := Define(Doc{Name: "s", Trait: PerValue}, nothing[args])
	if got, want := s.Usage(), "s [-q] [--colour TEXT] [--last] WORD"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	list, err := syntax.Parse("s -q w --last; s --colour blue w")
	if err != nil {
		t.Fatal(err)
	}
	bound, err := bind(list, "", "", Scope{Registry: NewRegistry(Family{Name: "test", Stages: []*Stage{s}})})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []args{{"w", inCommon{Quiet: true, Colour: "red"}, true}, {"w", inCommon{Colour: "blue"}, false}} {
		if got := *bound.Pipelines[i].Stages[0].Args.(*args); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

// colour is one of two.
type colour string

func (colour) Values() []string { return []string{"red", "blue"} }

// coloured has options that are inline.
type coloured[O any] struct {
	Word    string `arg:"word" help:"x"`
	Options O      `inline:"yes"`
	kept    int
}

// TestDefineAs binds arguments of a type that is told by a value.
func TestDefineAs(t *testing.T) {
	type options struct {
		Colour colour `opt:"colour" default:"red" help:"x"`
		Quiet  bool   `opt:"q" help:"x"`
	}
	usual := &coloured[options]{kept: 7}
	s := DefineAs(Doc{Name: "s", Trait: PerValue}, usual, func(*Job, any) error { return nil })
	if got, want := s.Usage(), "s [--colour red|blue] [-q] WORD"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	bind := func(text string) (*boundList, error) {
		list, err := syntax.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return bind(list, "", "", Scope{Registry: NewRegistry(Family{Name: "test", Stages: []*Stage{s}})})
	}
	bound, err := bind("s -q w; s --colour blue w")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []options{{"red", true}, {"blue", false}} {
		got := *bound.Pipelines[i].Stages[0].Args.(*coloured[options])
		if got != (coloured[options]{"w", want, 7}) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if *usual != (coloured[options]{kept: 7}) {
		t.Errorf("got %+v for the value that was given, want it unchanged", *usual)
	}
	want := `--colour must be one of red, blue, not "green"`
	if _, err := bind("s --colour green w"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// everything has an argument of each kind.
type everything struct {
	Word    string        `arg:"word" help:"x"`
	N       *int64        `arg:"n?" min:"1" max:"9" help:"x"`
	Rest    []string      `arg:"rest..." help:"x"`
	Blocks  []*Sub        `arg:"list..." help:"x"`
	Verbose bool          `opt:"v,verbose" help:"x"`
	All     bool          `opt:"a" help:"x"`
	Wait    time.Duration `opt:"wait" default:"2s" help:"x"`
	Ratio   float64       `opt:"r,ratio" help:"x"`
	Mode    string        `opt:"mode" values:"fast,slow" default:"fast" help:"x"`
	Tags    []string      `opt:"t" help:"x"`
	By      Expr          `opt:"by" help:"x"`
	Match   Pattern       `opt:"match" help:"x"`
}

func testRegistry() *Registry {
	return NewRegistry(
		Family{Name: "test", Stages: []*Stage{
			Define(Doc{Name: "all", Trait: PerValue}, nothing[everything]),
			Define(Doc{Name: "source", Trait: Source}, nothing[struct{}]),
			Define(Doc{Name: "effect", Trait: PerValue | Effect}, nothing[struct{}]),
			Define(Doc{Name: "keep", Trait: PerValue}, nothing[struct{}]),
			Define(Doc{Name: "sum", Trait: Combine}, nothing[struct{}]),
			Define(Doc{Name: "where", Trait: PerValue}, nothing[struct {
				If Predicate `arg:"expr" help:"x"`
			}]),
			Define(Doc{Name: "write", Trait: Sink | Effect, Role: WritesFile}, nothing[struct {
				File string `arg:"file" help:"x"`
			}]),
			Define(Doc{Name: "each", Trait: Ordered}, nothing[struct {
				Block *Sub `arg:"list" for:"value" help:"x"`
			}]),
			Define(Doc{Name: "run", Trait: PerValue}, nothing[runArgs]),
			Define(Doc{Name: "shell", Trait: PerValue}, nothing[struct {
				Text fixedText `arg:"text" help:"x"`
			}]),
			Define(Doc{Name: "between", Trait: PerValue}, nothing[betweenArgs]),
		}},
		Family{Name: "readers", Stages: []*Stage{Define(Doc{Name: "lines", Trait: PerValue, Role: ReadsPlain}, nothing[readerArgs])}},
	)
}

// runArgs is a command line.
type runArgs struct {
	Command quotedText   `arg:"command" verbatim:"yes" help:"x"`
	Args    []quotedText `arg:"arg..." help:"x"`
	Fast    bool         `opt:"f" help:"x"`
}

// quotedText is text in which braces mean something where they stand for a value.
type quotedText struct{ Template }

func (q *quotedText) SetArg(text string, lookup func(string) (string, bool)) error {
	_, braces := lookup(BracesName)
	return q.SetWord(text, braces, lookup)
}

// String shows the parts of the text.
func (q quotedText) String() string {
	var b strings.Builder
	for _, p := range q.Parts {
		switch {
		case p.Brace:
			b.WriteString("template {" + p.Literal + "}")
		case p.Variable != "":
			b.WriteString("<" + p.Literal + ">")
		default:
			b.WriteString(p.Literal)
		}
	}
	return "{" + b.String() + "}"
}

// fixedText is text that has no value in it.
type fixedText string

func (f *fixedText) SetArg(text string, _ func(string) (string, bool)) error {
	*f = fixedText(text)
	return nil
}

func (f *fixedText) Fixed(string) error { return errors.New("must be the same for all values") }

// betweenArgs has a condition beyond those of each argument.
type betweenArgs struct {
	From int64 `arg:"from" help:"x"`
	To   int64 `arg:"to" help:"x"`
}

func (a *betweenArgs) Check() error {
	if a.From > a.To {
		return &ArgError{Arg: "to", Err: errors.New("must not be below from")}
	}
	return nil
}

type readerArgs struct {
	Files []string `arg:"file..." help:"x"`
}

func (a *readerArgs) IsSource() bool { return len(a.Files) > 0 }

func TestUsage(t *testing.T) {
	got := testRegistry().Stage("all").Usage()
	want := "all [-v|--verbose] [-a] [--wait DURATION] [-r|--ratio NUMBER] [--mode fast|slow] [-t TEXT] [--by EXPR] [--match PATTERN] WORD [N] [REST...] [{ list }...]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
