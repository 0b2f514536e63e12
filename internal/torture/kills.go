package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// KillsFamily kills runs that write at a random moment: what they were to replace is what it was
// or complete, and the next run of the same command does all of its work and leaves nothing but
// that.
var KillsFamily = Family{Name: "kills", Short: "kill -9 of runs that write files", Run: kill, Needs: needsProgram}

func needsProgram(e *Env) string {
	if e.Mtpipe == "" {
		return "the program was not built"
	}
	return ""
}

// killed is a command to be killed. Its directory has the file in, with n lines of which each has
// a key and a number.
type killed struct {
	name  string
	args  []string
	old   map[string]string               // files that are there besides
	half  func(k *killing) error          // looks at what a run that was killed has left
	whole func(k *killing) error          // looks at what the run after it has
	made  func(k *killing, n string) bool // whether a file may be there at the end
}

// killing is a case: the command, its directory and the lines of its input.
type killing struct {
	*Case
	killed
	lines []string
	env   []string
}

const oldText = "what was there before\n"

var killJobs = []killed{
	{name: "write", args: []string{"lines in | filter 'it != \"\"' > out"}, old: map[string]string{"out": oldText},
		half: func(k *killing) error { return k.is("out", oldText, k.all()) }, whole: func(k *killing) error { return k.is("out", k.all()) }},
	{name: "write of a new file", args: []string{"lines in | filter 'it != \"\"' > out"},
		half: func(k *killing) error { return k.is("out", "", k.all()) }, whole: func(k *killing) error { return k.is("out", k.all()) }},
	{name: "sort beyond memory", args: []string{"--max-memory", "1MiB", "lines in | sort > out"}, old: map[string]string{"out": oldText},
		half: func(k *killing) error { return k.is("out", oldText, k.sorted()) }, whole: func(k *killing) error { return k.is("out", k.sorted()) }},
	{name: "split_by", args: []string{"lines in | split_by 'int(it[:2])' --to 'part{}'"}, old: map[string]string{"part10": oldText},
		half: func(k *killing) error { return k.parts(2, true) }, whole: func(k *killing) error { return k.parts(2, false) },
		made: func(_ *killing, name string) bool { return strings.HasPrefix(name, "part") }},
	{name: "split_by with many files", args: []string{"lines in | split_by 'int(it[:3]) % 300' --to 'part{}'"}, old: map[string]string{"part0": oldText},
		half: func(k *killing) error { return k.parts(3, true) }, whole: func(k *killing) error { return k.parts(3, false) },
		made: func(_ *killing, name string) bool { return strings.HasPrefix(name, "part") }},
	{name: "append", args: []string{"lines in >> out"}, old: map[string]string{"out": oldText},
		half: (*killing).appended, whole: (*killing).appendedAll},
	{name: "write with a time limit", args: []string{"--timeout", "1h", "lines in | sort | tee { write out } { write out2 }"}, old: map[string]string{"out": oldText},
		half: func(k *killing) error {
			return errors.Join(k.is("out", oldText, k.sorted()), k.is("out2", "", k.sorted()))
		}, whole: func(k *killing) error { return errors.Join(k.is("out", k.sorted()), k.is("out2", k.sorted())) },
		made: func(_ *killing, name string) bool { return name == "out2" }},
	{name: "pmap with a log", args: []string{"lines in | head 60 | pmap --jobs 4 --log log --resume { exec echo $it } | count"},
		half: func(k *killing) error { return k.logged(false) }, whole: func(k *killing) error { return k.logged(true) },
		made: func(_ *killing, name string) bool { return name == "log" }},
}

// kill runs a command, kills it, looks at what it has left, and runs it again to its end.
func kill(c *Case) error {
	k := &killing{Case: c, killed: killJobs[c.IntN(len(killJobs))]}
	if err := k.prepare(); err != nil {
		return err
	}
	took, err := k.measure()
	if err != nil {
		return err
	}
	for range 1 + c.IntN(3) {
		if err := k.run(time.Duration(c.Int64N(int64(took)))); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		if err := k.half(k); err != nil {
			return fmt.Errorf("%s, killed: %w", k.name, err)
		}
	}
	if err := k.run(0); err != nil {
		return fmt.Errorf("%s, run again: %w", k.name, err)
	}
	if err := errors.Join(k.whole(k), k.nothingElse()); err != nil {
		return fmt.Errorf("%s, run again: %w", k.name, err)
	}
	return nil
}

// prepare makes the files.
func (k *killing) prepare() error {
	n := 500 + k.IntN(10000)
	for range n {
		k.lines = append(k.lines, fmt.Sprintf("%04d %d", 1000+k.IntN(9000), k.Uint32()))
	}
	k.env = append(os.Environ(), "TMPDIR="+filepath.Join(k.Dir, "tmp"))
	if err := os.Mkdir(filepath.Join(k.Dir, "tmp"), 0o700); err != nil {
		return err
	}
	return k.reset()
}

