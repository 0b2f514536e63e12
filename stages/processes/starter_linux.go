package processes

import (
	"os"
	"runtime"
	"syscall"

	"mtpipe/pipeline"
)

// starter starts the programs of a run. They get the signal TERM when the thread of the system
// that has started them ends: that must be one that lives as long as the run, and not one of
// those that Go's runtime hands out.
type starter struct {
	jobs  chan func()
	ended chan struct{}
}

type starterKey struct{}

// starterOf returns the run's starter.
func starterOf(j *pipeline.Job) *starter {
	return pipeline.Shared(j, starterKey{}, func() *starter {
		s := &starter{make(chan func()), make(chan struct{})}
		go s.run()
		return s
	})
}

func (s *starter) run() {
	defer close(s.ended)
	runtime.LockOSThread() // for good: the thread ends with this goroutine
	for do := range s.jobs {
		do()
	}
}

// Close ends the thread, when no program is being started.
func (s *starter) Close() error {
	close(s.jobs)
	<-s.ended
	return nil
}

// start is os.StartProcess for any goroutine.
func (s *starter) start(path string, argv []string, attr *os.ProcAttr) (p *os.Process, err error) {
	attr.Sys.Pdeathsig = syscall.SIGTERM
	done := make(chan struct{})
	s.jobs <- func() {
		defer close(done)
		p, err = os.StartProcess(path, argv, attr)
	}
	<-done
	return p, err
}
