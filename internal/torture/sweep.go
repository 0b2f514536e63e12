package torture

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// SweepFamily has each kind of system call that a pipeline makes fail, at its first, second,
// middle or last time: the run is right, or fails with a message and the status 1, and the files
// that it writes are as they were or whole.
var SweepFamily = Family{Name: "sweep", Short: "each system call of many pipelines fails", Run: sweep, Needs: needsStrace}

// swept is a pipeline of the sweep.
type swept struct {
	name   string
	args   []string
	stdin  string                 // the file that standard input is, "" for /dev/null
	makes  []string               // files that it makes or changes
	grows  bool                   // they may stay half done: what append has written, and the like
	loose  bool                   // what it prints depends on when things happen
	varies bool                   // and so does what is in its files
	more   map[string]string      // files that are there besides
	beside func(*sweeping) func() // starts what runs beside it; the result ends that
}

// sweeping is a run of a pipeline of the sweep.
type sweeping struct {
	*Case
	swept
	bound  time.Duration // after which a run is one that hangs
	dir    string        // in which it runs
	port   int
	pid    chan int // of the run, for what runs beside it
	ctx    context.Context
	answer error // what was wrong with what a client has got
}

// undisturbed is what a pipeline does when nothing fails.
type undisturbed struct {
	stdout string
	status int
	files  map[string]string
	calls  map[string]int // how often a thread makes a call, at most
}

// sweptRun is what a run has done.
type sweptRun struct {
	stdout, stderr string
	status         int
	hangs          bool
	files          map[string]string
	trace          string
}

// sweep runs a pipeline with a call that fails.
func sweep(c *Case) error {
	s := &sweeping{Case: c, bound: faultBound, swept: sweptJobs[int(c.Seed)%len(sweptJobs)]}
	base, err := s.undisturbed()
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	var possible []faultyCall
	for _, f := range slices.Concat(faulty, faultyMore) {
		if base.calls[f.call] > 0 {
			possible = append(possible, f)
		}
	}
	if len(possible) == 0 {
		return Skip("it makes none of these calls")
	}
	f := possible[c.IntN(len(possible))]
	most := base.calls[f.call]
	when := fmt.Sprint(pick(c, 1, min(2, most), (most+1)/2, most, 1+c.IntN(most), 1+c.IntN(most)))
	if c.IntN(6) == 0 {
		when += "+2"
	}
	inject := fmt.Sprintf("inject=%s:error=%s:when=%s", f.call, f.errors[c.IntN(len(f.errors))], when)
	got, err := s.run("-e", "trace="+f.call+",execve", "-e", inject)
	if err != nil {
		return err
	}
	if err := s.judge(base, got); err != nil {
		if _, ok := err.(skipped); ok {
			return err
		}
		return fmt.Errorf("%s, %s: %w\n%s\n%s", s.name, inject, err, strings.Join(s.args, " "), injected(got.trace))
	}
	return nil
}

