// Package stagetest runs pipelines for the tests of stages: it has all built-in stages, and
// some that tests have need of. It is for tests only.
package stagetest

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// Run runs the pipeline in text with stdin on a pipe as its standard input and args
// as the FILEs behind it. It returns what the pipeline wrote to its standard output, all of
// that too when it failed.
func Run(t testing.TB, text, stdin string, args ...string) (stdout string, err error) {
	t.Helper()
	inRead, inWrite := OpenPipe(t)
	outRead, outWrite := OpenPipe(t)
	stderr, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fed, read := make(chan struct{}), make(chan []byte)
	go func() {
		defer close(fed)
		defer inWrite.Close()
		_, _ = io.WriteString(inWrite, stdin) // fails when nobody reads it to its end
	}()
	go func() {
		b, _ := io.ReadAll(outRead)
		read <- b
	}()
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: inRead, Stdout: outWrite, Stderr: stderr, Files: args})
	if err == nil {
		err = plan.Run(nil)
	}
	inRead.Close()
	outWrite.Close()
	<-fed
	b := <-read
	outRead.Close()
	stderr.Close()
	return string(b), err
}

// OpenPipe returns the ends of a pipe of the system.
func OpenPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}

// RunWithin runs the pipeline in text on the file in with jobs and so much memory. It wants
// nothing to be left in the directory for temporary files.
func RunWithin(t *testing.T, memory int64, jobs int, text string, in ...string) (string, error) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: os.Stdin, Stdout: out, Stderr: os.Stderr, Files: in, Jobs: jobs, MaxMemory: memory})
	if err != nil {
		t.Fatal(err)
	}
	err = plan.Run(nil)
	if left, _ := os.ReadDir(os.TempDir()); len(left) > 0 {
		t.Errorf("%s: got %v in TMPDIR, want nothing", text, left)
	}
	b, rerr := os.ReadFile(out.Name())
	if rerr != nil {
		t.Fatal(rerr)
	}
	return string(b), err
}

// RunWith runs the pipeline in text, which may name the stage s, with three jobs.
func RunWith(t *testing.T, s *pipeline.Stage, text string) string {
	t.Helper()
	registry := pipeline.NewRegistry(append(stages.All(), pipeline.Family{Name: "test", Stages: []*pipeline.Stage{s}})...)
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: registry},
		pipeline.Settings{Stdin: os.Stdin, Stdout: out, Stderr: os.Stderr, Jobs: 3})
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Run(nil); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// RunRejecting runs the pipeline in text, which has to succeed.
func RunRejecting(t *testing.T, how pipeline.OnError, text, stdin string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{"in": stdin, "out": "", "err": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var files []*os.File
	for _, name := range []string{"in", "out", "err"} {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: files[0], Stdout: files[1], Stderr: files[2], OnError: how})
	if err != nil {
		t.Fatal(text, err)
	}
	if err := plan.Run(nil); err != nil {
		t.Errorf("%s: got error %v, want none", text, err)
	}
	return ReadFile(t, filepath.Join(dir, "out"))
}
