//go:build unix

package processes_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// quote returns a word for a pipeline in single quotes.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// TestExec_Bytes sends bytes through programs: nothing is added, lost or changed.
func TestExec_Bytes(t *testing.T) {
	noise := make([]byte, 3<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	for _, row := range []struct{ name, text string }{
		{"nothing", ""},
		{"a line", "a\n"},
		{"without a newline at the end", "a\nb"},
		{"empty lines", "\n\n\n"},
		{"carriage returns", "a\r\nb\r\n\r"},
		{"zero bytes", "a\x00b\n\x00\n"},
		{"invalid UTF-8", "\xff\xfd\n\x80"},
		{"a long line", strings.Repeat("x", 1<<20) + "\n"},
		{"a long line without a newline", strings.Repeat("x", 1<<20)},
		{"many lines", strings.Repeat("some words here\n", 1<<16)},
		{"noise", string(noise)},
	} {
		for _, text := range []string{"lines | exec cat", "exec cat", "lines | sh 'cat' | exec cat", "lines | exec cat | exec tee /dev/null | exec cat"} {
			t.Run(row.name+": "+text, func(t *testing.T) {
				got, err := stagetest.Run(t, text, row.text)
				if err != nil {
					t.Fatal(err)
				}
				if got != row.text {
					i := 0
					for i < min(len(got), len(row.text)) && got[i] == row.text[i] {
						i++
					}
					t.Errorf("got %d bytes that differ from byte %d on, want the %d that went in", len(got), i, len(row.text))
				}
			})
		}
	}
}

// words runs a pipeline whose programs print their arguments, each with a zero byte behind it.
func words(t *testing.T, text, stdin string) []string {
	t.Helper()
	got, err := stagetest.Run(t, text, stdin)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(strings.TrimSuffix(got, "\n"), "\x00"), "\x00")
}

// TestExec_Arguments wants programs to get their arguments as they stand.
func TestExec_Arguments(t *testing.T) {
	const show = `exec printf '%s\0' `
	for _, row := range []struct {
		name, text, stdin string
		want              []string
	}{
		{"quotes", show + `'a b' "c d" e\ f 'it'\''s' '"' ''`, "", []string{"a b", "c d", "e f", "it's", `"`, ""}},
		{"like options", show + "-x --ok --grace=5 -- -", "", []string{"-x", "--ok", "--grace=5", "--", "-"}},
		{"what a shell acts on", show + quote("$HOME `id` $(id) ; & | > * ? ~ \\ !") + ` '#x'`, "", []string{"$HOME `id` $(id) ; & | > * ? ~ \\ !", "#x"}},
		{"newlines and tabs", show + "'a\nb\tc\n'", "", []string{"a\nb\tc\n"}},
		{"braces outside of blocks", show + "{} '{it}' '{{}}' '{'", "", []string{"{}", "{it}", "{{}}", "{"}},
		{"braces in blocks for no value", "tee { " + show + "{} '{it}' '{{' } { null }", "", []string{"{}", "{it}", "{{"}},
		{"the value", "take_from 'a b' | each { " + show + "{} '<{}>' '{{}}' '{upper(it)}' }", "", []string{"a b", "<a b>", "{}", "A B"}},
		{"a name of the value", "jsonl | each { " + show + "'{n}' '{n + 1}' {} }", `{"n":1,"s":"x"}`, []string{"1", "2", `{"n":1,"s":"x"}`}},
		{"the value as a variable", `take_from 'a b' | each { ` + show + `$it "$it!" '$it' }`, "", []string{"a b", "a b!", "$it"}},
		{"a value like an option", "take_from -- --ok | each { " + show + "{} $it }", "", []string{"--ok", "--ok"}},
		{"a value like the end of options", "take_from -- -- | each { " + show + "{} $it }", "", []string{"--", "--"}},
		{"a value with braces", "take_from '{it}' | each { " + show + "{} $it }", "", []string{"{it}", "{it}"}},
		{"a value with half a brace", "take_from '}{' | each { " + show + "{} $it '{it}' }", "", []string{"}{", "}{", "}{"}},
		{"a value with what a shell acts on", "lines | each { " + show + "{} $it }", "$(id) `id` \"'\\ *\n", []string{"$(id) `id` \"'\\ *", "$(id) `id` \"'\\ *"}},
		{"a value that is not UTF-8", "lines | each { " + show + "{} $it }", "\xff\x80\n", []string{"\xff\x80", "\xff\x80"}},
		{"an empty value", "lines | each { " + show + "{} $it '<{}>' }", "\n", []string{"", "", "<>"}},
		{"the value in the program's name", "take_from printf | each { exec {} '%s\\0' a }", "", []string{"a"}},
		{"options of exec before it", "exec --grace 5s --ok 0,1 printf '%s\\0' --ok 2", "", []string{"--ok", "2"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := words(t, row.text, row.stdin)
			if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", row.want) {
				t.Errorf("got  %q\nwant %q", got, row.want)
			}
		})
	}
}