// injected returns the lines of a trace about calls that were made to fail.
func injected(trace string) string {
	var lines []string
	for line := range strings.SplitSeq(trace, "\n") {
		if strings.Contains(line, "(INJECTED)") && len(lines) < 6 {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// judge says what is wrong with what a run has done.
func (s *sweeping) judge(base *undisturbed, got *sweptRun) error {
	switch {
	case got.hangs:
		return fmt.Errorf("hangs: %.300q %.300q", got.stdout, got.stderr)
	case !strings.Contains(got.trace, "(INJECTED)"):
		return Skip("there was no such call")
	case runtimeDied.MatchString(got.stderr) || runtimeDied.MatchString(got.stdout):
		return Skip("the loader or the runtime ended the program")
	case inProgram(got.trace):
		return Skip("it was a program that the run has started")
	case s.name == "unix" && strings.Contains(got.trace, "ECONNRESET"):
		return Skip("a socket of that kind says so when all was read that the other side has sent")
	}
	if s.answer != nil {
		return s.answer
	}
	if failedMessage.MatchString(got.trace) { // it may not be told that this failed
		got.stderr += "mtpipe: "
	}
	if got.status != base.status && (got.status != 1 || !strings.Contains(got.stderr, "mtpipe: ")) {
		return fmt.Errorf("got the status %d and the messages %.300q", got.status, got.stderr)
	}
	begins := strings.HasPrefix(base.stdout, got.stdout)
	left := begins && strings.Contains(got.trace, "EPIPE") // its reader, as it seems
	if !s.loose && got.status == base.status && got.stdout != base.stdout && !left || !s.loose && !begins {
		return fmt.Errorf("got %d and %s, messages %.200q", got.status, parts(got.stdout, base.stdout), got.stderr)
	}
	return s.judgeFiles(base, got)
}

func (s *sweeping) judgeFiles(base *undisturbed, got *sweptRun) error {
	before := sweptFiles()
	for name, text := range got.files {
		was, there := before[name]
		want, made := base.files[name]
		switch {
		case text == want && made, text == was && there && got.status != 0:
		case s.varies && slices.Contains(s.makes, name):
		case s.grows && slices.Contains(s.makes, name) && got.status != 0:
		case strings.Contains(got.stderr, " stays: ") && !made:
		default:
			return fmt.Errorf("got %d and %d bytes in %s, %.60q, messages %.300q", got.status, len(text), name, text, got.stderr)
		}
	}
	for name := range base.files {
		if _, ok := got.files[name]; !ok && (got.status == 0 || before[name] != "") {
			return fmt.Errorf("got %d and no file %s, messages %.300q", got.status, name, got.stderr)
		}
	}
	return nil
}

// failedMessage is a message that could not be written.
var failedMessage = regexp.MustCompile(`(?m)write[v2]*\(2, .*\(INJECTED\)$`)

var traced = regexp.MustCompile(`(?m)^(\d+) +([a-z_0-9]+)\(`)

// programs returns the numbers of the processes that have become another program.
func programs(trace string) map[string]bool {
	of := make(map[string]bool)
	first := true
	for _, m := range traced.FindAllStringSubmatch(trace, -1) {
		if m[2] == "execve" && !first {
			of[m[1]] = true
		}
		first = first && m[2] != "execve"
	}
	return of
}

// inProgram reports whether a call failed in another program than mtpipe.
func inProgram(trace string) bool {
	of := programs(trace)
	for line := range strings.SplitSeq(trace, "\n") {
		if pid, _, _ := strings.Cut(line, " "); strings.Contains(line, "(INJECTED)") && of[pid] {
			return true
		}
	}
	return false
}

// undisturbed runs the pipeline and counts its calls.
func (s *sweeping) undisturbed() (*undisturbed, error) {
	if base := s.Env.undisturbed[s.name]; base != nil {
		return base, nil
	}
	got, err := s.run("-e", "trace=all")
	if err != nil {
		return nil, err
	}
	if got.status != 0 && got.status != ended15 || got.hangs {
		return nil, fmt.Errorf("undisturbed: got the status %d (hangs: %v) and %q", got.status, got.hangs, got.stderr)
	}
	base := &undisturbed{stdout: got.stdout, status: got.status, files: got.files, calls: make(map[string]int)}
	of, count := programs(got.trace), make(map[string]int)
	for _, m := range traced.FindAllStringSubmatch(got.trace, -1) {
		if !of[m[1]] {
			count[m[1]+m[2]]++
			base.calls[m[2]] = max(base.calls[m[2]], count[m[1]+m[2]])
		}
	}
	for name := range base.files {
		if _, ok := sweptFiles()[name]; !ok && !slices.Contains(s.makes, name) {
			return nil, fmt.Errorf("undisturbed: leaves %s", name)
		}
	}
	if s.Env.undisturbed == nil {
		s.Env.undisturbed = make(map[string]*undisturbed)
	}
	s.Env.undisturbed[s.name] = base
	return base, nil
}

// run runs the pipeline under strace.
func (s *sweeping) run(trace ...string) (*sweptRun, error) {
	return s.runWith(func(temporary string) (*sweptRun, error) {
		log := filepath.Join(temporary, "..", "trace")
		got, err := s.start(temporary, slices.Concat([]string{"strace", "--seccomp-bpf", "-f", "-qq", "-o", log}, trace), runPlainly)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(log)
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, got.stderr)
		}
		got.trace = string(text)
		return got, nil
	})
}

// runWith runs the pipeline in a new directory, by a function that is told the one for temporary files.
func (s *sweeping) runWith(start func(temporary string) (*sweptRun, error)) (*sweptRun, error) {
	dir, err := os.MkdirTemp(s.Case.Dir, "run")
	if err != nil {
		return nil, err
	}
	for _, files := range []map[string]string{sweptFiles(), s.more} {
		for name, text := range files {
			err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
	}
	temporary := filepath.Join(s.Case.Dir, "tmp")
	if err := errors.Join(err, os.RemoveAll(temporary), os.Mkdir(temporary, 0o700)); err != nil {
		return nil, err
	}
	s.dir = dir
	got, err := start(temporary)
	if err != nil {
		return nil, err
	}
	return got, errors.Join(got.read(dir, ""), got.read(temporary, "tmp/"), os.RemoveAll(dir))
}

// start runs the pipeline by a function, with words before the command, beside what belongs to it.
func (s *sweeping) start(temporary string, before []string, run func(cmd *exec.Cmd, started func()) (status int, err error)) (*sweptRun, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.bound)
	defer cancel()
	s.ctx, s.pid, s.answer = ctx, make(chan int, 1), nil
	if s.beside != nil {
		defer s.beside(s)()
		defer cancel()
	}
	words := append(before, s.Env.Mtpipe)
	for _, a := range s.args {
		words = append(words, strings.ReplaceAll(a, "PORT", fmt.Sprint(s.port)))
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = s.dir, append(os.Environ(), "TMPDIR="+temporary), time.Second
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) } // strace alone would leave the run
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if s.stdin != "" {
		in, err := os.Open(filepath.Join(s.dir, s.stdin))
		if err != nil {
			return nil, err
		}
		defer in.Close()
		cmd.Stdin = in
	}
	s.Env.runs++
	status, err := run(cmd, func() { s.pid <- cmd.Process.Pid })
	if err != nil {
		return nil, err
	}
	return &sweptRun{stdout: stdout.String(), stderr: stderr.String(), status: status, hangs: ctx.Err() != nil, files: make(map[string]string)}, nil
}

