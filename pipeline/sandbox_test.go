package pipeline

import (
	"errors"
	"strings"
	"testing"

	"mtpipe/pipeline/syntax"
)

// reachArgs are arguments of a stage that reaches out in all the ways that it can say.
type reachArgs struct {
	From  string   `arg:"from?" reach:"reads" help:"x"`
	More  []string `opt:"more" reach:"reads" help:"x"`
	To    string   `opt:"to" reach:"writes" help:"x"`
	Net   bool     `opt:"net" help:"x"`
	Block *Sub     `arg:"block?" for:"value" help:"x"`
}

func (a *reachArgs) Reaches() error {
	if a.Net {
		return &ArgError{"net", errors.New("the network is not allowed in a sandbox")}
	}
	return nil
}

// TestSandboxOwnStages wants stages of one's own refused unless they say that they are safe, and
// their arguments held to what they say of them.
func TestSandboxOwnStages(t *testing.T) {
	drop := func(j *Job, _ *reachArgs) error { return nil }
	registry := NewRegistry(Family{Name: "own", Stages: []*Stage{
		Define(Doc{Name: "secret", Trait: Source}, drop),
		Define(Doc{Name: "peek", Trait: Source, Safe: true}, drop),
	}})
	scope := Scope{Registry: registry, Args: []string{"a.txt", "0"}, Sandbox: &Sandbox{Files: []string{"a.txt", "0"}}}
	for _, c := range []struct{ text, want string }{
		{"secret", "1: secret: is not allowed in a sandbox"},
		{"peek { secret }", "8: secret: is not allowed in a sandbox"},
		{"def f { secret }; f", "9: secret: is not allowed in a sandbox"},
		{"peek", ""},
		{"peek -", ""},
		{"peek a.txt --more=0 --more -", ""},
		{"peek $1", ""},
		{"peek ./a.txt", "6: peek: \"./a.txt\" is not allowed in a sandbox: only standard input"},
		{"peek --more a.txt --more b.txt", "26: peek: \"b.txt\" is not allowed in a sandbox: only"},
		{"peek --to a.txt", "11: peek: --to is not allowed in a sandbox: it writes a file"},
		{"peek --to -", "11: peek: --to is not allowed in a sandbox: it writes a file"},
		{"peek --net", "6: peek: the network is not allowed in a sandbox"},
		// The placeholder for a value is 0, which is the name of a file that may be read.
		{"peek { peek $it }", "13: peek: from is not allowed in a sandbox: which file it is depends on the data"},
		{"def f x { peek --more $x }; peek { f $it }", "23: peek: --more is not allowed in a sandbox: which file"},
	} {
		_, err := Compile(c.text, "", scope, Settings{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
		var place *syntax.Error
		if c.want != "" && !errors.As(err, &place) {
			t.Errorf("%s: got %T, want a place", c.text, err)
		}
	}
}

// TestSandboxLimits wants limits where the settings have none, and theirs where they have.
func TestSandboxLimits(t *testing.T) {
	s := (&Sandbox{}).limits(Settings{})
	if s.MaxMemory == 0 || s.MaxMemory > SandboxMemory || s.Timeout != SandboxTimeout {
		t.Errorf("got %d bytes and %v, want the limits of a sandbox", s.MaxMemory, s.Timeout)
	}
	if s := (&Sandbox{}).limits(Settings{MaxMemory: 1 << 40, Timeout: 1}); s.MaxMemory != 1<<40 || s.Timeout != 1 {
		t.Errorf("got %d bytes and %v, want those that were asked for", s.MaxMemory, s.Timeout)
	}
	if s := (*Sandbox)(nil).limits(Settings{}); s.MaxMemory != 0 || s.Timeout != 0 {
		t.Errorf("without a sandbox: got %d bytes and %v, want no limits", s.MaxMemory, s.Timeout)
	}
}

// TestSafeReaderNamesItsFiles wants a reader that is safe to say which arguments are its files.
func TestSafeReaderNamesItsFiles(t *testing.T) {
	defer func() {
		if got, _ := recover().(string); !strings.Contains(got, "reach") {
			t.Errorf("got %q, want a panic about the tag reach", got)
		}
	}()
	DefineReader(Doc{Name: "slurp", Trait: PerValue, Safe: true}, func(j *Job, a *textReader) error { return a.read(j) }).Usage()
}
