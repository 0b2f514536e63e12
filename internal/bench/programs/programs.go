// Package programs holds six programs in two forms each: on the runtime's threads, and as one
// writes them with goroutines, channels and net/http. It measures them in turns, each run in a
// process of its own, and their answers have to be the same.
package programs

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"mtpipe/internal/bench"
)

// form is a program that is given one argument and returns its answer.
type form func(argument string) (answer string, err error)

// Program is one of the six.
type Program struct {
	Name    string // as the table has it
	Key     string // of its files and for its processes
	Size    int
	forms   [2]form
	prepare func(ctx context.Context, dir string, size int) (argument string, end func(), err error)
	drive   func(ctx context.Context, address string, size int) (answer string, err error) // or nil
}

// The two forms.
const (
	onThreads = iota
	onGoroutines
)

var formNames = [2]string{"threads", "goroutines"}

// Programs are all of them.
var Programs = []Program{
	{"crawler: 1,000 pages, 50 at a time", "crawler", 1_000, [2]form{crawlerOnThreads, crawlerOnGoroutines}, site, nil},
	{"log processor: file, parse, aggregate, report", "log", 300_000, [2]form{logOnThreads, logOnGoroutines}, accessLog, nil},
	{"chat: 100 clients with 20 lines each", "chat", 100, [2]form{chatOnThreads, chatOnGoroutines}, justSize, talk},
	{"producer and consumer, five ways to fail", "failing", 2_000, [2]form{failingOnThreads, failingOnGoroutines}, justSize, nil},
	{"an own stage beside the same by hand", "stage", 300_000, [2]form{stageOnThreads, stageOnGoroutines}, accessLog, nil},
	{"simulation: 20,000 customers, 4 counters", "customers", 20_000, [2]form{customersOnThreads, customersOnGoroutines}, justSize, nil},
}

// Do runs a form of a program in this process and writes its answer.
func Do(name, argument string, out io.Writer) error {
	key, way, _ := strings.Cut(name, "/")
	for _, p := range Programs {
		for i, f := range p.forms {
			if p.Key == key && formNames[i] == way {
				answer, err := f(argument)
				fmt.Fprintln(out, answer)
				fmt.Fprintln(os.Stderr, "peak", ownPeak())
				return err
			}
		}
	}
	return fmt.Errorf("there is no program %s", name)
}

// ownPeak returns the largest resident memory of this process since its program began to run, in
// KB; 0 where /proc does not tell.
func ownPeak() (kb int) {
	text, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(text), "VmHWM:"); ok {
		_, _ = fmt.Sscan(rest, &kb)
	}
	return kb
}

//go:embed *_threads.go *_goroutines.go
var sources embed.FS

// Lines returns how many lines the program has in a form, without empty ones and comments.
func (p Program) Lines(form int) (n int) {
	text, _ := sources.ReadFile(p.Key + "_" + formNames[form] + ".go")
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n
}

func justSize(_ context.Context, _ string, size int) (string, func(), error) {
	return fmt.Sprint(size), func() {}, nil
}

const lineBytes = 133 // of the access log, nearly

func accessLog(_ context.Context, dir string, lines int) (name string, end func(), err error) {
	name = filepath.Join(dir, fmt.Sprintf("programs-%d.log", lines))
	f, err := os.Create(name)
	if err != nil {
		return "", nil, err
	}
	if err := bench.WriteAccessLog(f, int64(lines)*lineBytes, 1); err != nil {
		return "", nil, err
	}
	return name, func() { _ = os.Remove(name) }, f.Close()
}

// site serves so many pages that lead to each other.
func site(_ context.Context, _ string, pages int) (url string, end func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		n := number(strings.TrimPrefix(r.URL.Path, "/"))
		for _, to := range []int{2*n + 1, 2*n + 2, n * 7 % pages, (n + pages/2) % pages} {
			if to < pages {
				fmt.Fprintf(&b, "<p>This is about %d, of which <a href=\"/%d\">more</a> is to be said.</p>\n", to, to)
			}
		}
		b.WriteString(strings.Repeat("<p>But first, something else.</p>\n", 40))
		_, _ = w.Write(b.Bytes())
	})}
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), func() { _ = s.Close() }, nil
}