// read notes the files in a directory.
func (r *sweptRun) read(dir, prefix string) error {
	list, err := os.ReadDir(dir)
	for _, f := range list {
		text, fail := os.ReadFile(filepath.Join(dir, f.Name()))
		if fail != nil {
			text = []byte("no regular file")
		}
		r.files[prefix+f.Name()] = string(text)
	}
	return err
}

var sweptText = sync.OnceValue(func() map[string]string {
	var rows, few strings.Builder
	rows.WriteString("k,v\n")
	few.WriteString("k,v\n")
	for i := range 40000 {
		row := fmt.Sprintf("%d,%d\n", (i*7919)%3001, i)
		rows.WriteString(row)
		if i < 300 {
			few.WriteString(row)
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(few.String()))
	_ = z.Close()
	return map[string]string{"big.csv": rows.String(), "a.csv": few.String(), "a.gz": packed.String(), "out": oldText,
		"part1": oldText, "j.jsonl": "{\"a\":1,\"b\":[1,2]}\n{\"a\":2,\"b\":[]}\n", "c.json": "{\"v\":1,\"w\":[1,2,3]}\n",
		"b.csv": "k,name\n0,zero\n1,one\n2,two\n7,seven\n", "l.logfmt": "a=1 b=2\na=3 b=4\n", "t.tsv": "a\tb\n1\t2\n",
		"log.txt": "a 1\nb 2\na 3\n", "script": "lines $1 | sort -r\n"}
})

// ended15 is the status of a run that the signal TERM has ended.
const ended15 = 128 + 15

// sweptFiles returns the files that are there before a run.
func sweptFiles() map[string]string { return maps.Clone(sweptText()) }
