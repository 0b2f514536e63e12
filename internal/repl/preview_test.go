package repl

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// previewed runs a text to the end of its preview.
func previewed(t *testing.T, p *previewer, text string, values int) result {
	t.Helper()
	p.begin(text, values)
	for {
		select {
		case <-p.changed:
		case <-time.After(time.Minute):
			t.Fatalf("%s: no end within a minute", text)
		}
		if r := p.now(); r.state != running {
			return r
		}
	}
}

// told returns a result as text.
func told(r result) string {
	var list []string
	for _, v := range r.values {
		list = append(list, v.String())
	}
	s := fmt.Sprintf("%s %d", strings.Join(list, " "), r.state)
	if r.part {
		s += " part"
	}
	if r.sampled {
		s += " sampled"
	}
	if r.mistake != nil {
		s += "; wrong: " + r.mistake.Error()
	}
	if r.refused != nil {
		s += "; not run: " + r.refused.Error()
	}
	if r.notes != "" {
		s += "; " + strings.TrimSpace(r.notes)
	}
	return s
}

// TestPreviews runs texts: with mistakes, with effects, with an input that feeds them. Nothing is
// written.
func TestPreviews(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.csv", "n\n1\n2\n")
	write("lib.mtp", "def keep { write kept }\ndef twice { map it*2 }\n")
	write("empty", "")
	scope := pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...), Lookup: func(name string) (string, bool) { return "a.csv", name == "file" }}
	fed := &input{data: []byte("x\ny\nz"), over: true}
	for _, c := range []struct {
		text  string
		input *input
		files []string
		want  string
	}{
		{"seq 2", nil, nil, "1 2 3"},
		{"seq 9", nil, nil, "1 2 3 4 2"},
		{"range 0 1000000000000 | tail 1", nil, nil, " 4"},
		{"", nil, nil, " 0 part"},
		{"", fed, nil, "x y z 3 part"},
		{"", nil, []string{"a.csv"}, `{"n":1} {"n":2} 3 part`},
		{"upper", fed, nil, "X Y Z 3"},
		{"upp", fed, nil, "x y z 3 part; wrong: 1: there is no stage upp"},
		{"csv $file | get n", nil, nil, "1 2 3"},
		{"csv a.csv |", nil, nil, `{"n":1} {"n":2} 3 part; wrong: 11: a stage is missing after |`},
		{"csv a.csv | filter 'n", nil, nil, `{"n":1} {"n":2} 3 part; wrong: 20: ' is not closed`},
		{"csv a.csv | get m", nil, nil, `{"n":1} {"n":2} 3 part; wrong: 17: get: there is no field m`},
		{"csv a.csv | filter n > 1", nil, nil, `{"n":1} {"n":2} 3 part; wrong: 22: filter: > may be meant`},
		{"def f { uper }; seq 2 | f", nil, nil, " 0 part; wrong: 9: there is no stage uper"},
		{"seq 2 | map it/'x'", nil, nil, "1 2 3 part; wrong: 9: map: "},
		{"seq 2 | each { seq 2 | uper }", nil, nil, "1 2 3 part; wrong: 24: there is no stage uper; did you mean upper?"},
		{"seq 2 | write out", nil, nil, "1 2 3 part; not run: 9: write: has an effect"},
		{"seq 2 > out", nil, nil, "1 2 3 part; not run: 7: write: has an effect"},
		{"seq 2 | tee { write out } { count }", nil, nil, "1 2 3 part; not run: 15: write: has an effect"},
		{"seq 2 | each { sh 'touch out' }", nil, nil, "1 2 3 part; not run: 16: sh: has an effect"},
		{"seq 2 | exec touch out | uper", nil, nil, "1 2 3 part; wrong: 26: there is no stage uper; did you mean upper?"},
		{"sh 'touch out'", nil, nil, " 0 part; not run: 1: sh: has an effect"},
		{"sh 'touch out'", fed, nil, "x y z 3 part; not run: 1: sh: has an effect"},
		{"seq 2; seq 2 > out", nil, nil, "1 2 1 2 3 part; not run: 14: write: has an effect"},
		{"def keep { write out }; seq 2 | keep", nil, nil, "1 2 3 part; not run: 12: write: has an effect"},
		{"import lib.mtp\nseq 2 | twice", nil, nil, "2 4 3"},
		{"import lib.mtp\nseq 2 | keep", nil, nil, "1 2 3 part; not run: lib.mtp:1:12: write: has an effect"},
		{"seq 2 | pmap --log out { map it }", nil, nil, "1 2 3 part; not run: 20: pmap: writes a file"},
		{"lines /dev/zero", nil, nil, ` 0 part; not run: 7: lines: "/dev/zero" is no regular file that holds something`},
		{"import /dev/zero", nil, nil, ` 0 part; not run: 8: import: "/dev/zero" is no regular file that holds something`},
		{"follow fifo", nil, nil, ` 0 part; not run: 8: follow: "fifo" is no regular file that holds something`},
		{"lines < fifo", nil, nil, ` 0 part; not run: 9: lines: "fifo" is no regular file that holds something`},
		{"take_from fifo | each { lines $it }", nil, nil, "fifo 3 part; not run: 31: lines: names a file that depends on the data"},
		{"lines empty", nil, nil, ` 0 part; not run: 7: lines: "empty" is no regular file that holds something`},
		{"lines none", nil, nil, " 3; wrong: 1: lines: none: no such file or directory"},
		{"find . --name '*.csv'", nil, nil, "./a.csv 3"},
		{"seq 2 | log", nil, nil, "1 2 3; 1\n2"},
	} {
		settings := pipeline.Settings{Files: c.files}
		if _, err := os.Lstat("fifo"); err != nil && strings.Contains(c.text, "fifo") {
			if err := makeFIFO("fifo"); err != nil {
				t.Skip(err)
			}
		}
		p := newPreviewer(scope, settings, c.input)
		if c.text != "range 0 1000000000000 | tail 1" { // which is to have no time
			p.settings.Timeout = time.Minute
		}
		got := told(previewed(t, p, c.text, 4))
		if !strings.HasPrefix(got, c.want) || strings.HasSuffix(c.want, "3") && got != c.want {
			t.Errorf("%s: got %q, want %q", c.text, got, c.want)
		}
		for _, name := range []string{"out", "kept"} {
			if _, err := os.Lstat(name); err == nil {
				t.Fatalf("%s: has written a file", c.text)
			}
		}
	}
}

