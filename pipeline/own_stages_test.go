package pipeline

import (
	"os"
	"path/filepath"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/value"
)

// textReader is the reader of a program that has no other stages than its own.
type textReader struct {
	Files []string `arg:"file..." help:"x"`
}

func (a *textReader) IsSource() bool { return len(a.Files) > 0 }

func (a *textReader) WithFiles(files []string) any { return &textReader{files} }

func (a *textReader) read(j *Job) error {
	for _, name := range a.Files {
		f, err := input.Open(j.Thread, name, j.Stdin())
		if err != nil {
			return err
		}
		defer f.Close()
		for r := input.NewBlocks(input.LongestRecord, input.LongestRecord).Reader(f, name, format.NewLines()); ; {
			b, err := r.Next()
			if err != nil {
				return input.NotEnd(err)
			}
			j.PutBatch(b)
		}
	}
	return nil
}

// ownStages returns a registry of stages whose names no other program has; those for files
// are among them or not.
func ownStages(files bool) *Registry {
	double := Define(Doc{Name: "double", Trait: PerValue}, func(j *Job, _ *struct{}) error {
		for v, err := range j.In() {
			if err != nil {
				return err
			}
			j.Put(value.String(v.Str() + v.Str()))
		}
		return nil
	})
	all := []*Stage{double}
	if files {
		all = append(all,
			DefineReader(Doc{Name: "slurp", Trait: PerValue, Role: ReadsPlain}, func(j *Job, a *textReader) error { return a.read(j) }),
			Define(Doc{Name: "save", Trait: Sink | Effect, Role: WritesFile}, func(j *Job, a *fileArg) error {
				var text []byte
				for v, err := range j.In() {
					if err != nil {
						return err
					}
					text = append(v.AppendText(text), '\n')
				}
				return os.WriteFile(a.File, text, 0o600)
			}))
	}
	return NewRegistry(Family{Name: "own", Stages: all})
}

// TestOwnStages runs pipelines of stages that the package cannot know by their names.
func TestOwnStages(t *testing.T) {
	for _, row := range []struct {
		name, text string
		files      []string // besides standard input, which is "a\nb\n"
		own        bool     // there are stages for files
		want       string   // what is printed or, with a colon, written to the file OUT
		err        string
	}{
		{"standard input", "double", nil, true, "aa\nbb\n", ""},
		{"a file", "double", []string{"IN"}, true, "xx\n", ""},
		{"reads the file itself", "slurp | double", []string{"IN"}, true, "xx\n", ""},
		{"redirections", "double < IN > OUT", nil, true, ":xx\n", ""},
		{"nothing reads", "double", nil, false, "", "nothing can read standard input: there is no stage that reads a file"},
		{"nothing reads a file", "double", []string{"IN"}, false, "", `nothing can read "IN": there is no stage that reads a file`},
		{"no reader", "double < IN", nil, false, "", "8: there is no stage that < could stand for: none reads a file"},
		{"no writer", "double > OUT", nil, false, "", "8: there is no stage that > could stand for: none writes a file"},
		{"no appender", "double >> OUT", nil, true, "", "8: there is no stage that >> could stand for: none appends to a file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			err := ranOwn(t, row.text, ownStages(row.own), Settings{Files: row.files})
			if got := message(errorOrNone(err)); got != row.err {
				t.Errorf("got the error %q, want %q", got, row.err)
			}
			name, want := "stdout", row.want
			if len(want) > 0 && want[0] == ':' {
				name, want = "OUT", want[1:]
			}
			got, err := os.ReadFile(filepath.Join(".", name))
			if err != nil || string(got) != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
}

type noError struct{}

func (noError) Error() string { return "" }

func errorOrNone(err error) error {
	if err == nil {
		return noError{}
	}
	return err
}

// TestRoleTwice wants a registry in which it is clear what the language uses.
func TestRoleTwice(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic for two stages with one role")
		}
	}()
	reader := func(name string) *Stage {
		return Define(Doc{Name: name, Trait: Sink, Role: WritesFile}, nothing[struct{}])
	}
	NewRegistry(Family{Stages: []*Stage{reader("a"), reader("b")}})
}

// wrapped is what a stage of a program of one's own puts: a pointer to what may be changed, or
// to what says that it is not.
type (
	wrapped struct{ text string }
	sealed  struct{ text string }
)

func (*sealed) Immutable() {}

// TestK9_GoValuesBetweenReactors puts Go values out of copies of a stage, into them, and
// between stages of one copy.
func TestK9_GoValuesBetweenReactors(t *testing.T) {
	wrap := func(name string, trait Trait, made func(string) any) *Stage {
		return Define(Doc{Name: name, Trait: trait}, func(j *Job, _ *struct{}) error {
			for v, err := range j.In() {
				if err != nil {
					return err
				}
				j.Put(value.Any(made(v.Str())))
			}
			return nil
		})
	}
	open := func(s string) any { return &wrapped{s} }
	closed := func(s string) any { return &sealed{s} }
	unwrap := func(name string, trait Trait) *Stage {
		return Define(Doc{Name: name, Trait: trait}, func(j *Job, _ *struct{}) error {
			for v, err := range j.In() {
				if err != nil {
					return err
				}
				switch x := v.AsAny().(type) {
				case *wrapped:
					j.Put(value.String(x.text))
				case *sealed:
					j.Put(value.String(x.text))
				}
			}
			return nil
		})
	}
	registry := NewRegistry(Family{Name: "own", Stages: []*Stage{
		DefineReader(Doc{Name: "slurp", Trait: PerValue, Role: ReadsPlain}, func(j *Job, a *textReader) error { return a.read(j) }),
		wrap("open", PerValue, open), wrap("closed", PerValue, closed), wrap("open_here", Ordered, open),
		unwrap("text", PerValue), unwrap("text_here", Ordered),
	}})
	refused := "a value of the Go type *pipeline.wrapped cannot go to another reactor: it may be changed, and has no method Immutable"
	for _, row := range []struct {
		text string
		jobs int
		want string // what is printed, or the error
	}{
		{"open | text_here", 2, "1: open: " + refused},
		{"open_here | text", 2, "13: text: " + refused},
		{"open | text", 2, "a\nb\n"},
		{"closed | text_here", 2, "a\nb\n"},
		{"open | text_here", 1, "a\nb\n"},
		{"open_here | text", 1, "a\nb\n"},
	} {
		t.Run(row.text, func(t *testing.T) {
			if got := ranWith(t, registry, row.text, row.jobs); got != row.want {
				t.Errorf("jobs %d: got %q, want %q", row.jobs, got, row.want)
			}
		})
	}
}

// ranWith runs a pipeline over the lines a and b and returns what it prints, or its error.
func ranWith(t *testing.T, registry *Registry, text string, jobs int) string {
	t.Helper()
	if err := ranOwn(t, text, registry, Settings{Jobs: jobs}); err != nil {
		return message(err)
	}
	printed, err := os.ReadFile("stdout")
	if err != nil {
		t.Fatal(err)
	}
	return string(printed)
}

// ranOwn runs a pipeline in a directory of its own with the file IN, an empty one called OUT,
// the lines a and b as standard input, and standard output in the file stdout.
func ranOwn(t *testing.T, text string, registry *Registry, s Settings) error {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"IN": "x\n", "stdin": "a\nb\n", "stdout": "", "OUT": ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in, err := os.Open("stdin")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile("stdout", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s.Stdin, s.Stdout, s.Stderr = in, out, os.Stderr
	plan, err := Compile(text, "", Scope{Registry: registry}, s)
	if err != nil {
		return err
	}
	return plan.Run(nil)
}
