package pipeline

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

func bindText(text string) (*boundList, error) {
	list, err := syntax.Parse(text)
	if err != nil {
		return nil, err
	}
	vars := map[string]string{"name": "value", "dash": "-v", "empty": ""}
	return bind(list, text, "", Scope{Registry: testRegistry(), Args: []string{"one", "two"},
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
		{"a comment for a value", "all w --mode #", "7: all: the option --mode needs a value: --mode fast|slow; # begins a comment unless it is quoted"},
		{"value of a switch", "all w --verbose=yes", "7: all: the option --verbose takes no value"},
		{"expression", "all w --by '1 +'", "16: all: unexpected end of expression"},
		{"expression that lost its quotes", `all w --by y+"a b"`, "17: all: unexpected \"b\"; quotes within a word are taken away, as a shell does it: an expression with a text in it stands in single quotes as a whole"},
		{"expression that is quoted as a whole", `all w --by "a b"`, "15: all: unexpected \"b\""},
		{"pattern", "all w --match 'a('", "15: all: --match must be a regular expression: missing closing ): `a(`"},
		{"unquoted expression", "where a == b", "9: where: an expression of several words is quoted: where '…'"},
		{"unquoted comparison", "where a > 5", "9: where: > may be meant as a comparison, which is quoted: 'a > 5'; 'a' > ./5 writes a file"},
		{"block for a word", "keep | write { keep }", "14: write: file cannot be a block; a brace that is data is quoted"},
		{"too many", "source x", `8: source: takes no arguments, and "x" is one more`},
		{"unset", "all $nothing", "5: all: $nothing is not set"},
		{"unset argument", "all $3", "5: all: $3 is not set"},
		{"lost input", "keep | source", "8: source: reads no input, so what comes before it would be lost"},
		{"input of a source", "source < f", "8: source: reads no input"},
		{"late <", "source | keep < f", "15: only the first stage of a pipeline can read a file with <"},
		{"early >", "keep > f | keep", "6: only the last stage of a pipeline can write a file with >"},
		{"comparison behind a bar", "source | where a < 5", "18: where: < may be meant as a comparison, which is quoted: 'a < 5'; 'a' < ./5 reads a file"},
		{"descriptor", "source >&2", "8: there is no >&; messages are the shell's to redirect: mtpipe '…' 2>FILE; a file's name that begins with & is quoted"},
		{"and", "source && keep", "8: source: pipelines are separated by ; and && as data is quoted"},
		{"> twice", "keep > f > g", "10: > stands twice"},
		{"defined twice", "def f { keep }; def f { keep }; f", "21: f is defined twice"},
		{"argument of a definition", "def f n { keep }; f", "19: f: n is missing"},
		{"argument of a definition with a default", "def f n m=1 { keep }; f", "23: f: n is missing"},
		{"one more than with a default", "def f n m=1 { keep }; f 1 2 3", "29: f: takes at most 2 arguments"},
		{"default that is not set", "def f n m=$nothing { keep }; f 1", "11: f: $nothing is not set"},
		{"import of no file", "import no.mtp; keep", "8: import: no.mtp: no such file or directory"},
		{"import behind a bar", "keep | import f", "8: import stands where a pipeline begins, and names a file: import lib.mtp"},
		{"one more", "def f n { keep }; f 1 2", "23: f: takes one argument"},
		{"without end", "def f { g }; def g { f }; f", "22: f: calls itself without end"},
		{"value of a block in a fixed text", "each { shell $it }", "14: shell: text must be the same for all values"},
		{"and in a part of it", `each { shell "a $it" }`, "14: shell: text must be the same for all values"},
		{"and through a definition", "each { def f n { shell $n }; f $it }", "24: shell: text must be the same for all values"},
		{"value of a block as a stage", "each { $it }", "8: the value that a block is run for cannot be the name of a stage"},
		{"value outside of its block", "each { keep } | all $it", "21: all: $it is not set"},
		{"mistake beside a value", "each { all $it x }", `16: all: n must be a whole number, not "x"`},
		{"mistake in an expression with a value", "each { where 'it == $it +' }", "26: where: unexpected end of expression"},
		{"nothing to run", "all w { def f { keep } }", "7: all: the block defines, but runs nothing"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := bindText(row.text)
			var e *syntax.Error
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

// TestBindSeveralVariables looks variables of several frames up in one word.
func TestBindSeveralVariables(t *testing.T) {
	list, err := bindText("def f a { def g b { all \"$name $b $a $1\" --by '$name + $b + $a' }; g 2 }; f 1")
	if err != nil {
		t.Fatal(err)
	}
	for list.Pipelines[0].Stages[0].Body != nil {
		list = list.Pipelines[0].Stages[0].Body
	}
	if got, want := list.Pipelines[0].Stages[0].Args.(*everything).Word, "value 2 1 one"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// firstBlock returns the block of the first stage.
func firstBlock(list *boundList) *Sub {
	return reflect.ValueOf(list.Pipelines[0].Stages[0].Args).Elem().FieldByName("Block").Interface().(*Sub)
}

// bindFor gives a block the value it and returns the arguments of its first stage.
func bindFor(t *testing.T, text, it string) (any, error) {
	t.Helper()
	list, err := bindText(text)
	if err != nil {
		t.Fatalf("got %v, want no error before a value is known", err)
	}
	block := firstBlock(list)
	given, err := block.give(value.TextOf(it), nil)
	if err != nil {
		return nil, err
	}
	inner := block.list
	for inner.Pipelines[0].Stages[0].Body != nil {
		inner = inner.Pipelines[0].Stages[0].Body
	}
	return inner.Pipelines[0].Stages[0].argsFor(given), nil
}

// TestBindLate binds blocks for a value: what it is does not matter until then.
func TestBindLate(t *testing.T) {
	none := "n=- [] v=false 2s fast []"
	for _, row := range []struct{ name, text, it, want string }{
		{"word", "each { all $it }", "a", "a " + none},
		{"part of a word", `each { all "<$it>" }`, "a b", "<a b> " + none},
		{"number", "each { all w $it }", "7", "w n=7 [] v=false 2s fast []"},
		{"duration", "each { all w --wait $it }", "3s", "w n=- [] v=false 3s fast []"},
		{"one of some words", "each { all w --mode $it }", "slow", "w n=- [] v=false 2s slow []"},
		{"joined to an option", "each { all w --mode=$it }", "slow", "w n=- [] v=false 2s slow []"},
		{"among repeated ones", "each { all w 1 a $it -t $it }", "b", "w n=1 [a b] v=false 2s fast [b]"},
		{"like an option", "each { all $it }", "-v", "-v " + none},
		{"like a long option", "each { all $it }", "--mode=slow", "--mode=slow " + none},
		{"like the end of options", "each { all $it -v }", "--", "-- n=- [] v=true 2s fast []"},
		{"like an option, as the beginning of a word", `each { all "$it." }`, "-v", "-v. " + none},
		{"like an option, through a definition", "each { def f n { all $n }; f $it }", "-v", "-v " + none},
		{"like an option, through two", "each { def f n { def g m { all $m }; g $n }; f $it }", "--", "-- " + none},
		{"like a block", "each { all $it }", "{ keep }", "{ keep } " + none},
		{"like a variable", "each { all $it }", "$name", "$name " + none},
		{"empty", "each { all $it }", "", " " + none},
		{"beside another variable", "each { all \"$name $it\" }", "a", "value a " + none},
		{"a variable that is an option beside it", "each { all $it $dash }", "a", "a n=- [] v=true 2s fast []"},
		{"the block around the inner one", "each { def f n { each { all $n $it } }; f $it }", "a", "block"},
	} {
		t.Run(row.name, func(t *testing.T) {
			args, err := bindFor(t, row.text, row.it)
			if err != nil {
				t.Fatal(err)
			}
			got := "block"
			if a, ok := args.(*everything); ok {
				n := "-"
				if a.N != nil {
					n = fmt.Sprint(*a.N)
				}
				got = fmt.Sprintf("%s n=%s %v v=%v %v %s %v", a.Word, n, a.Rest, a.Verbose, a.Wait, a.Mode, a.Tags)
			}
			if got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

// TestBindLateErrors binds blocks for values that do not fit: the error has the message and
// the place that it would have with the value in the text.
func TestBindLateErrors(t *testing.T) {
	for _, row := range []struct{ name, text, it, want string }{
		{"number", "each { all w $it }", "a", `14: all: n must be a whole number, not "a"`},
		{"too large", "each { all w $it }", "10", "14: all: n must be at most 9, not 10"},
		{"duration", "each { all w --wait $it }", "soon", `21: all: --wait must be a duration such as 200ms, 5s or 1h30m, not "soon"`},
		{"one of some words", "each { all w --mode $it }", "quick", `21: all: --mode must be one of fast, slow, not "quick"`},
		{"number with a fraction", "each { all w --ratio $it }", "x", `22: all: --ratio must be a number, not "x"`},
		{"pattern", "each { all w --match $it }", "a(", "22: all: --match must be a regular expression: missing closing ): `a(`"},
		{"condition of the whole", "each { between 5 $it }", "4", "18: between: must not be below from"},
		{"in a definition", "each { def f n { all w $n }; f $it }", "a", `24: all: n must be a whole number, not "a"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := bindFor(t, row.text, row.it)
			var e *syntax.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if got := e.Error(); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
			column, _, _ := strings.Cut(row.want, ":")
			at, _ := strconv.Atoi(column)
			if got, want := e.Caret(), row.text+"\n"+strings.Repeat(" ", at-1)+"^"; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// TestBindBraces wants a command line as it stands, but for braces in the blocks for a value.
func TestBindBraces(t *testing.T) {
	for _, row := range []struct{ name, text, it, want string }{
		{"outside", "all w { run a {} }", "", "{a} [{{}}]"},
		{"inside", "each { run a {} }", "", "{a} [{template {}}]"},
		{"value", "each { run a $it }", "b", "{a} [{<b>}]"},
		{"parts", `each { run a "{}-$it-$name" }`, "b", "{a} [{template {}-<b>-<value>}]"},
		{"all arguments", "each { run a $@ }", "b", "{a} [{<one>} {<two>}]"},
		{"in a definition of the block", "each { def f n { run {} $n }; f $it }", "b", "{template {}} [{<b>}]"},
		{"nothing is an option behind the command", "each { run a -f -- --g }", "b", "{a} [{-f} {--} {--g}]"},
	} {
		t.Run(row.name, func(t *testing.T) {
			var args any
			var err error
			if row.name == "outside" {
				var list *boundList
				if list, err = bindText(row.text); err == nil {
					args = list.Pipelines[0].Stages[0].Args.(*everything).Blocks[0].list.Pipelines[0].Stages[0].Args
				}
			} else {
				args, err = bindFor(t, row.text, row.it)
			}
			if err != nil {
				t.Fatal(err)
			}
			a := args.(*runArgs)
			if got := fmt.Sprint(a.Command, a.Args); got != row.want {
				t.Errorf("got  %s\nwant %s", got, row.want)
			}
		})
	}
}

func TestRedirections(t *testing.T) {
	if _, err := bindText("keep | keep < in"); err == nil {
		t.Fatal("got no error, want one")
	}
	list, err := bindText("keep < in > out")
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
			for _, u := range planPipeline(newStages(list.Pipelines[0].Stages), place{fed: row.fed, jobs: row.jobs}).units {
				var names []string
				for _, s := range u.stages {
					names = append(names, s.name)
				}
				text := strings.Join(names, " ")
				if u.copies > 0 {
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

// TestBindOnce wants stages to have arguments of their own for a value only if they depend on
// it, in whatever way, and those of the others shared.
func TestBindOnce(t *testing.T) {
	for _, row := range []struct {
		stage string
		again bool
	}{
		{"keep", false},
		{"all w --wait 3s", false},
		{"where 'it > 1'", false},
		{"all $name", false},
		{"all w { keep }", false},
		{"d 1", false},
		{"all $it", true},
		{"where 'it > $it'", true},
		{"all w { all $it }", true},
		{"d $it", true},
		{"e", true},
	} {
		t.Run(row.stage, func(t *testing.T) {
			list, err := bindText("each { def d n { all $n }; def e { all $it }; keep | " + row.stage + " }")
			if err != nil {
				t.Fatal(err)
			}
			block := firstBlock(list)
			if again := len(block.late) > 0; again != row.again {
				t.Errorf("got late %t, want %t", again, row.again)
			}
			given, err := block.give(value.Int(2), nil)
			if err != nil {
				t.Fatal(err)
			}
			stages := block.list.Pipelines[0].Stages
			if stages[0].argsFor(given) != stages[0].Args {
				t.Error("got arguments for a value of a stage that does not depend on it")
			}
			if s := stages[1]; s.Stage != nil && (s.argsFor(given) != s.Args) != row.again && row.stage != "all w { all $it }" {
				t.Errorf("got arguments of its own: %t, want %t", !row.again, row.again)
			}
		})
	}
}

// TestExpansion wants definitions that double again and again to be refused soon, and many
// stages to be none.
func TestExpansion(t *testing.T) {
	var text strings.Builder
	text.WriteString("def a0 { keep }; ")
	for i := range 60 {
		fmt.Fprintf(&text, "def a%d { a%d | a%d }; ", i+1, i, i)
	}
	_, err := bindText(text.String() + "a60")
	if err == nil || !strings.Contains(err.Error(), "is one of more than 100000 stages that the definitions stand for") {
		t.Errorf("got %.300v, want that there are too many stages", err)
	}
	for _, good := range []string{"a12", "keep" + strings.Repeat(" | keep", 10_000)} {
		if _, err := bindText(text.String() + good); err != nil {
			t.Errorf("%.40s: got %.300v, want no error", good, err)
		}
	}
}
