package torture

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MemoryFamily runs each stage that retains what it reads with little memory, over data of which
// all, half and none of the keys are new: the answer is that of a run with all of the memory, or an
// error that names the stage, and the peak of memory is at most half as much again as was allowed,
// besides what the program itself takes.
var MemoryFamily = Family{Name: "memory", Short: "peak memory of each stage that retains", Run: runMemory, Needs: func(e *Env) string {
	if runtime.GOOS != "linux" || e.Meter == "" {
		return "there is no program to measure"
	}
	return needsProgram(e)
}}

const (
	programMemory = 24 << 10 // KB that the program itself takes, as the help of --max-memory says
	meterFile     = "TORTURE_PEAK"
)

// memoryRun is a case: a pipeline, its data, and how much memory there is.
type memoryRun struct {
	*Case
	memoryJob
	budget int // MB
	jobs   int
	form   string // lines, csv or jsonl
	long   bool   // the values
	fresh  string // which of the keys are new
}

func (m *memoryRun) String() string {
	values := "short values"
	if m.long {
		values = "long values"
	}
	return fmt.Sprintf("mtpipe --max-memory %dM -j %d '%s' over %s, %s, %s of the keys new", m.budget, m.jobs, m.text, m.form, values, m.fresh)
}

// runMemory makes a case. The pipelines take turns, so that as many runs as there are of them have each.
func runMemory(c *Case) error {
	m := &memoryRun{Case: c, budget: pick(c, 16, 16, 16, 32, 64), jobs: pick(c, 1, 2), form: "lines", long: c.oneIn(3), fresh: pick(c, "all", "half", "none")}
	i := int(c.Seed % uint64(len(memoryOfLines)+len(memoryOfRecords)))
	if i < len(memoryOfLines) {
		m.memoryJob = memoryOfLines[i]
	} else {
		m.memoryJob, m.form = memoryOfRecords[i-len(memoryOfLines)], pick(c, "csv", "jsonl")
	}
	m.text = strings.ReplaceAll(m.text, "FILE", "beside."+m.form)
	if m.form != "lines" {
		m.text = m.form + " | " + m.text
	}
	if err := errors.Join(m.makeFile("in."+m.form, 0), m.makeFile("beside."+m.form, 1)); err != nil {
		return err
	}
	return m.judge()
}

// judge runs the pipeline with and without a bound, and says what is wrong.
func (m *memoryRun) judge() error {
	want, err := m.measure("want", "-j", strconv.Itoa(m.jobs))
	if err != nil {
		return err
	}
	if want.took > memoryPatience {
		return Skip("it takes too long")
	}
	if want.status != 0 && !strings.Contains(want.stderr, "--max-") {
		return fmt.Errorf("%v: without the bound: status %d, %.300q", m, want.status, want.stderr)
	}
	got, err := m.measure("got", "-j", strconv.Itoa(m.jobs), "--max-memory", fmt.Sprintf("%dM", m.budget))
	if err != nil {
		return err
	}
	same, begins, err := m.compareFiles("got", "want")
	most := m.budget*1024*3/2 + programMemory
	switch {
	case err != nil:
		return err
	case got.took > memoryPatience && want.took > memoryPatience/10:
		return Skip("it takes too long")
	case got.took > memoryPatience:
		return fmt.Errorf("%v: does not end within %v, and took %v without the bound", m, memoryPatience, want.took)
	case got.peak > most:
		return fmt.Errorf("%v: took %d KB, at most %d are allowed; status %d, %.300q", m, got.peak, most, got.status, got.stderr)
	case got.status == 0 && want.status == 0 && (same || m.about), got.status == 1 && (begins || m.about) && m.clear(got.stderr):
		return nil
	}
	return fmt.Errorf("%v: status %d, %.500q, the same answer: %v, the beginning of it: %v", m, got.status, got.stderr, same, begins)
}

