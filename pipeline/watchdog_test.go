package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/value"
)

// TestK3_StageIsNamed runs a stage that does not suspend until it has been reported.
func TestK3_StageIsNamed(t *testing.T) {
	said, err := os.Create(filepath.Join(t.TempDir(), "err"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	registry := NewRegistry(Family{Name: "test", Stages: []*Stage{
		Define(Doc{Name: "source", Trait: Source}, func(j *Job, _ *struct{}) error {
			j.Put(value.Int(1))
			return nil
		}),
		Define(Doc{Name: "stuck", Trait: Ordered}, func(j *Job, _ *struct{}) error {
			for began := time.Now(); time.Since(began) < time.Minute; {
				if info, err := said.Stat(); err != nil || info.Size() > 0 {
					return err
				}
			}
			return nil
		}),
		Define(Doc{Name: "sink", Trait: Sink}, func(j *Job, _ *struct{}) error {
			_, err := j.Next()
			return err
		}),
	}}, Family{Name: "readers", Stages: []*Stage{Define(Doc{Name: "lines", Trait: PerValue, Role: ReadsPlain}, nothing[readerArgs])}})
	plan, err := Compile("source | stuck | sink", "", Scope{Registry: registry},
		Settings{Stdin: os.Stdin, Stdout: said, Stderr: said, Jobs: 1, Watchdog: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	_ = plan.Run(nil)
	b, err := os.ReadFile(said.Name())
	if text := string(b); err != nil || !strings.HasPrefix(text, "mtpipe: watchdog: stuck has ") || !strings.Contains(text, "TestK3_StageIsNamed") {
		t.Errorf("got %q, %v, want the stage's name and its stack", text, err)
	}
}
