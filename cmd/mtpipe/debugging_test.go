package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

// made finds the parts of a document that a test makes: their names and their texts.
var made = regexp.MustCompile("(?s)<!-- made by a test: (.*?) -->\n```[a-z]*\n(.*?)```\n")

// What differs from run to run in dumps and traces.
var (
	dumpAge    = regexp.MustCompile(`\d+(\.\d+)?(ms|s)\b`)
	dumpSite   = regexp.MustCompile(`\((\w+/\w+\.go):\d+\)`)
	dumpInput  = regexp.MustCompile(`descriptor \d+ \(pipe:\[\d+\]\)`)
	traceTimes = regexp.MustCompile(`"(ts|dur|id)":[\d.]+`)
)

func plainDump(text string) string {
	text = dumpAge.ReplaceAllString(text, "10ms")
	return dumpInput.ReplaceAllString(dumpSite.ReplaceAllString(text, "($1)"), "standard input")
}

// heldUp returns a dump of a pipeline that has read all that there is so far, and its trace.
func heldUp(t *testing.T, text, input string) (dump, trace string) {
	t.Helper()
	stdin, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if _, err := feed.WriteString(input); err != nil {
		t.Fatal(err)
	}
	var stdout, traced bytes.Buffer
	var stderr quiet
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: stdin, Stdout: &stdout, Stderr: &stderr, Jobs: 1, Trace: &traced})
	if err != nil {
		t.Fatal(err)
	}
	signals, ended := make(chan os.Signal), make(chan error, 1)
	go func() { ended <- plan.Run(signals) }()
	for !stderr.found() {
		select {
		case signals <- syscall.SIGQUIT:
		case err := <-ended:
			t.Fatalf("got the end of the run, %v", err)
		}
	}
	if err := errors.Join(feed.Close(), <-ended); err != nil {
		t.Fatal(err)
	}
	return stderr.text, traced.String()
}

// quiet takes dumps, and keeps the first one in which nothing can go on without more input.
type quiet struct {
	mu   sync.Mutex
	text string
}

func (q *quiet) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	text := string(p)
	if q.text == "" && strings.Contains(text, "waiting for input") && !strings.Contains(text, "turn") && !strings.Contains(text, "running") {
		q.text = text
	}
	return len(p), nil
}

func (q *quiet) found() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.text != ""
}

// deadlocked returns the dump of two threads each of which reads what the other one puts.
func deadlocked() string {
	var dump bytes.Buffer
	_ = microthread.Run(func(t *microthread.Thread) error {
		var ping, pong *pipe.Pipe
		ping = microthread.Generate(t, func(g *microthread.Thread) error { return g.TakeFromPipe(pong) }, microthread.Named("ping"))
		pong = microthread.Generate(t, func(g *microthread.Thread) error { return g.TakeFromPipe(ping) }, microthread.Named("pong"))
		return nil
	}, microthread.DumpOnDeadlock(&dump))
	return plainDump(dump.String())
}

// excerpt returns the events of a trace of the threads with the given names, without times, each
// once, as turns may be cut into several, and in the order of their kinds: whether a thread waits
// before it finds something is a matter of time.
func excerpt(trace string, names ...string) string {
	var lines, tracks []string
	for line := range strings.SplitSeq(trace, "\n") {
		line = traceTimes.ReplaceAllString(strings.TrimSuffix(line, ","), `"$1":0`)
		id, _, _ := strings.Cut(strings.TrimPrefix(line, `{"ph":"`), `"name"`)
		track := regexp.MustCompile(`"tid":\d+`).FindString(id)
		if slices.ContainsFunc(names, func(n string) bool {
			return strings.Contains(line, `"thread_name","args":{"name":"`+n+`"}`)
		}) {
			tracks = append(tracks, track)
		}
		if slices.Contains(tracks, track) && !strings.Contains(line, "waiting for its turn") && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// TestI4_Documented makes the dumps and the trace that the page on debugging shows.
func TestI4_Documented(t *testing.T) {
	const input = "name,price\npen,5\nbook,20\nlamp,30\n"
	dump, trace := heldUp(t, `csv | filter "price > 10" | sort --by price`, input)
	parts := map[string]string{
		"a dump of csv | filter | sort":  plainDump(dump),
		"a dump of a deadlock":           deadlocked(),
		"a trace of csv | filter | sort": excerpt(trace, "filter"),
	}
	file := filepath.Join("..", "..", "docs", "debugging.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	page := made.ReplaceAllStringFunc(string(text), func(block string) string {
		m := made.FindStringSubmatch(block)
		got, ok := parts[m[1]]
		if !ok {
			t.Errorf("got a part %q, which no test makes", m[1])
		}
		if seen++; got != m[2] && !*update {
			t.Errorf("%s: got\n%s\nwant, as the page has it,\n%s\nto mend it: go test ./cmd/mtpipe -run TestI4_Documented -update", m[1], got, m[2])
		}
		return strings.TrimSuffix(block, m[2]+"```\n") + got + "```\n"
	})
	if seen != len(parts) {
		t.Errorf("got %d parts on the page, want %d", seen, len(parts))
	}
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
