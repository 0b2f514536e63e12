package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func bindText(text string) (*BoundList, error) {
	list, err := Parse(text)
	if err != nil {
		return nil, err
	}
	vars := map[string]string{"name": "value", "dash": "-v", "empty": ""}
	return Bind(list, text, "", Scope{Registry: testRegistry(), Args: []string{"one", "two"},
		Lookup: func(n string) (string, bool) { v, ok := vars[n]; return v, ok }})
}

// TestBind wants the arguments that a call is bound to.
func TestBind(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"word", "all w", "w n=- [] 0 v=false a=false 2s 0 fast []"},
		{"number and rest", "all w 5 x y", "w n=5 [x y] 0 v=false a=false 2s 0 fast []"},
		{"options anywhere", "all -v w --mode slow 5 -a", "w n=5 [] 0 v=true a=true 2s 0 slow []"},
		{"joined letters", "all -var1.5 w", "w n=- [] 0 v=true a=true 2s 1.5 fast []"},
		{"joined value", "all --wait=5 w -t=", "w n=- [] 0 v=false a=false 5s 0 fast [=]"},
		{"repeated option", "all -t x w -ty -t z", "w n=- [] 0 v=false a=false 2s 0 fast [x y z]"},
		{"end of options", "all -- -v", "-v n=- [] 0 v=false a=false 2s 0 fast []"},
		{"dash alone", "all -", "- n=- [] 0 v=false a=false 2s 0 fast []"},
		{"negative number", "all -5", "-5 n=- [] 0 v=false a=false 2s 0 fast []"},
		{"variable", "all $name", "value n=- [] 0 v=false a=false 2s 0 fast []"},
		{"variable that is an option", "all w $dash", "w n=- [] 0 v=true a=false 2s 0 fast []"},
		{"arguments of the script", "all w 3 $@ $#", "w n=3 [one two 2] 0 v=false a=false 2s 0 fast []"},
		{"blocks", "all { source } w { keep; keep }", "w n=- [] 2 v=false a=false 2s 0 fast []"},
	} {
		t.Run(row.name, func(t *testing.T) {
			list, err := bindText(row.text)
			if err != nil {
				t.Fatal(err)
			}
			a := list.Pipelines[0].Stages[0].Args.(*everything)
			n := "-"
			if a.N != nil {
				n = fmt.Sprint(*a.N)
			}
			got := fmt.Sprintf("%s n=%s %v %d v=%v a=%v %v %v %s %v", a.Word, n, a.Rest, len(a.Blocks), a.Verbose, a.All, a.Wait, a.Ratio, a.Mode, a.Tags)
			if got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// TestBindErrors wants the message and the column of each mistake.
func TestBindErrors(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"unknown stage", "source | kepe", "10: there is no stage kepe; did you mean keep?"},
		{"odd name", "'a b'", `1: there is no stage "a b"`},
		{"missing", "all", "1: all: word is missing; usage: " + testRegistry().Stage("all").Usage()},
		{"not a number", "all w x", `7: all: n must be a whole number, not "x"`},
		{"too large", "all w 99999999999999999999", `7: all: n is too large: "99999999999999999999"`},
		{"below", "all w 0", "7: all: n must be at least 1, not 0"},
		{"above", "all w 10", "7: all: n must be at most 9, not 10"},
		{"one of", "all w --mode quick", `14: all: --mode must be one of fast, slow, not "quick"`},
		{"duration", "all w --wait soon", `14: all: --wait must be a duration such as 200ms, 5s or 1h30m, not "soon"`},
		{"unknown option", "all w --verbos", "7: all: there is no option --verbos; did you mean --verbose?"},
		{"unknown letter", "all w -vx", "7: all: there is no option -x"},
		{"twice", "all w -v -v", "10: all: the option -v stands twice"},
		{"no value", "all w --mode", "7: all: the option --mode needs a value: --mode fast|slow"},
		{"value of a switch", "all w --verbose=yes", "7: all: the option --verbose takes no value"},
		{"expression", "all w --by '1 +'", "16: all: unexpected end of expression"},
		{"pattern", "all w --match 'a('", "15: all: bad regular expression: missing closing ): `a(`"},
		{"unquoted expression", "where a == b", "9: where: an expression of several words is quoted: where '…'"},
		{"unquoted comparison", "where a > 5", "9: where: an expression with > is quoted: where '… > …'"},
		{"block for a word", "keep | write { keep }", "14: write: file cannot be a block; a brace that is data is quoted"},
		{"too many", "source x", `8: source: takes no arguments, and "x" is one more`},
		{"unset", "all $nothing", "5: all: $nothing is not set"},
		{"unset argument", "all $3", "5: all: $3 is not set"},
		{"lost input", "keep | source", "8: source: reads no input, so what comes before it would be lost"},
		{"input of a source", "source < f", "8: source: reads no input"},
		{"late <", "source | keep < f", "15: only the first stage of a pipeline can read a file with <"},
		{"early >", "keep > f | keep", "6: only the last stage of a pipeline can write a file with >"},
		{"comparison behind a bar", "source | where a < 5", "18: where: an expression with < is quoted: where '… < …'"},
		{"descriptor", "source >&2", "9: there is no >&; a file's name that begins with & is quoted"},
		{"and", "source && keep", "8: source: pipelines are separated by ; and && as data is quoted"},
		{"> twice", "keep > f > g", "10: > stands twice"},
		{"defined twice", "def f { keep }; def f { keep }; f", "21: f is defined twice"},
		{"argument of a definition", "def f n { keep }; f", "19: f: n is missing"},
		{"one more", "def f n { keep }; f 1 2", "23: f: takes one argument"},
		{"without end", "def f { g }; def g { f }; f", "22: f: calls itself without end"},
		{"nothing to run", "all w { def f { keep } }", "7: all: the block defines, but runs nothing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := bindText(row.text)
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if got := e.Error(); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			if e.Src != row.text {
				t.Errorf("got the source %q, want %q", e.Src, row.text)
			}
		})
	}
}

func TestRedirections(t *testing.T) {
	list, err := bindText("keep | keep < in")
	if err == nil {
		t.Fatal("got no error, want one")
	}
	list, err = bindText("keep < in > out")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range list.Pipelines[0].Stages {
		names = append(names, s.Name())
	}
	if got, want := strings.Join(names, " "), "lines keep write"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestUnits wants the stages that run as copies together.
func TestUnits(t *testing.T) {
	for _, row := range []struct {
		name, text string
		fed        bool
		jobs       int
		want       string
	}{
		{"neighbours", "source | keep | keep | sum | keep", false, 2, "source (keep keep) sum (keep)"},
		{"fed", "keep | sum", true, 2, "(keep) sum"},
		{"not fed", "keep | keep", false, 2, "keep (keep)"},
		{"behind an effect", "source | effect | keep | keep", false, 2, "source effect keep (keep)"},
		{"one job", "source | keep | keep", false, 1, "source keep keep"},
		{"a definition", "def f { keep }; source | f | keep", false, 2, "source f (keep)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			list, err := bindText(row.text)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range units(list.Pipelines[0].Stages, row.fed, row.jobs) {
				var names []string
				for _, s := range u.stages {
					names = append(names, s.name)
				}
				text := strings.Join(names, " ")
				if u.copies {
					text = "(" + text + ")"
				}
				got = append(got, text)
			}
			if g := strings.Join(got, " "); g != row.want {
				t.Errorf("got %s, want %s", g, row.want)
			}
		})
	}
}
