package input

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"mtpipe/internal/format"
	"mtpipe/internal/spill"
	"mtpipe/microthread"
)

// OpenFor is Open for what cutter cuts. Where a program of its own reads a format, that is what
// prints the text; it may take so many bytes of memory, as far as it can keep to that.
func OpenFor(t *microthread.Thread, name string, stdin io.Reader, cutter format.Cutter, memory int64) (*File, error) {
	f, err := Open(t, name, stdin)
	outside, ok := cutter.(format.Outside)
	if err != nil || !ok {
		return f, err
	}
	defer f.Close()
	if f.regular {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return openOutside(t, name, outside, file, memory)
	}
	return Through(t, f, name, outside, memory)
}

// Through returns what the program of a format prints about the text of from, which it is given as
// a temporary file. Errors call it name.
func Through(t *microthread.Thread, from io.Reader, name string, outside format.Outside, memory int64) (*File, error) {
	kept, err := spill.Create("")
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	if _, err := io.Copy(kept.OS(), from); err != nil {
		return nil, err
	}
	return openOutside(t, name, outside, kept.OS(), memory)
}

// program is one that reads a file and prints its records. One thread reads what it prints.
type program struct {
	t       *microthread.Thread
	file    string
	process *os.Process // nil when it was waited for
	out     *microthread.File
	errors  *microthread.File
}

// openOutside starts a format's program with file as its standard input.
func openOutside(t *microthread.Thread, name string, outside format.Outside, file *os.File, memory int64) (*File, error) {
	command, args := outside.Program()
	out, outEnd, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer outEnd.Close()
	errs, errsEnd, err := os.Pipe()
	if err != nil {
		_ = out.Close()
		return nil, err
	}
	defer errsEnd.Close()
	process, err := StartProgram(command, args, memory, file, outEnd, errsEnd)
	if err != nil {
		_, _ = out.Close(), errs.Close()
		return nil, fmt.Errorf("%s: %w", nameOf(name), err)
	}
	p := &program{t: t, file: nameOf(name), process: process, out: microthread.NewFile(out), errors: microthread.NewFile(errs)}
	return &File{name: name, t: t, text: p, outside: p}, nil
}

// StartProgram starts the program of a format, beside mtpipe or in PATH, with its three standard
// files.
func StartProgram(command string, args []string, memory int64, files ...*os.File) (*os.Process, error) {
	path, err := findProgram(command)
	if err != nil {
		return nil, err
	}
	env := append(os.Environ(), "GOTRACEBACK=none", fmt.Sprintf("GOMEMLIMIT=%d", max(memory, leastMemory)))
	return os.StartProcess(path, append([]string{command}, args...), &os.ProcAttr{Files: files, Env: env, Sys: ownGroup()})
}

// leastMemory is what a program of a format has need of to get on.
const leastMemory = 64 << 20

// findProgram returns where a program is.
func findProgram(command string) (string, error) {
	if own, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(own), command)); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(command)
	if err != nil {
		return "", format.MissingProgram(command)
	}
	return path, nil
}

// Read reads what the program prints. At the end it tells what has gone wrong.
func (p *program) Read(b []byte) (int, error) {
	if p.process == nil {
		return 0, io.EOF
	}
	n, err := p.out.Read(p.t, b)
	if err != io.EOF {
		return n, err
	}
	said, _ := io.ReadAll(io.LimitReader(onThread{p.errors, p.t}, longestMessage))
	state, err := p.t.WaitProcess(p.process, 0)
	if err != nil {
		return 0, err
	}
	p.process = nil
	if err := Verdict(state, string(said)); err != nil {
		return 0, fmt.Errorf("%s: %w", p.file, err)
	}
	return 0, io.EOF
}

// longestMessage is how much of what a program says about its end is read.
const longestMessage = 16 << 10

// Verdict returns what the end of a format's program means, which has said something.
func Verdict(state *os.ProcessState, said string) error {
	first, _, _ := strings.Cut(strings.TrimSpace(said), "\n")
	switch status, _ := state.Sys().(syscall.WaitStatus); {
	case state.Success():
		return nil
	case status.Signaled():
		return fmt.Errorf("the program that knows the format ended by signal: %v", status.Signal())
	case first != "":
		return errors.New(first)
	}
	return fmt.Errorf("the program that knows the format ended with status %d", state.ExitCode())
}

// close ends the program if it is at work.
func (p *program) close() {
	_ = p.out.Close(p.t)
	_ = p.errors.Close(p.t)
	if p.process != nil {
		_ = p.process.Kill()
		_, _ = p.process.Wait()
		p.process = nil
	}
}