// TestExec_ShellValue hands values to a shell as a variable: none of their characters mean
// anything to it.
func TestExec_ShellValue(t *testing.T) {
	for _, v := range []string{"a b", " a  b ", "$HOME", "`id`", "$(id)", `"`, "'", `\`, `\n`, "*", "-n", "--", "; exit 3", "a\tb", "\xff\xfd", "{}", "{it}", "", "#"} {
		t.Run(v, func(t *testing.T) {
			got, err := stagetest.Run(t, `lines | each { sh 'printf "%s\n" "$it"' }`, v+"\n")
			if err != nil || got != v+"\n" {
				t.Errorf("got %q, %v, want %q", got, err, v+"\n")
			}
		})
	}
	for _, row := range []struct{ name, text, stdin, want string }{
		{"newlines", `take_from "a
b" | each { sh 'echo "$it"' }`, "", "a\nb\n"},
		{"a record is JSON", `jsonl | each { sh 'echo "$it"' }`, `{"a": 1.50}` + "\n", `{"a": 1.50}` + "\n"},
		{"the value is the input, too", `take_from a b | each { sh 'tr a-z A-Z; echo "$it"' }`, "", "A\na\nB\nb\n"},
		{"an inner block has its own", `take_from a | each { take_from b | each { sh 'echo "$it"' } }`, "", "b\n"},
		{"outside of blocks there is that of the environment", `sh 'echo "${it-none}"'`, "", "none\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := stagetest.Run(t, row.text, row.stdin)
			if err != nil || got != row.want {
				t.Errorf("got %q, %v, want %q", got, err, row.want)
			}
		})
	}
	t.Run("one in the environment does not get in", func(t *testing.T) {
		t.Setenv("it", "outer")
		got, err := stagetest.Run(t, `take_from a | each { sh 'echo "$it"; env | grep -c ^it=' }`, "")
		if want := "a\n1\n"; err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

// TestExec_Errors wants what is said of programs that fail or cannot run.
func TestExec_Errors(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("exit\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(dir, "odd")
	if err := os.WriteFile(odd, []byte("\x01\x02"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ name, text, stdin, want, out string }{
		{"exit status", "exec false", "", "1: exec: false: exit status 1", ""},
		{"exit status behind what it has printed", "sh 'echo a; exit 7'", "", "1: sh: exit status 7", "a\n"},
		{"one that is fine", "exec --ok 1 false", "", "", ""},
		{"several that are fine", "exec --ok 0,3,4 sh -c 'echo a; exit 4'", "", "", "a\n"},
		{"0 when it is not among them", "exec --ok 1 true", "", "1: exec: true: exit status 0", ""},
		{"a signal", "sh 'echo a; kill -TERM $$'", "", "1: sh: ended by signal: terminated", "a\n"},
		{"a signal that ends one that it has started", "sh 'sh -c \"kill -KILL \\$\\$\"; echo $?'", "", "", "137\n"},
		{"not found", "exec no-such-program", "", "1: exec: no-such-program: there is no such program in PATH", ""},
		{"a path not found", "exec /no/such", "", "1: exec: /no/such: no such file or directory", ""},
		{"no name", "exec ''", "", `1: exec: "": there is no such program in PATH`, ""},
		{"an odd name", "exec 'a\nb'", "", `1: exec: "a\nb": there is no such program in PATH`, ""},
		{"a long name", "exec " + strings.Repeat("x", 1000), "", `1: exec: "` + strings.Repeat("x", 40) + `…": there is no such program in PATH`, ""},
		{"not executable", "exec " + plain, "", "1: exec: " + plain + ": permission denied", ""},
		{"not a program", "exec " + odd, "", "1: exec: " + odd + ": exec format error", ""},
		{"a directory", "exec " + dir, "", "1: exec: " + dir + ": is a directory", ""},
		{"a zero byte", "lines | each { exec echo {} }", "a\x00b\n", `16: exec: an argument cannot hold a zero byte: "a\x00b" (for "a\x00b")`, ""},
		{"a zero byte in a variable", "lines | each { exec echo $it }", "a\x00b\n", `16: exec: an argument cannot hold a zero byte: "a\x00b" (for "a\x00b")`, ""},
		{"a zero byte for a shell", "lines | each { sh 'echo $it' }", "a\x00b\n", `16: sh: a value with a zero byte cannot be a variable of a shell: "a\x00b" (for "a\x00b")`, ""},
		{"a zero byte in the input", "lines | each { exec cat }", "a\x00b\n", "", "a\x00b\n"},
		{"a value that the expression does not fit", "take_from a | each { exec echo '{it + 1}' }", "", `22: exec: "a" is not a number (it) (for "a")`, ""},
		{"a list of arguments that is too long", "lines | each { exec true {} }", strings.Repeat("x", 1<<20) + "\n", "", ""},
		{"a long value in the input", "lines | each { exec wc -c }", strings.Repeat("x", 1<<20) + "\n", "", "1048577\n"},
		{"what is before it fails", "lines /no/such | exec cat", "", "1: lines: /no/such: no such file or directory", ""},
		{"what is before it fails behind some lines", "take_from a 1 | filter 'it + 1 > 0' | exec cat", "", `17: filter: "a" is not a number (it)`, ""},
		{"the program fails as what is before it does", "lines /no/such | sh 'cat; exit 3'", "", "1: lines: /no/such: no such file or directory", ""},
		{"a program that reads nothing", "range 0 100000 | exec true", "", "", ""},
		{"a program that closes its input early", "range 0 100000 | exec head -n 1", "", "", "0\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := stagetest.Run(t, row.text, row.stdin)
			text := ""
			if err != nil {
				text = err.Error()
			}
			if row.name == "a list of arguments that is too long" {
				if !strings.HasPrefix(text, "16: exec: true: argument list too long (for ") {
					t.Errorf("got %.80q, want that the argument list is too long", text)
				}
				return
			}
			if text != row.want || got != row.out {
				t.Errorf("got  %q, %q\nwant %q, %q", got, text, row.out, row.want)
			}
		})
	}
}

// TestExec_Usage wants mistakes to be found before anything runs.
func TestExec_Usage(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"exec", "1: exec: command is missing; usage: exec [--grace DURATION] [--ok TEXT] [--start PATTERN] [--separator TEXT] [-z|--null] [-p|--paragraphs] COMMAND [ARG...]"},
		{"batch 2 | exec echo {...}", "21: exec: arg must not be {...}, the elements of a list, outside of a block for each value: pmap { exec echo {...} }"},
		{"exec --ok x true", `11: exec: --ok must be numbers from 0 to 255 with commas between them, not "x"`},
		{"exec --ok 1,256 true", `11: exec: --ok must be numbers from 0 to 255 with commas between them, not "1,256"`},
		{"exec --grace soon true", `14: exec: --grace must be a duration such as 200ms, 5s or 1h30m, not "soon"`},
		{"exec echo { count }", "11: exec: arg cannot be a block; a brace that is data is quoted"},
		{"take_from a | each { exec echo '{it' }", "33: exec: arg must have a } for each {; a brace that is text is doubled"},
		{"take_from a | each { exec echo '{it +}' }", "38: exec: unexpected end of expression; a brace that is text is doubled here"},
		{`take_from a | each { sh "echo $it" }`, `25: sh: a value does not become shell text; write '… "$it" …' in single quotes, since the shell has it as a variable`},
		{`take_from a | each { sh $it }`, `25: sh: a value does not become shell text; write '… "$it" …' in single quotes, since the shell has it as a variable`},
		{"take_from a | exec echo | each { count | exec echo {} }", "42: exec: reads no input, so what comes before it would be lost"},
	} {
		t.Run(row.text, func(t *testing.T) {
			_, err := stagetest.Run(t, row.text, "")
			if err == nil || err.Error() != row.want {
				t.Errorf("got  %v\nwant %s", err, row.want)
			}
		})
	}
}
