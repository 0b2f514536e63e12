package torture

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"mtpipe/internal/torture/plain"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

// Env is what cases have in common.
type Env struct {
	Registry *pipeline.Registry
	Mtpipe   string // the program, for families that start processes; "" when it was not built
	Meter    string // the program that calls Meter when MeterFlag is its first argument; "" when there is none
	Dir      string // for files

	zstd *zstd.Encoder
	runs int // of pipelines

	undisturbed map[string]*undisturbed // by the name of the pipeline; of the family sweep
}

// NewEnv returns an environment whose files are below dir.
func NewEnv(dir, mtpipe string) *Env {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(zstd.MinWindowSize))
	if err != nil {
		panic(err) // the options are wrong
	}
	return &Env{zstd: z, Registry: pipeline.NewRegistry(stages.All()...), Dir: dir, Mtpipe: mtpipe}
}

// patience is how long a case may take before it counts as a hang.
const patience = 2 * time.Minute

// one runs a case. One that hangs ends the program, with the stacks of all goroutines.
func (e *Env) one(f Family, seed uint64) (err error) {
	dir, err := os.MkdirTemp(e.Dir, f.Name)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	timer := time.AfterFunc(patience, func() {
		stack := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "--- %s, seed %d: hangs\n%s\n", f.Name, seed, stack[:runtime.Stack(stack, true)])
		os.Exit(1)
	})
	defer timer.Stop()
	defer func() {
		if r := recover(); r == plain.Garbage {
			err = Skip("lines left out made the data something else")
		} else if r != nil {
			stack := make([]byte, 1<<14)
			err = fmt.Errorf("panic: %v\n%s", r, stack[:runtime.Stack(stack, false)])
		}
	}()
	return f.Run(&Case{Rand: random(f.Name, seed), Seed: seed, Dir: dir, Env: e})
}

// rootCauses returns the messages of a run's error, without places.
func rootCauses(err error) []string {
	if err == nil {
		return nil
	}
	var run *pipeline.RunError
	if !errors.As(err, &run) {
		return []string{err.Error()}
	}
	return strings.Split(strings.TrimSpace(run.Error()), "\n")
}