// reset makes the directory what it is before the first run.
func (k *killing) reset() error {
	names, err := os.ReadDir(k.Dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if n.Name() != "tmp" {
			err = errors.Join(err, os.Remove(k.path(n.Name())))
		}
	}
	err = errors.Join(err, os.WriteFile(k.path("in"), []byte(k.all()), 0o600))
	for name, text := range k.old {
		err = errors.Join(err, os.WriteFile(k.path(name), []byte(text), 0o600))
	}
	return err
}

func (k *killing) path(name string) string { return filepath.Join(k.Dir, name) }

// measure returns how long a whole run takes.
func (k *killing) measure() (time.Duration, error) {
	began := time.Now()
	if err := k.run(0); err != nil {
		return 0, fmt.Errorf("%s, not killed: %w", k.name, err)
	}
	took := time.Since(began)
	return took + took/10, k.reset()
}

// run runs the command and kills it after the given time, unless that is 0.
func (k *killing) run(limit time.Duration) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if limit > 0 {
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, k.Env.Mtpipe, k.args...)
	cmd.Dir, cmd.Env = k.Dir, k.env
	text, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	return nil
}

func (k *killing) all() string { return strings.Join(k.lines, "\n") + "\n" }

func (k *killing) sorted() string {
	return strings.Join(slices.Sorted(slices.Values(k.lines)), "\n") + "\n"
}

// read returns what is in a file, "" for one that is not there.
func (k *killing) read(name string) string {
	text, err := os.ReadFile(k.path(name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err.Error()
	}
	return string(text)
}

// is wants one of several texts in a file.
func (k *killing) is(name string, wants ...string) error {
	if got := k.read(name); !slices.Contains(wants, got) {
		return fmt.Errorf("got %d bytes in %s, %.60q, want all or what was there before", len(got), name, got)
	}
	return nil
}

// parts wants the lines in the files that their first n digits name; half: or what was in a file
// before, or no file.
func (k *killing) parts(n int, half bool) error {
	want := make(map[string]string)
	for _, line := range k.lines {
		key, _ := strconv.Atoi(line[:n])
		want[fmt.Sprint("part", key%300)] += line + "\n"
	}
	for name, text := range want {
		got := k.read(name)
		if got != text && !(half && got == k.old[name]) {
			return fmt.Errorf("got %d bytes in %s, %.60q, want %d", len(got), name, got, len(text))
		}
	}
	return nil
}

// appended wants what was there before, and perhaps beginnings of the input, each on a line of
// its own.
func (k *killing) appended() error {
	got := k.read("out")
	if !strings.HasPrefix(got, oldText) {
		return fmt.Errorf("got %.60q in out, want what was there at its beginning", got)
	}
	return k.beginnings(got[len(oldText):])
}

// beginnings wants a text that is made of beginnings of the input; the last line of each may be
// cut off.
func (k *killing) beginnings(text string) error {
	next := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case next < len(k.lines) && line == k.lines[next]:
			next++
		case line == k.lines[0]:
			next = 1
		case next < len(k.lines) && strings.HasPrefix(k.lines[next], line):
			next = 0
		default:
			return fmt.Errorf("got the line %q in out, want line %d of the input, or its beginning, or the first one", line, next+1)
		}
	}
	return nil
}

func (k *killing) appendedAll() error {
	if got := k.read("out"); !strings.HasSuffix(got, "\n"+k.all()) {
		return fmt.Errorf("got %d bytes in out, want all of the input at the end, on lines of its own", len(got))
	}
	return k.appended()
}

// logged wants whole lines in the log, and with all each value once.
func (k *killing) logged(all bool) error {
	text := k.read("log")
	whole := text[:strings.LastIndexByte(text, '\n')+1]
	done := make(map[string]int)
	for i, line := range strings.Split(strings.TrimSuffix(whole, "\n"), "\n") {
		fields := strings.Split(line, "\t")
		if i > 0 && (len(fields) != 4 || fields[2] != "ok") {
			return fmt.Errorf("got the line %q in the log", line)
		}
		if i > 0 {
			done[fields[3]]++
		}
	}
	if !all {
		return nil
	}
	for _, line := range k.lines[:60] {
		done[line]--
	}
	for line, n := range done {
		if n != 0 {
			return fmt.Errorf("got %s %d times too often in the log: %s", strconv.Quote(line), n, text)
		}
	}
	return nil
}

// nothingElse wants no files but those that the command makes.
func (k *killing) nothingElse() error {
	var left []string
	for _, dir := range []string{"", "tmp"} {
		list, err := os.ReadDir(k.path(dir))
		if err != nil {
			return err
		}
		for _, e := range list {
			name := e.Name()
			if dir == "" && (name == "in" || name == "out" || name == "tmp" || k.made != nil && k.made(k, name)) {
				continue
			}
			left = append(left, filepath.Join(dir, name))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("got %d files left: %.200s", len(left), strings.Join(left, ", "))
	}
	return nil
}
