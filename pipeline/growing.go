package pipeline

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"mtpipe/internal/input"
)

// touched is the files that the stages of a run write to, and those that they follow. Any
// goroutine.
type touched struct {
	mu       sync.Mutex
	written  []*touch
	followed []*touch
}

type touch struct {
	file fs.FileInfo
	over bool // the stage has ended
}

func note(list *[]*touch, file fs.FileInfo) *touch {
	t := &touch{file: file}
	*list = append(*list, t)
	return t
}

func (t *touched) done(one *touch) {
	t.mu.Lock()
	one.over = true
	t.mu.Unlock()
}

// Writing notes that the stage writes to a file until done is called. It fails when a stage of the
// run follows that: it would be fed with what it gives.
func (j *Job) Writing(file fs.FileInfo) (done func(), err error) {
	t := j.run.touched
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.followed, func(o *touch) bool { return !o.over && os.SameFile(o.file, file) }) {
		return nil, errFeedsItself
	}
	one := note(&t.written, file)
	return func() { t.done(one) }, nil
}

// Following notes that the stage reads a file and waits for more until done is called. It fails
// when the run writes to that.
func (j *Job) Following(file fs.FileInfo) (done func(), err error) {
	t := j.run.touched
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.ContainsFunc(t.written, func(o *touch) bool { return !o.over && os.SameFile(o.file, file) }) || j.run.streams.printsTo(file) {
		return nil, errFeedsItself
	}
	one := note(&t.followed, file)
	return func() { t.done(one) }, nil
}

// errFeedsItself is what a file says that a run writes to and waits for more of.
var errFeedsItself = errors.New("input file is output file: it would feed itself")

// grows reports whether the run has added to a file, or may do so: who reads that file reads what
// there was when he opened it. Any goroutine.
func (j *Job) grows(file fs.FileInfo) bool {
	t := j.run.touched
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.ContainsFunc(t.written, func(o *touch) bool { return os.SameFile(o.file, file) }) || j.run.streams.printsTo(file)
}

// Uses reports whether a file is one that the pipeline names, or its standard input or output.
func (j *Job) Uses(file fs.FileInfo) bool { return j.run.uses(file) }

// printsTo reports whether a file is the standard output or the standard error of the run.
func (s *streams) printsTo(file fs.FileInfo) bool {
	for _, f := range []*os.File{s.outFile, s.errFile} {
		if f == nil {
			continue
		}
		if of, err := f.Stat(); err == nil && os.SameFile(of, file) {
			return true
		}
	}
	return false
}

// Sample says how much a run reads of each file, and of standard input where a stage names that.
type Sample struct {
	Bytes int64       // of text: the whole lines among them
	Cut   atomic.Bool // there was more in some file
}

// Bound has f, which the stage reads, end where the run itself adds to it, and where its sample ends.
func (j *Job) Bound(f *input.File) {
	f.EndsIf(j.grows)
	if s := j.run.settings.Sample; s != nil {
		f.Sample(s.Bytes, func() { s.Cut.Store(true) })
	}
}
