package torture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// FaultsFamily has a system call of a run that writes fail, once or again and again: the run is
// right, or fails with a message and a status, and what it was to replace is as it was or
// complete.
var FaultsFamily = Family{Name: "faults", Short: "system calls that fail, by strace", Run: fault, Needs: needsStrace}

func needsStrace(e *Env) string {
	if reason := needsProgram(e); reason != "" {
		return reason
	}
	if err := exec.Command("strace", "--seccomp-bpf", "-f", "-qq", "-o", os.DevNull, "-e", "trace=kill", "-e", "inject=kill:error=EPERM", "true").Run(); err != nil {
		return "strace cannot be used: " + err.Error()
	}
	return ""
}

// faulty is the system calls and what they answer. close is none of them, since strace leaves it
// out when it makes it fail, which no system does; those by which Go's runtime waits and gets its
// memory are none, since it ends the program then.
var faulty = []faultyCall{
	{"read", []string{"EINTR", "EAGAIN", "EIO"}},
	{"pread64", []string{"EINTR", "EAGAIN", "EIO"}},
	{"write", []string{"EINTR", "EAGAIN", "ENOSPC", "EIO", "EPIPE"}},
	{"pwrite64", []string{"EINTR", "ENOSPC", "EIO", "EDQUOT"}},
	{"openat", []string{"EINTR", "EMFILE", "ENFILE", "ENOMEM", "EIO", "EACCES"}},
	{"fstat", []string{"EINTR", "EIO", "ENOMEM"}},
	{"newfstatat", []string{"EINTR", "EIO", "EACCES"}},
	{"fsync", []string{"EINTR", "EIO", "ENOSPC", "EDQUOT"}},
	{"linkat", []string{"EINTR", "EIO", "EPERM", "ENOSPC"}},
	{"renameat", []string{"EINTR", "EIO", "ENOSPC", "EACCES"}},
	{"unlinkat", []string{"EINTR", "EIO", "EBUSY"}},
	{"fchmod", []string{"EINTR", "EPERM", "EIO"}},
	{"lseek", []string{"EIO"}},
	{"readlinkat", []string{"EINTR", "EIO"}},
	{"getdents64", []string{"EINTR", "EIO"}},
	{"faccessat", []string{"EIO"}},
	{"faccessat2", []string{"EIO"}},
	{"listxattr", []string{"EIO", "EOPNOTSUPP"}},
	{"pidfd_send_signal", []string{"EPERM"}},
	{"pidfd_open", []string{"EMFILE", "ENOSYS"}},
}

// faultyCall is a system call and what it answers.
type faultyCall struct {
	call   string
	errors []string
}

// runtimeDied is what the loader and Go's runtime say when they end the program.
var runtimeDied = regexp.MustCompile(`(?m)error while loading shared libraries|^(fatal error|runtime): |^goroutine 0 gp=`)

// faultBound is after how long a run is one that hangs.
const faultBound = time.Minute

// fault runs a command with a call that fails, looks at what it has left, and runs it again.
func fault(c *Case) error {
	k := &killing{Case: c, killed: killJobs[c.IntN(len(killJobs))]}
	for k.name == "pmap with a log" { // what its programs do shows in the log
		k.killed = killJobs[c.IntN(len(killJobs))]
	}
	if err := k.prepare(); err != nil {
		return err
	}
	call := faulty[c.IntN(len(faulty))]
	when := fmt.Sprint(1 + c.IntN(1+c.IntN(12)))
	if c.IntN(4) == 0 {
		when += "+2"
	}
	inject := fmt.Sprintf("inject=%s:error=%s:when=%s", call.call, call.errors[c.IntN(len(call.errors))], when)
	if err := k.faulty(call.call, inject); err != nil {
		if _, ok := err.(skipped); ok {
			return err
		}
		return fmt.Errorf("%s, %s: %w", k.name, inject, err)
	}
	if err := k.run(0); err != nil {
		return fmt.Errorf("%s, run again after %s: %w", k.name, inject, err)
	}
	if err := errors.Join(k.whole(k), k.nothingElse()); err != nil {
		return fmt.Errorf("%s, run again after %s: %w", k.name, inject, err)
	}
	return nil
}

// faulty runs the command with the fault.
func (k *killing) faulty(call, inject string) error {
	ctx, cancel := context.WithTimeout(context.Background(), faultBound)
	defer cancel()
	trace, err := os.CreateTemp(k.Env.Dir, "trace")
	if err != nil {
		return err
	}
	defer os.Remove(trace.Name())
	defer trace.Close()
	args := append([]string{"--seccomp-bpf", "-f", "-qq", "-o", trace.Name(), "-e", "trace=" + call, "-e", inject, k.Env.Mtpipe}, k.args...)
	cmd := exec.CommandContext(ctx, "strace", args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = k.Dir, k.env, time.Second
	text, failed := cmd.CombinedOutput()
	lines, err := os.ReadFile(trace.Name())
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("hangs: %.300s", text)
	case err != nil:
		return err
	case !bytes.Contains(lines, []byte("(INJECTED)")):
		return Skip("there was no such call")
	case runtimeDied.Match(text):
		if err := k.half(k); err != nil {
			return err
		}
		return Skip("the loader or the runtime ended the program")
	case failed == nil:
		return errors.Join(k.whole(k), k.toldWhatIsLeft(text))
	case cmd.ProcessState.ExitCode() != 1:
		return fmt.Errorf("got %w and %.300q, want the status 1", failed, text)
	case !strings.HasPrefix(string(text), "mtpipe: "):
		return fmt.Errorf("got no message but %.300q", text)
	}
	return errors.Join(k.half(k), k.toldWhatIsLeft(text))
}

// toldWhatIsLeft wants no file left that the messages do not tell of.
func (k *killing) toldWhatIsLeft(text []byte) error {
	if bytes.Contains(text, []byte(" stays: ")) {
		return nil
	}
	return k.nothingElse()
}
