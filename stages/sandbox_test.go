package stages_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages"
)

// hostile are texts of strangers and the stage that is told to be refused, or what is said.
var hostile = []struct{ text, want string }{
	{"exec id", "1: exec: "},
	{"csv | exec -- sh -c 'id'", "7: exec: "},
	{"sh 'cat /etc/passwd'", "1: sh: "},
	{"lines | pmap { sh 'id' }", "16: sh: "},
	{"pmap { exec rm {} }", "8: exec: "},
	{"def f { exec id }; f", "9: exec: "},
	{"def f { def g { sh id }; g }; each { f }", "17: sh: "},
	{"try { exec id } catch { null }", "7: exec: "},
	{"try { null } catch { sh id }", "22: sh: "},
	{"retry 3 { http_get http://example.com/ }", "11: http_get: "},
	{"timeout 1s { tcp example.com:80 }", "14: tcp: "},
	{"tee { count } { write /tmp/x }", "17: write: "},
	{"concat { take_from a } { env }", "26: env: "},
	{"interleave { seq 1 } { find / }", "24: find: "},
	{"zip { seq 1 } { follow /var/log/syslog }", "17: follow: "},
	{"merge_sorted { find . } { seq 1 }", "16: find: "},
	{"partition 'it > 1' { append x } { null }", "22: append: "},
	{"route 'it > 1' { split_by it --to '{}' } else { null }", "18: split_by: "},
	{"route 'it > 1' { null } else { http_post http://example.com/ }", "32: http_post: "},
	{"take_from { env }", "13: env: "},
	{"tcp_listen :8080 { count }", "1: tcp_listen: "},
	{"unix /run/docker.sock", "1: unix: "},
	{"unix_listen /tmp/s { count }", "1: unix_listen: "},
	{"watch .", "1: watch: "},
	{"env", "1: env: "},
	{"seq 1; env", "8: env: "},
	{"seq 1 | null; sh id", "15: sh: "},
	{"seq 1 > out", "7: write: "},
	{"seq 1 >> out", "7: append: "},
	{"seq 1 > /dev/null", "7: write: "},
	{"seq 1 > /dev/stdout", "7: write: "},
	{"seq 1 | split_by it --to '../../x'", "9: split_by: "},
	{"lines /etc/passwd", "7: lines: "},
	{"lines < /etc/passwd", "9: lines: "},
	{"upper < /etc/passwd", "9: lines: "},
	{"lines - /etc/passwd", "9: lines: "},
	{"lines '*'", "7: lines: "},
	{"lines /dev/stdin", "7: lines: "},
	{"lines /proc/self/environ", "7: lines: "},
	{"lines given/../given.csv", "7: lines: "},
	{"lines ./given.csv", "7: lines: "},
	{"lines 'given.cs?'", "7: lines: "},
	{"read -- /etc/hosts", "9: read: "},
	{"csv --text /etc/passwd", "12: csv: "},
	{"json ~/.ssh/config.json", "6: json: "},
	{"jsonl x.jsonl", "7: jsonl: "},
	{"tsv x", "5: tsv: "},
	{"logfmt x", "8: logfmt: "},
	{"xtab x", "6: xtab: "},
	{"dkvp x", "6: dkvp: "},
	{"nidx x", "6: nidx: "},
	{"columns x", "9: columns: "},
	{"yaml x", "6: yaml: "},
	{"toml x", "6: toml: "},
	{"parquet x", "9: parquet: "},
	{"markdown x", "10: markdown: "},
	{"csv | join /etc/users.csv --on id", "12: join: "},
	{"csv | join given.csv --on id | join x.csv --on id", "37: join: "},
	{"each { lines $it }", "14: lines: "},
	{"pmap { csv $it.csv }", "12: csv: "},
	{"each { each { lines $it } }", "21: lines: "},
	{"def f x { lines $x }; each { f $it }", "17: lines: "},
	{"def f x { lines $x }; f /etc/passwd", "17: lines: "},
	{"each { join $it.csv --on id }", "13: join: "},
	{"pmap --log /tmp/l { take_from $it }", "12: pmap: "},
	{"pmap --log=/tmp/l --resume { take_from $it }", "6: pmap: "},
	{"jq env", "4: jq: "},
	{"jq '$ENV.PATH'", "4: jq: "},
	{"jq 'def f: {$ENV}; f'", "4: jq: "},
	{"jq '[1, (env | keys)]'", "4: jq: "},
	{`jq '"\(env.HOME)"'`, "4: jq: "},
	{`jq 'include "x"; .'`, "4: jq: "},
	{`jq 'import "/etc/x" as $d; $d'`, "4: jq: "},
	{"map $HOME", "5: map: "},
	{"map '$PATH'", "6: map: "},
	{`format "{$HOME}"`, "10: format: "},
	{"take_from $HOME", "11: take_from: "},
	{"grep $USER", "6: grep: "},
	{"$SHELL", "1: "},
}