// TestPreviewOfMuch wants a preview to read the beginning of a file that has no end for it, and to say
// that it did.
func TestPreviewOfMuch(t *testing.T) {
	name := filepath.Join(t.TempDir(), "much.csv")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bytes.Repeat([]byte("12345\n"), sampleBytes/6+100)
	copy(lines, "n\n123\n")
	if _, err := f.Write(lines); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(10 << 30); err != nil { // the rest is a hole
		t.Skip(err)
	}
	scope := pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}
	n := bytes.Count(lines[:sampleBytes], []byte("\n"))
	for text, want := range map[string]int{"csv | count": n - 1, "csv | sort n | count": n - 1, "count": n - 1, "csv $1 | count": n - 1, "seq 1 | map '{n:123}' | join $1 --on n --left | count": 1} {
		settings := pipeline.Settings{Files: []string{name}}
		if strings.Contains(text, "$1") {
			settings.Files, scope.Args = nil, []string{name}
		}
		p := newPreviewer(scope, settings, nil)
		p.settings.Timeout = time.Minute
		r := previewed(t, p, text, 5)
		if !r.sampled || r.state != whole || r.mistake != nil || len(r.values) != 1 || r.values[0].AsInt() != int64(want) {
			t.Errorf("%s: got %s, want %d", text, told(r), want)
		}
	}
}

// TestPreviewsTakeTurns begins many previews that have no end, and wants the last one to come.
func TestPreviewsTakeTurns(t *testing.T) {
	p := newPreviewer(pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{}, nil)
	for range 50 {
		p.begin("range 0 1000000000000 | sort", 5)
	}
	if got := told(previewed(t, p, "seq 2", 5)); got != "1 2 3" {
		t.Errorf("got %q", got)
	}
}

// TestInputSample reads a pipe in pieces, and wants whole lines, and no more than there is room for.
func TestInputSample(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in, changed := new(input), make(chan struct{}, 1)
	go in.read(r, changed)
	await := func(want string, more bool) {
		t.Helper()
		for {
			text, cut := in.sample()
			if string(text) == want && cut == more {
				return
			}
			select {
			case <-changed:
			case <-time.After(time.Minute):
				t.Fatalf("got %.40q, %v, want %.40q, %v", text, cut, want, more)
			}
		}
	}
	_, _ = w.WriteString("a\nb")
	await("a\n", true)
	_, _ = w.WriteString("c\n")
	await("a\nbc\n", true)
	go func() {
		for {
			if _, err := w.WriteString(strings.Repeat("x", 1023) + "\n"); err != nil {
				return
			}
		}
	}()
	for {
		in.mu.Lock()
		full, n := in.full, len(in.data)
		in.mu.Unlock()
		if n > sampleBytes+64<<10 {
			t.Fatalf("got %d bytes", n)
		}
		if full {
			break
		}
		<-changed
	}
	r.Close()
}

// TestHistory wants what was entered to be kept, some thousand at most, whoever else writes.
func TestHistory(t *testing.T) {
	name := filepath.Join(t.TempDir(), "state", "history")
	for _, text := range []string{"seq 1", "seq 1", " secret", "a\nb\\n", "日本"} {
		if err := addHistory(name, text); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprintf("%q", readHistory(name)); got != `["seq 1" "a\nb\\n" "日本"]` {
		t.Errorf("got %s", got)
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

// TestHistoryOfMany has several sessions add to a file that is full, and wants it to be cut down, and
// to keep what each has added.
func TestHistoryOfMany(t *testing.T) {
	name := filepath.Join(t.TempDir(), "history")
	const sessions = 8
	for range 30 {
		if err := os.WriteFile(name, bytes.Repeat([]byte("seq 1\n"), mostEntries), 0o600); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		for s := range sessions {
			go func() { done <- addHistory(name, fmt.Sprintf("seq %d %[1]d", s)) }()
		}
		for range sessions {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		list := readHistory(name)
		if len(list) != keptEntries+sessions {
			t.Fatalf("got %d entries, want %d", len(list), keptEntries+sessions)
		}
		for s := range sessions {
			if !slices.Contains(list, fmt.Sprintf("seq %d %[1]d", s)) {
				t.Fatalf("the entry of session %d is lost", s)
			}
		}
	}
}
