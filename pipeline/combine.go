package pipeline

import (
	"fmt"
	"reflect"

	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// Partial is what a combine stage has made of a part of its input. On one reactor there is
// one partial for all of it; with several, each copy of the stage has one, and they are
// merged. P is the type that implements it, which may be a Finisher and a Closer too.
type Partial[P any] interface {
	// Add takes in the rows of b, which is valid during the call unless b.Own() keeps it.
	// Seq is the place in the whole input of the batch that the rows came from; it never
	// falls, and no two partials are given the same.
	Add(j *Job, b *value.Batch, seq int64) error
	// Merge takes in what p holds; p is not used afterwards, except that it is closed.
	Merge(j *Job, p P) error
	// Put puts the result.
	Put(j *Job) error
}

// Finisher is implemented by partials that have something to do after the last Add: Finish
// is called then, on the partial's own reactor.
type Finisher interface{ Finish(j *Job) error }

// Snapshotter is implemented by partials whose result so far can be seen while they take in more.
// Snapshot is called on the partial's own reactor, between two calls of Add, and returns a partial of
// what was taken in until then, for Merge and Put on another reactor: neither changes what the other
// reads. It returns false when that would take too much.
type Snapshotter[P any] interface{ Snapshot(j *Job) (P, bool) }

// Closer is implemented by partials that hold what has to be let go of, such as temporary
// files: Close is called once, whatever has happened.
type Closer interface{ Close() }

// partial is a Partial whatever its type.
type partial interface {
	add(j *Job, b *value.Batch, seq int64) error
	finish(j *Job) error
	merge(j *Job, p partial) error
	put(j *Job) error
	snapshot(j *Job) (partial, bool)
	close()
	made() any // the Partial itself
}

type typedPartial[P Partial[P]] struct{ p P }

func (t typedPartial[P]) add(j *Job, b *value.Batch, seq int64) error { return t.p.Add(j, b, seq) }
func (t typedPartial[P]) merge(j *Job, p partial) error               { return t.p.Merge(j, p.(typedPartial[P]).p) }
func (t typedPartial[P]) put(j *Job) error                            { return t.p.Put(j) }
func (t typedPartial[P]) made() any                                   { return t.p }

func (t typedPartial[P]) finish(j *Job) error {
	if f, ok := any(t.p).(Finisher); ok {
		return f.Finish(j)
	}
	return nil
}

func (t typedPartial[P]) snapshot(j *Job) (partial, bool) {
	s, ok := any(t.p).(Snapshotter[P])
	if !ok {
		return nil, false
	}
	p, ok := s.Snapshot(j)
	return typedPartial[P]{p}, ok
}

func (t typedPartial[P]) close() {
	if c, ok := any(t.p).(Closer); ok {
		c.Close()
	}
}

// DefineCombine declares a stage that combines all of its input: start makes the partial of
// a part of which nothing was read yet. Arguments are declared as for Define.
func DefineCombine[A any, P Partial[P]](doc Doc, start func(j *Job, a *A) P) *Stage {
	snapshots := optional{reflect.TypeFor[Snapshotter[P]](), "Snapshot"}
	if err := checkOptional(reflect.TypeFor[P](), append(ofPartials[:len(ofPartials):len(ofPartials)], snapshots)); err != nil {
		panic(fmt.Sprintf("pipeline: stage %s: %v", doc.Name, err))
	}
	doc.Trait |= Combine
	if reflect.TypeFor[P]().Implements(snapshots.of) {
		doc.Trait |= Previews
	}
	s := Define(doc, func(j *Job, a *A) error { return combineAll(j, typedPartial[P]{start(j, a)}) })
	s.partial = func(j *Job, a any) partial { return typedPartial[P]{start(j, a.(*A))} }
	s.portable = reflect.TypeFor[P]().Implements(reflect.TypeFor[Portable]())
	s.keyed = reflect.TypeFor[P]().Implements(reflect.TypeFor[Sharded]())
	return s
}

// combineAll combines the input of j without copies.
func combineAll(j *Job, p partial) error {
	defer p.close()
	in := intake{partial: p, live: j.run.live}
	over := j.run.live.begins(&holding{stage: j.stage, parts: 1, counted: true, look: func(taken func(partial, bool)) { in.look(j, taken) }})
	defer over()
	seq := int64(0)
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		if err := in.add(j, b, seq); err != nil {
			return err
		}
		seq++
	}
	over()
	if err := p.finish(j); err != nil {
		return err
	}
	return p.put(j)
}

// startPartial starts the copy of a combine stage that reads in, and returns the pipe that
// its errors come through.
func (w *worker) startPartial(r *run, u *unit, in *pipe.Pipe) *pipe.Pipe {
	s := u.stages[0]
	out := pipe.New(w.program.Reactor(), u.output, u.capacity)
	w.program.Start(microthread.Spec{Name: s.name, Stdin: in, Stdout: []*pipe.Pipe{out}, Error: w.failed,
		Run: func(t *microthread.Thread) error {
			j := &Job{Thread: t, run: r, stage: s, in: in}
			return t.Labelled("stage", s.label(), func() error {
				return r.guarded(s, func() error { return w.combine(j) })
			})
		}})
	return out
}

// combine makes the copy's partial.
func (w *worker) combine(j *Job) error {
	w.partial = j.stage.Stage.partial(j, j.stage.argsOn(j))
	in := intake{partial: w.partial, live: j.run.live}
	w.look = func(taken func(partial, bool)) { in.look(j, taken) }
	for b, err := range j.AnyBatches() {
		if err != nil {
			return err
		}
		if err := in.add(j, b, w.seq); err != nil {
			return err
		}
	}
	if !w.handsOver {
		return nil // stopped before the end
	}
	return w.partial.finish(j)
}

// combine waits until the copies have taken in all of the input, merges what they made of
// it and puts the result.
func (s *segment) combine(t *microthread.Thread) error {
	last := s.unit.stages[len(s.unit.stages)-1]
	for _, w := range s.workers {
		s.run.program.Reactor().Hold()
		w.program.Post(w.end)
	}
	for s.finished < len(s.workers) {
		s.arrived.Wait(t, "waiting for the copies of "+s.unit.name)
	}
	s.previewed()
	for _, w := range s.workers {
		if err := s.put(t, w.out); err != nil {
			return err
		}
	}
	return t.Labelled("stage", last.label(), func() error { return s.merge(&Job{Thread: t, run: s.run, stage: last}) })
}

// merge merges what the copies made, and puts the result.
func (s *segment) merge(j *Job) error {
	return s.run.guarded(j.stage, func() error {
		all := s.workers[0].partial
		for _, w := range s.workers[1:] {
			if err := all.merge(j, w.partial); err != nil {
				return err
			}
		}
		return all.put(j)
	})
}