// sandboxed compiles text as the command does with --sandbox, in an environment with variables
// that it must not see.
func sandboxed(text string, settings pipeline.Settings) (*pipeline.Plan, error) {
	scope := pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...), Sandbox: &pipeline.Sandbox{Files: []string{"given.csv", "0"}}}
	return pipeline.Compile(text, "", scope, settings)
}

// TestSandboxRefuses wants hostile texts refused before anything runs, at their place.
func TestSandboxRefuses(t *testing.T) {
	for _, c := range hostile {
		_, err := sandboxed(c.text, pipeline.Settings{})
		var place *syntax.Error
		if !errors.As(err, &place) || !strings.HasPrefix(place.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.text, err, c.want)
		}
	}
}

// TestSandboxStages wants those stages not to be safe that reach out, and no others.
func TestSandboxStages(t *testing.T) {
	reaching := []string{"append", "env", "exec", "find", "follow", "http_get", "http_post", "sh", "split_by", "tcp", "tcp_listen", "unix", "unix_listen", "watch", "write"}
	var got []string
	registry := pipeline.NewRegistry(stages.All()...)
	for _, name := range registry.Names() {
		if !registry.Stage(name).Safe {
			got = append(got, name)
		}
	}
	if !slices.Equal(got, reaching) {
		t.Errorf("got %q, want %q", got, reaching)
	}
}

// TestSandboxReads wants the files that are given read, by whatever names them as they are given.
func TestSandboxReads(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"given.csv": "id,x\n1,2\n", "0": "zero\n", "other.csv": "id,y\n1,3\n"} {
		if err := os.WriteFile(filepath.Join(".", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		text, in, want string
		files          []string
	}{
		{text: "csv given.csv | get x", want: "2\n"},
		{text: "csv < given.csv | get x", want: "2\n"},
		{text: "lines 0", want: "zero\n"},
		{text: "csv | get y", files: []string{"other.csv"}, want: "3\n"},
		{text: "get y", files: []string{"other.csv"}, want: "3\n"},
		{text: "get y", files: []string{"o*.csv"}, want: "3\n"},
		{text: "get y", in: "csv", files: []string{"other.csv"}, want: "3\n"},
		{text: "csv - | join given.csv --on id | get x", want: "2\n"},
		{text: "each { take_from $it }", want: "id,y\n1,9\n"},
		{text: "jq 'def env: 7; env' | head 1", want: "7\n"},
	} {
		var out bytes.Buffer
		settings := pipeline.Settings{Stdin: strings.NewReader("id,y\n1,9\n"), Stdout: &out, Files: c.files, In: c.in}
		plan, err := sandboxed(c.text, settings)
		if err == nil {
			err = plan.Run(nil)
		}
		if err != nil || out.String() != c.want {
			t.Errorf("%s: got %q, %v, want %q", c.text, out.String(), err, c.want)
		}
	}
	if _, err := sandboxed("count", pipeline.Settings{In: "csv other.csv", Files: []string{"given.csv"}}); err == nil {
		t.Error("an input format that names another file: got no error, want one")
	}
}
