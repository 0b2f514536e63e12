package torture

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mtpipe/pipeline"
)

// way is one of the ways in which a pipeline may be run. None of them changes a byte.
type way struct {
	jobs, capacity int
	input          string // file, pipe, gz or zst
	memory         int64  // 0: as much as there is
}

var plainWay = way{1, 1024, "file", 0}

func (w way) String() string {
	s := fmt.Sprintf("-j %d, capacity %d, input as %s", w.jobs, w.capacity, w.input)
	if w.memory > 0 {
		s += fmt.Sprintf(", --max-memory %d", w.memory)
	}
	return s
}

// way returns one of all ways.
func (c *Case) way() way {
	w := way{jobs: pick(c, 1, 2, 4), capacity: pick(c, 1, 1024), input: pick(c, "file", "file", "pipe", "gz", "zst")}
	if c.oneIn(3) {
		w.memory = pick(c, int64(1), 1000, 100_000, 1<<20)
	}
	return w
}

// job is a pipeline and its input.
type job struct {
	text    string
	in      Data
	out     string // the format of the output
	onError pipeline.OnError
}

// outcome is what a run wrote, how it ended, and what it told.
type outcome struct {
	stdout string
	failed bool
	causes []string // of its failure, without places
	told   []string // on standard error, sorted, without places
}

var extensions = map[string]string{"lines": ".txt"}

// extension is the ending of the names of files in a format.
func extension(format string) string {
	if e := extensions[format]; e != "" {
		return e
	}
	return "." + format
}

// file writes the input in the way that w wants, and returns its name; "" for a pipe.
func (c *Case) file(d Data, w way) (string, error) {
	name := filepath.Join(c.Dir, "in"+extension(d.Format))
	text := []byte(d.Text)
	switch w.input {
	case "pipe":
		return "", nil
	case "gz":
		name += ".gz"
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(text)
		if err := z.Close(); err != nil {
			return "", err
		}
		text = b.Bytes()
	case "zst":
		name += ".zst"
		text = c.Env.zstd.EncodeAll(text, nil)
	}
	return name, os.WriteFile(name, text, 0o600)
}

// run runs a job in a way. An error is one of compiling, or of this program.
func (c *Case) run(j job, w way) (o outcome, err error) {
	name, err := c.file(j.in, w)
	if err != nil {
		return o, err
	}
	var stdout, stderr bytes.Buffer
	s := pipeline.Settings{Stdout: &stdout, Stderr: &stderr, Out: j.out, OnError: j.onError, Jobs: w.jobs, Capacity: w.capacity, MaxMemory: w.memory}
	if j.in.Format != "lines" && j.in.Format != "none" {
		s.In = j.in.Format
	}
	switch {
	case j.in.Format == "none":
	case name != "":
		s.Files = []string{name}
	default:
		r, p, err := os.Pipe()
		if err != nil {
			return o, err
		}
		defer r.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = io.WriteString(p, j.in.Text)
			p.Close()
		}()
		defer func() { r.Close(); <-done }()
		s.Stdin = r
	}
	plan, err := pipeline.Compile(j.text, "", pipeline.Scope{Registry: c.Env.Registry}, s)
	if err != nil {
		return o, err
	}
	c.Env.runs++
	err = plan.Run(nil)
	o.stdout, o.failed = stdout.String(), err != nil
	if j.onError == pipeline.Keep {
		o.stdout = withoutPlace(o.stdout)
	}
	o.causes = withoutPlaces(rootCauses(err))
	o.told = withoutPlaces(strings.Split(strings.TrimSpace(stderr.String()), "\n"))
	return o, nil
}

// place is where an error arose, and which of many errors is told: what may differ.
var place = regexp.MustCompile(`[^\s"]*/in\.\w+(\.gz|\.zst)?(:\d+)*: |standard input(:\d+)*: |line \d+(:\d+)*: |one of them: .*`)

// withoutPlace returns a text without what messages in it say of where they arose.
func withoutPlace(text string) string {
	return place.ReplaceAllString(text, "")
}

// withoutPlaces returns messages without the names of files and the numbers of lines in them.
func withoutPlaces(lines []string) (list []string) {
	for _, line := range lines {
		if line = withoutPlace(line); line != "" {
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}
