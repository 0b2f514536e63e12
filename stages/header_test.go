package stages_test

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// hesitant is a reader that lets others work before it gives something.
type hesitant struct{ io.Reader }

func (h hesitant) Read(p []byte) (int, error) {
	for range 1000 {
		runtime.Gosched()
	}
	return h.Reader.Read(p)
}

// TestHeaderOfNothingWanted wants the header from stages that want no record, however soon they
// end: they would have ended before it was read.
func TestHeaderOfNothingWanted(t *testing.T) {
	for _, text := range []string{"csv | head 0", "csv | tail 0", "csv | sample 0"} {
		for i := range 20 {
			out, want := "csv", "a,b\n"
			if i%4 > 1 {
				out, want = "table", "a  b\n"
			}
			var printed bytes.Buffer
			plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
				pipeline.Settings{Stdin: hesitant{strings.NewReader("a,b\n1,2\n")}, Stdout: &printed, Jobs: 1 + i%2, Out: out})
			if err == nil {
				err = plan.Run(nil)
			}
			if printed.String() != want || err != nil {
				t.Fatalf("%s: got %q, %v, want the header", text, printed.String(), err)
			}
		}
	}
}
