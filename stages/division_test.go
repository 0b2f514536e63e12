package stages_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestDividedFiles reads long files in texts of several lines, with copies and without.
func TestDividedFiles(t *testing.T) {
	dir := stagetest.InDir(t, nil)
	t.Setenv("TMPDIR", t.TempDir())
	rng := rand.New(rand.NewPCG(1, 2))
	var file, starts, blank bytes.Buffer
	n := 0
	for file.Len() < 3<<20 {
		text := fmt.Sprintf("> %d", n)
		for range rng.IntN(4) {
			text += "\n" + strings.Repeat("x", rng.IntN(90))
		}
		if rng.IntN(4000) == 0 {
			text += strings.Repeat("\nlong", 80_000)
		}
		n++
		file.WriteString(text + "\n")
		fmt.Fprintln(&starts, len(text))
	}
	blank.WriteString("\n\n" + strings.ReplaceAll(regexp.MustCompile("(?m)^$").ReplaceAllString(strings.TrimSuffix(file.String(), "\n"), "-"), "\n> ", "\n\n\n> "))
	stagetest.Must(t, os.WriteFile(dir+"/f", file.Bytes(), 0o600), os.WriteFile(dir+"/b", blank.Bytes(), 0o600),
		os.WriteFile(dir+"/z", bytes.ReplaceAll(file.Bytes()[2:], []byte("\n> "), []byte{0}), 0o600))
	for _, jobs := range []int{1, 4} {
		for _, row := range []struct{ text, want string }{
			{"lines --start '^> [0-9]' f | map 'len(it)'", starts.String()},
			{"lines --start '^> [0-9]' f | count", fmt.Sprintln(n)},
			{"lines --paragraphs b | count", fmt.Sprintln(n)},
			{"lines --null z | count", fmt.Sprintln(n)},
			{`lines --separator '\0' z | count`, fmt.Sprintln(n)},
			{"lines f | lines --start '^> ' | count", fmt.Sprintln(n)},
			{"lines --start '^> ' f | grep '^> 77' | sort -u | head 1 | enumerate | get n", "1\n"},
		} {
			got, err := stagetest.RunWithin(t, 0, jobs, row.text)
			if err != nil || got != row.want {
				t.Errorf("-j %d, %s: got %q, %v, want %q", jobs, row.text, stagetest.Clip(got), err, stagetest.Clip(row.want))
			}
		}
	}
}

func TestDivided(t *testing.T) {
	stagetest.InDir(t, map[string]string{"log": "x\n1 a\n b\n2 c\n", "names": "a b\x00c\nd\x00"})
	stagetest.RunCases(t, []stagetest.Case{
		{Name: "before the first start", Text: "lines --start '^[0-9]' log | to_json", Want: `"x"` + "\n" + `"1 a\n b"` + "\n" + `"2 c"` + "\n"},
		{Name: "of the input", Text: "lines --start '^[0-9]' | map 'len(it)'", Stdin: "1\n2\n\n\n3", Want: "1\n3\n1\n"},
		{Name: "of values", Text: "take_from 1 x 2 | lines --start '^[0-9]' | to_json", Want: `"1\nx"` + "\n2\n"},
		{Name: "null", Text: "lines --null names | to_json", Want: `"a b"` + "\n" + `"c\nd"` + "\n"},
		{Name: "null and paragraphs, short", Text: "zip { lines -z names } { exec -p printf '1\n2\n\n3' } | to_json", Want: `["a b","1\n2"]` + "\n" + `["c\nd",3]` + "\n"},
		{Name: "fields of texts", Text: "lines -p | map it | field 2 -1", Stdin: "a\n b\tc\n\nd\n\n\ne\n\nf\n", Want: "b c\n d\n e\n f\n"},
		{Name: "fields of pieces", Text: "lines -p | field 2-", Stdin: "a\n b\tc\n\nd\n\n\ne f\n", Want: "b c\n\nf\n"},
		{Name: "empty texts", Text: "lines --separator ';' | to_json", Stdin: ";;a;\n", Want: `""` + "\n" + `""` + "\n" + `"a"` + "\n"},
		{Name: "carriage returns", Text: "lines --start 'x$' | count", Stdin: "x\r\ny\r\nx\r\n", Want: "2\n"},
		{Name: "a program", Text: "exec --start '^[0-9]' cat log | count", Want: "3\n"},
		{Name: "a shell", Text: "sh --paragraphs 'printf \"a\\nb\\n\\nc\\n\"' | to_json", Want: `"a\nb"` + "\n" + `"c"` + "\n"},
		{Name: "each", Text: "take_from ';' , | each { take_from 'a;b,c' | lines --separator $it | to_json }", Want: `"a"` + "\n" + `"b,c"` + "\n" + `"a;b"` + "\n" + `"c"` + "\n"},
		{Name: "lines stay lines", Text: "lines --start '^[0-9]' log | lines | grep b", Want: "1 a\n b\n"},
		{Name: "empty", Text: "lines --start x --on-error skip", Stdin: "", Want: ""},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Name: "two", Text: "lines --start x --null", Message: "17: lines: --start and --null cannot both say what divides the text"},
		{Name: "nothing", Text: "lines --separator ''", Message: "19: lines: --separator must not be empty; --paragraphs divides at empty lines"},
		{Name: "follow", Text: "follow --null --paragraphs log", Message: "15: follow: --null and --paragraphs cannot both say what divides the text"},
		{Name: "place", Text: "lines --start '^[0-9]' log | skip 1 | map 'it + 1'", Message: `39: map: log:2: "1 a\n b" is not a number (it)`},
	})
}

// TestFollowDivided wants a text to be put when the next one of its file begins, whatever other
// files get, and the last one when a signal ends the run.
func TestFollowDivided(t *testing.T) {
	stagetest.LeavesNothing(t)
	stagetest.InDir(t, map[string]string{"a": "1 a\n x\n", "b": ""})
	l := stagetest.Start(t, "follow -n +1 --start '^[0-9]' a b | to_json")
	stagetest.Add(t, "b", "1 b\n")
	stagetest.Add(t, "a", "2 a\n")
	l.Want(`"1 a\n x"`)
	stagetest.Add(t, "b", " y\n2 b\n")
	l.Want(`"1 b\n y"`)
	stagetest.Add(t, "b", " z")
	stagetest.Add(t, "b", " z\n3 b\n")
	l.Want(`"2 b\n z z"`)
	l.Stop(1, `"2 a"`, `"3 b"`)

	stagetest.Must(t, os.WriteFile("z", []byte("a\x00b"), 0o600))
	l = stagetest.Start(t, "follow -n +1 --null z")
	l.Want("a")
	stagetest.Add(t, "z", "c\x00")
	l.Want("bc")
	l.Stop(1)
}

func TestTCPDivided(t *testing.T) {
	stagetest.LeavesNothing(t)
	server, err := net.Listen("tcp", "127.0.0.1:0")
	stagetest.Must(t, err)
	defer server.Close()
	go func() {
		c, err := server.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte("a\n\nb\nc\n\n"))
		_ = c.Close()
	}()
	got, err := stagetest.Run(t, "tcp --paragraphs "+server.Addr().String()+" | to_json", "")
	if want := "\"a\"\n\"b\\nc\"\n"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