// clear reports whether a message says that there is too little memory, and which stage has too
// little.
func (m *memoryRun) clear(stderr string) bool {
	return strings.Count(stderr, "\n") == 1 && (strings.Contains(stderr, "--max-memory") || strings.Contains(stderr, "--max-line")) &&
		slices.ContainsFunc(strings.FieldsFunc(stderr, func(r rune) bool { return strings.ContainsRune(": ,;\n", r) }), func(w string) bool { return w == m.stage })
}

// measured is what became of a run.
type measured struct {
	status int
	stderr string
	peak   int // KB
	took   time.Duration
}

// memoryPatience is how long a run may take. One that took longer is not looked at, unless it is the one with
// little memory, and the other took less than a tenth of that.
const memoryPatience = 45 * time.Second

// measure runs the pipeline; what it puts goes to the file out.
func (m *memoryRun) measure(out string, args ...string) (r measured, err error) {
	m.Env.runs++
	f, err := os.Create(m.path(out))
	if err != nil {
		return r, err
	}
	defer f.Close()
	var stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), memoryPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, m.Env.Meter, slices.Concat([]string{MeterFlag, m.Env.Mtpipe}, args, []string{m.text, "in." + m.form})...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = m.Dir, f, &stderr
	cmd.Env = append(os.Environ(), meterFile+"="+m.path("peak"))
	cmd.SysProcAttr, cmd.Cancel = ownGroup(), func() error { return killGroup(cmd.Process.Pid) }
	began := time.Now()
	err = cmd.Run()
	if r.took = time.Since(began); ctx.Err() != nil {
		return r, nil
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return r, err
	}
	text, err := os.ReadFile(m.path("peak"))
	if err != nil {
		return r, fmt.Errorf("%v: %w, %.300q", m, err, stderr.String())
	}
	r.peak, err = strconv.Atoi(string(text))
	r.status, r.stderr = cmd.ProcessState.ExitCode(), stderr.String()
	return r, err
}

// MeterFlag is the first argument of a program that calls Meter with the others.
const MeterFlag = "-meter"

// makeFile makes a file of which the rows, each taking some fifty bytes more than its value, are one to
// two and a half times the budget. The keys of the one with the number 1 are half those of the one with the number 0.
func (m *memoryRun) makeFile(name string, number int) error {
	f, err := os.Create(m.path(name))
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	value := strings.Repeat("x", 4+m.IntN(12))
	if m.long {
		value = strings.Repeat("long value ", 50+m.IntN(300))
	}
	if m.form == "csv" {
		fmt.Fprintln(w, "k,n,v")
	}
	rows := m.budget << 20 / (50 + len(value)) * (4 + m.IntN(7)) / 4
	keys := map[string]int{"all": rows, "half": rows/2 + 1, "none": 100}[m.fresh]
	var line []byte
	for i := range rows {
		key := i*7919%keys + number*keys/2
		line = m.appendRow(line[:0], key, i*7919%999983, value)
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (m *memoryRun) appendRow(line []byte, key, n int, value string) []byte {
	switch m.form {
	case "csv":
		return fmt.Appendf(line, "k%09d,%d,%s\n", key, n, value)
	case "jsonl":
		return fmt.Appendf(line, `{"k":"k%09d","n":%d,"v":"%s"}`+"\n", key, n, value)
	default:
		return fmt.Appendf(line, "k%09d %09d %s\n", key, key, value)
	}
}

func (m *memoryRun) path(name string) string { return m.Dir + "/" + name }

// compareFiles reports whether a file is the same as another one, or a beginning of it.
func (m *memoryRun) compareFiles(a, b string) (same, begins bool, err error) {
	fa, err := os.Open(m.path(a))
	if err != nil {
		return false, false, err
	}
	defer fa.Close()
	fb, err := os.Open(m.path(b))
	if err != nil {
		return false, false, err
	}
	defer fb.Close()
	ba, bb := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		na, erra := io.ReadFull(fa, ba)
		nb, errb := io.ReadFull(fb, bb)
		switch {
		case na > nb || !bytes.Equal(ba[:na], bb[:na]):
			return false, false, nil
		case erra != nil:
			return na == nb && errb != nil, true, nil
		}
	}
}
