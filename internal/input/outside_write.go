package input

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"mtpipe/internal/format"
	"mtpipe/internal/spill"
	"mtpipe/microthread"
)

// Made is a file that the program of a format makes of what it is given: a temporary one, until
// all has come.
type Made struct {
	t       *microthread.Thread
	process *os.Process       // nil when it was waited for
	in      *microthread.File // nil when it is closed
	errors  *microthread.File
	file    *spill.File
}

// StartWriter starts the program that writes a format, for the thread t.
func StartWriter(t *microthread.Thread, outside format.OutsideWriter, memory int64) (m *Made, err error) {
	command, args := outside.WritingProgram()
	file, err := spill.Create("")
	if err != nil {
		return nil, err
	}
	m = &Made{t: t, file: file}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	inEnd, in, err := os.Pipe()
	if err != nil {
		return m, err
	}
	defer inEnd.Close()
	m.in = microthread.NewFile(in)
	errs, errsEnd, err := os.Pipe()
	if err != nil {
		return m, err
	}
	defer errsEnd.Close()
	m.errors = microthread.NewFile(errs)
	m.process, err = StartProgram(command, args, memory, inEnd, file.OS(), errsEnd)
	return m, err
}

// Write gives the program p.
func (m *Made) Write(t *microthread.Thread, p []byte) error { return m.in.Write(t, p) }

// Cause returns why the writing has ended with err: where that is because the program has ended, what
// it says.
func (m *Made) Cause(err error) error {
	if !errors.Is(err, syscall.EPIPE) {
		return err
	}
	if said := m.await(); said != nil {
		return said
	}
	return err
}

// await waits for the end of the program, and returns what that means.
func (m *Made) await() error {
	_ = m.in.Close(m.t)
	m.in = nil
	said, _ := io.ReadAll(io.LimitReader(onThread{m.errors, m.t}, longestMessage))
	state, err := m.t.WaitProcess(m.process, 0)
	if err != nil {
		return err
	}
	m.process = nil
	return Verdict(state, string(said))
}

// Finish tells the program that all has come, and gives what it has made to write.
func (m *Made) Finish(write func(p []byte) error) error {
	if err := m.await(); err != nil {
		return err
	}
	from, buffer := m.file.OS(), make([]byte, BlockSize)
	for at := int64(0); ; {
		n, err := from.ReadAt(buffer, at)
		if n > 0 {
			if err := write(buffer[:n]); err != nil {
				return err
			}
		}
		at += int64(n)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the temporary file: %w", err)
		}
	}
}

// Close ends the program if it is at work, and removes the file.
func (m *Made) Close() {
	for _, f := range []*microthread.File{m.in, m.errors} {
		if f != nil {
			_ = f.Close(m.t)
		}
	}
	if m.process != nil {
		_ = m.process.Kill()
		_, _ = m.process.Wait()
		m.process = nil
	}
	_ = m.file.Close()
}
