package stages_test

import (
	"io"
	"os"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// runPipeline runs the pipeline in text with stdin on a pipe as its standard input and args
// as the FILEs behind it. It returns what the pipeline wrote to its standard output, all of
// that too when it failed.
func runPipeline(t testing.TB, text, stdin string, args ...string) (stdout string, err error) {
	t.Helper()
	inRead, inWrite := openPipe(t)
	outRead, outWrite := openPipe(t)
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

func openPipe(t testing.TB) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return r, w
}
