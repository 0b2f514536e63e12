package pipeline

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// TestDefineDoc wants a panic that says what is wrong with what a stage says about itself.
func TestDefineDoc(t *testing.T) {
	long := strings.Repeat("é", 60)
	for _, row := range []struct {
		name string
		doc  Doc
		want string // "" for none
	}{
		{"as it should be", Doc{Name: "to_utf8", Short: long, Trait: PerValue | Light | Textual}, ""},
		{"no name", Doc{Trait: Sink}, "cannot be a name"},
		{"capital", Doc{Name: "Count", Trait: Sink}, "cannot be a name"},
		{"hyphen", Doc{Name: "count-by", Trait: Sink}, "cannot be a name"},
		{"digit first", Doc{Name: "2csv", Trait: Sink}, "cannot be a name"},
		{"underscore first", Doc{Name: "_count", Trait: Sink}, "cannot be a name"},
		{"underscore last", Doc{Name: "count_", Trait: Sink}, "cannot be a name"},
		{"two underscores", Doc{Name: "count__by", Trait: Sink}, "cannot be a name"},
		{"long", Doc{Name: "s", Short: long + "x", Trait: Sink}, "Short has 61 characters"},
		{"full stop", Doc{Name: "s", Short: "Does it.", Trait: Sink}, "full stop"},
		{"no kind", Doc{Name: "s", Trait: Effect | Light}, `exactly one of the traits source, per value, combine, ordered, global, sink, not ""`},
		{"two kinds", Doc{Name: "s", Trait: Sink | Source | Effect}, `not "source, sink"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			wantPanic(t, row.want, func() { Define(row.doc, nothing[struct{}]) })
		})
	}
}

// wantPanic wants define to panic about a stage with a message that holds want, or not to
// panic when want is empty.
func wantPanic(t *testing.T, want string, define func()) {
	t.Helper()
	defer func() {
		p, panicked := recover().(string)
		if panicked != (want != "") || !strings.Contains(p, want) || panicked && !strings.Contains(p, "pipeline: stage ") {
			t.Errorf("got the panic %q, want one with %q", p, want)
		}
	}()
	define()
}

func define[A any]() { Define(Doc{Name: "s", Trait: PerValue}, nothing[A]).Usage() }

type embedding struct{ *url.URL }

func (e *embedding) SetArg(string, func(string) (string, bool)) error { return nil }

// misfilled, unchecked and unclosed have methods that nobody calls.
type (
	misfilled string
	unchecked struct{}
	unclosed  struct{}
)

func (m *misfilled) Fill() string                      { return string(*m) }
func (u *unchecked) Check() bool                       { return true }
func (u unclosed) Close() error                        { return nil }
func (u unclosed) Put(j *Job) error                    { return nil }
func (u unclosed) Merge(*Job, unclosed) error          { return nil }
func (u unclosed) Add(*Job, *value.Batch, int64) error { return nil }

// TestDefineCombineMalformed wants a panic about a partial with a method that nobody calls.
func TestDefineCombineMalformed(t *testing.T) {
	wantPanic(t, "Close of pipeline.unclosed is not that of pipeline.Closer", func() {
		DefineCombine(Doc{Name: "s"}, func(*Job, *struct{}) unclosed { return unclosed{} })
	})
}

// TestDefineMalformed wants a panic that says what is wrong with a declaration's arguments.
func TestDefineMalformed(t *testing.T) {
	for _, row := range []struct {
		name   string
		define func()
		want   string
	}{
		{"no tag", define[struct{ N int }], "one of the tags arg and opt"},
		{"both tags", define[struct {
			N int `arg:"n" opt:"n" help:"x"`
		}], "one of the tags arg and opt"},
		{"no help", define[struct {
			N int `arg:"n"`
		}], "has no help"},
		{"unknown type", define[struct {
			N map[string]int `arg:"n" help:"x"`
		}], "not known"},
		{"repeated but no slice", define[struct {
			N int `arg:"n..." help:"x"`
		}], "must be a slice"},
		{"required behind optional", define[struct {
			A string `arg:"a?" help:"x"`
			B string `arg:"b" help:"x"`
		}], "behind an optional"},
		{"two repeated", define[struct {
			A []string `arg:"a..." help:"x"`
			B []string `arg:"b..." help:"x"`
		}], "only the last"},
		{"bad default", define[struct {
			N int `opt:"n" default:"many" help:"x"`
		}], "whole number"},
		{"blank in an option", define[struct {
			N int `opt:"a b" help:"x"`
		}], "cannot be a name"},
		{"option in capitals", define[struct {
			N int `opt:"Max" help:"x"`
		}], "cannot be a name"},
		{"hyphen first", define[struct {
			N int `opt:"-max" help:"x"`
		}], "cannot be a name"},
		{"argument in capitals", define[struct {
			N int `arg:"N" help:"x"`
		}], "cannot be a name"},
		{"option twice", define[struct {
			N int `opt:"max" help:"x"`
			M int `opt:"max" help:"x"`
		}], "two options are called max"},
		{"the short form of another option", define[struct {
			N int `opt:"n,max" help:"x"`
			M int `opt:"m,n" help:"x"`
		}], "called n"},
		{"one name twice in one option", define[struct {
			N int `opt:"n,n" help:"x"`
		}], "two options are called n"},
		{"argument twice", define[struct {
			A string `arg:"a" help:"x"`
			B string `arg:"a" help:"x"`
		}], "two arguments are called a"},
		{"for a word", define[struct {
			A string `arg:"a" for:"value" help:"x"`
		}], "only a block"},
		{"for something unknown", define[struct {
			A *Sub `arg:"a" for:"good" help:"x"`
		}], `for is value, turn or errors, not "good"`},
		{"type that embeds a pointer", define[struct {
			A embedding `arg:"a?" help:"x"`
		}], "arguments of type pipeline.embedding embed *url.URL"},
		{"type that would be filled", define[struct {
			A misfilled `arg:"a?" help:"x"`
		}], "Fill of *pipeline.misfilled is not that of pipeline.Filler"},
		{"arguments that would check", define[unchecked], "Check of *pipeline.unchecked is not that of pipeline.Checker, which is func() error"},
		{"arguments that embed a pointer", define[struct{ *inCommon }], "embed *pipeline.inCommon"},
	} {
		t.Run(row.name, func(t *testing.T) { wantPanic(t, row.want, row.define) })
	}
}

// TestDefineBounds wants a panic about bounds that do not fit the type or the default.
func TestDefineBounds(t *testing.T) {
	for _, row := range []struct {
		name   string
		define func()
		want   string
	}{
		{"fits", define[struct {
			N int64         `arg:"n" min:"-5" max:"5" help:"x"`
			M int64         `opt:"n" help:"x"`
			X float64       `opt:"x" min:"0.5" max:"1e9" default:"1" help:"x"`
			D time.Duration `opt:"d" min:"1ms" max:"2h" default:"1s" help:"x"`
			L []*float64    `opt:"l" min:"0" help:"x"`
		}], ""},
		{"whole number", define[struct {
			N int `arg:"n" min:"few" help:"x"`
		}], `"few" is not a whole number`},
		{"fraction for a whole number", define[struct {
			N int `arg:"n" max:"1.5" help:"x"`
		}], `"1.5" is not a whole number`},
		{"number", define[struct {
			N *float64 `arg:"n?" min:"few" help:"x"`
		}], `"few" is not a number`},
		{"not a number", define[struct {
			N float64 `arg:"n?" min:"NaN" help:"x"`
		}], `"NaN" is not a number`},
		{"duration", define[struct {
			N time.Duration `arg:"n?" max:"long" help:"x"`
		}], `"long" is not a duration`},
		{"text", define[struct {
			N string `arg:"n?" max:"9" help:"x"`
		}], "no bounds"},
		{"nothing fits", define[struct {
			N float64 `arg:"n?" min:"2" max:"1.5" help:"x"`
		}], "at least 2 and at most 1.5"},
		{"default", define[struct {
			N float64 `opt:"n" min:"2" default:"1.5" help:"x"`
		}], "default of n: must be at least 2, not 1.5"},
	} {
		t.Run(row.name, func(t *testing.T) { wantPanic(t, row.want, row.define) })
	}
}

// TestBounds binds values at the bounds and beyond.
func TestBounds(t *testing.T) {
	type args struct {
		N int64         `opt:"n" min:"-5" max:"5" help:"x"`
		X *float64      `opt:"x" min:"0.5" max:"2" help:"x"`
		D time.Duration `opt:"d" min:"1ms" max:"2h" help:"x"`
		L []float64     `opt:"l" min:"0" help:"x"`
	}
	s := Define(Doc{Name: "s", Trait: PerValue}, nothing[args])
	registry := NewRegistry(Family{Name: "test", Stages: []*Stage{s}})
	for _, row := range []struct{ args, want string }{
		{"-n -5", ""},
		{"-n 5 -x 0.5 -d 1ms -l 0 -l 3", ""},
		{"-x 2 -d 2h", ""},
		{"-n -6", "-n must be at least -5, not -6"},
		{"-n 6", "-n must be at most 5, not 6"},
		{"-x 0.49", "-x must be at least 0.5, not 0.49"},
		{"-x 2.5", "-x must be at most 2, not 2.5"},
		{"-x nan", "-x must be at least 0.5, not NaN"},
		{"-x inf", "-x must be at most 2, not +Inf"},
		{"-d 5us", "-d must be at least 1ms, not 5µs"},
		{"-d 121m", "-d must be at most 2h, not 2h1m0s"},
		{"-l 1 -l -1", "-l must be at least 0, not -1"},
	} {
		list, err := syntax.Parse("s " + row.args)
		if err != nil {
			t.Fatal(err)
		}
		_, err = bind(list, "", "", Scope{Registry: registry})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if (err == nil) != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("s %s: got %q, want %q", row.args, got, row.want)
		}
	}
}
func TestOptionalNames(t *testing.T) {
	for _, list := range [][]optional{ofArguments, ofOneArgument, ofPartials} {
		for _, o := range list {
			if got := o.of.Method(0).Name; got != o.method || o.of.NumMethod() != 1 {
				t.Errorf("%v: got the method %s, of %d, want %s alone", o.of, got, o.of.NumMethod(), o.method)
			}
		}
	}
}
