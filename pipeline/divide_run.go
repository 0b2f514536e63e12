package pipeline

import (
	"fmt"
	"io"
	"slices"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/value"
)

// Portable is implemented by partials that may be merged in other processes, of which those of one stage are
// started alike.
type Portable interface {
	// Encode calls put with encodings of what the partial holds, each for one of so many shards. Only a
	// Sharded partial may use others than the shard 0. The encoding is valid during the call.
	Encode(j *Job, shards int, put func(shard int, encoded []byte) error) error
	// Decode takes in what Encode has put, in this process or another one. The partial may keep encoded.
	Decode(j *Job, encoded []byte) error
}

// Sharded is implemented by partials whose results may be made shard by shard, since equal keys are in one
// shard, in all processes.
type Sharded interface {
	Portable
	// PutPlaced calls put with the results in the order of their places. Those of all shards, in the order of
	// the bytes of their places, are what Put would put.
	PutPlaced(j *Job, put func(place []byte, v value.Value) error) error
}

// The number of a batch in the whole input is that of its part and, below, its number in that.
const (
	batchBits = 16 // the last one of a part stands for all that come after it, too
	mostParts = 1 << 19
)

// Loss is how many records a stage of a part has left out.
type Loss struct {
	Stage  string `json:"stage"`
	Line   int    `json:"line"`   // of the stage in the text
	Offset int    `json:"offset"` // of the stage in the text
	N      int64  `json:"n"`
	Told   int64  `json:"told"` // of which each was told, which makes the run fail
	First  string `json:"first,omitempty"`
}

// PartDone is what is known of a part that has run, besides what it has made.
type PartDone struct {
	Names  []string `json:"names,omitempty"` // of the fields in the header of its file
	Losses []Loss   `json:"losses,omitempty"`
	Sought []Sought `json:"sought,omitempty"`

	// Where its first record began and the first one behind it does. Where that was guessed, a file's parts
	// are its records if each ends where the next one begins.
	Begin   int64 `json:"begin"`
	End     int64 `json:"end"`
	Guessed bool  `json:"guessed,omitempty"`
}

// RunPart runs the stages over a piece of the input, whose number among all pieces says where its values stand.
// Put is given what the stages put, when the division does not combine; otherwise emit is given what
// is to be merged, each for one of so many shards. Neither may keep what it is given. What went wrong in the stages
// is a *RunError.
func (d *Division) RunPart(number int64, piece input.Piece, shards int, put func(*value.Batch) error, emit func(shard int, encoded []byte) error) (*PartDone, error) {
	if number < 0 || number >= mostParts {
		return nil, fmt.Errorf("there is no part %d: there may be %d", number, mostParts)
	}
	p := &partRun{Division: d, run: d.run(), piece: piece, seq: number << batchBits, last: (number+1)<<batchBits - 1}
	p.run.seq = &p.seq
	out := p.start()
	p.run.program.Start(microthread.Spec{Name: "what is made of the part", Stdin: out, Error: p.run.failed, Run: func(t *microthread.Thread) error {
		if d.combine != nil {
			return p.combineIn(t, func(j *Job, made Portable) error { return made.Encode(j, shards, emit) })
		}
		for b, err := range t.Batches() {
			if err == nil {
				err = put(b)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}})
	err := p.run.alone()
	if p.reader != nil {
		defer p.reader.Close()
		if err == nil {
			err = p.readOn()
		}
		p.done.Begin, p.done.End, p.done.Guessed = p.reader.Edges()
	}
	p.done.Losses, p.done.Sought = p.run.skips.losses(), p.run.noted.sought()
	return &p.done, err
}

// partRun is the stages at work over a part.
type partRun struct {
	*Division
	run    *run
	piece  input.Piece
	seq    int64 // of the batch that is worked on
	last   int64 // that there may be
	chain  chain
	reader *input.PieceReader // nil before it was opened
	ended  bool               // it has been read to its end
	done   PartDone
}

// start starts what reads the part and the stages that look at each value, and returns what they put.
func (p *partRun) start() *pipe.Pipe {
	out := pipe.New(p.run.program.Reactor(), "the part", 1)
	p.chain.join(out)
	p.run.program.Start(microthread.Spec{Name: p.source.name, Stdout: []*pipe.Pipe{out}, Error: p.run.failed, Run: func(t *microthread.Thread) error {
		s := newPlanned(p.source)
		return p.run.guarded(s, func() error { return p.read(&Job{Thread: t, run: p.run, stage: s}) })
	}})
	stages := newStages(p.each)
	if p.source.Stage.records {
		stages = append([]*planned{parser(p.source)}, stages...)
	}
	if len(stages) == 0 {
		return out
	}
	at := p.plan.place(true)
	at.jobs = 1
	for _, u := range planPipeline(stages, at).units {
		out = p.run.start(u, out, p.run.failed)
		p.chain.join(out)
	}
	return out
}

// read puts the batches of the part, each when the stages have done with the one before.
func (p *partRun) read(j *Job) error {
	files, cutterOf := p.Input()
	cutter := cutterOf(p.piece.File)
	var err error
	if p.reader, err = input.ReadPiece(j.Thread, p.piece, cutter, input.NewBlocks(j.MaxLine(), j.MostBlock()), j.Memory()); err != nil {
		return err
	}
	for {
		b, err := p.reader.Next()
		if headed, ok := cutter.(format.Heading); ok && p.done.Names == nil {
			p.done.Names = headed.Header()
			if p.done.Names != nil && len(files) == 1 && p.piece.File == files[0] {
				if err := j.TellNames(p.done.Names, nil); err != nil {
					return err
				}
			}
		}
		if err == io.EOF {
			p.ended = true
			return nil
		}
		if err != nil {
			return err
		}
		j.PutBatch(b)
		p.chain.settle(j.Thread)
		p.seq = min(p.seq+1, p.last)
	}
}

// readOn reads to the end of a piece that a stage has left early, to see where it ends.
func (p *partRun) readOn() error {
	for !p.ended && !p.piece.Whole {
		b, err := p.reader.Next()
		if b != nil {
			b.Release()
		}
		if p.ended = err == io.EOF; err != nil && !p.ended {
			return err
		}
	}
	return nil
}

// combineIn makes the partial of what t reads, and calls use with it.
func (p *partRun) combineIn(t *microthread.Thread, use func(j *Job, made Portable) error) error {
	return p.run.partial(t, p.combine, func(j *Job, of partial) error {
		for b, err := range j.AnyBatches() {
			if err == nil {
				err = of.add(j, b, p.seq)
			}
			if err != nil {
				return err
			}
		}
		if err := of.finish(j); err != nil {
			return err
		}
		return use(j, of.made().(Portable))
	})
}

// alone runs the program that was prepared. What records were left out is told at the end of all parts.
func (r *run) alone() error {
	err := r.program.Run()
	r.workers.Wait()
	return r.result(err, r.shared.close(), r.program.Close())
}

// run returns a run with a program that has no threads yet.
func (d *Division) run() *run {
	r := d.plan.newRun()
	r.program = r.seen.program("a part of the pipeline", microthread.OnError(r.failed))
	return r
}

// partial calls use with a partial of the stage s on the thread t, and closes it.
func (r *run) partial(t *microthread.Thread, s *boundStage, use func(j *Job, p partial) error) error {
	p := newPlanned(s)
	j := &Job{Thread: t, run: r, stage: p, in: t.Stdin()}
	return r.guarded(p, func() error {
		made := s.Stage.partial(j, p.argsOn(j))
		defer made.close()
		return use(j, made)
	})
}

// Merge merges what parts have emitted for one shard, which next returns one after another, and io.EOF behind the
// last, in any order. Put is given the results; those of all shards in the order of the bytes of their places
// are those of the stage. Without Keyed there is one shard, and places are empty. Put must not keep
// what it is given.
func (d *Division) Merge(next func() ([]byte, error), put func(place []byte, v value.Value) error) error {
	r := d.run()
	results := pipe.New(r.program.Reactor(), "the results", d.plan.capacity)
	r.program.Start(microthread.Spec{Name: d.combine.name, Stdout: []*pipe.Pipe{results}, Error: r.failed, Run: func(t *microthread.Thread) error {
		return r.partial(t, d.combine, func(j *Job, p partial) error {
			for {
				encoded, err := next()
				if err == io.EOF {
					break
				}
				if err == nil {
					err = p.made().(Portable).Decode(j, encoded)
				}
				if err != nil {
					return err
				}
			}
			if err := p.finish(j); err != nil {
				return err
			}
			if s, ok := p.made().(Sharded); ok {
				return s.PutPlaced(j, put)
			}
			return p.put(j)
		})
	}})
	r.program.Start(microthread.Spec{Name: "the results", Stdin: results, Error: r.failed, Run: func(t *microthread.Thread) error {
		for b, err := range t.Batches() {
			if err != nil {
				return err
			}
			for v := range b.Look() {
				if err := put(nil, v); err != nil {
					return err
				}
			}
		}
		return nil
	}})
	return r.alone()
}

// Finish runs the stages that follow the parts over their results, which next returns, and io.EOF behind the
// last, and writes what they put as a run does. Parts is what is known of all parts, in their order.
func (d *Division) Finish(next func() (*value.Batch, error), parts []PartDone) error {
	r := d.plan.newRun()
	r.program = r.seen.program("the end of the pipeline", microthread.OnError(r.failed))
	stages := slices.Clone(d.each)
	if d.combine != nil {
		stages = append(stages, d.combine)
	}
	for i := range parts {
		r.skips.take(parts[i].Losses)
		r.noted.take(parts[i].Sought, stages)
	}
	if names := namesOf(parts); names != nil {
		if err := r.tellNames(d.source, names); err != nil {
			return &RunError{[]error{err}}
		}
	}
	results := pipe.New(r.program.Reactor(), "the results", d.plan.capacity)
	r.program.Start(microthread.Spec{Name: "the results of the parts", Stdout: []*pipe.Pipe{results}, Error: r.failed, Run: func(t *microthread.Thread) error {
		for {
			b, err := next()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			t.PutBatch(b)
		}
	}})
	out := results
	if len(d.rest) > 0 {
		for _, u := range planPipeline(newStages(d.rest), d.plan.place(true)).units {
			out = r.start(u, out, r.failed)
		}
	}
	r.program.Start(microthread.Spec{Name: "the output", Stdin: out, Error: r.failed, Run: r.write})
	return r.toEnd(func() {})
}

// namesOf returns the names of the fields in the headers of all files, nil when one is not known.
func namesOf(parts []PartDone) (names []string) {
	seen := make(map[string]bool)
	for i := range parts {
		if parts[i].Names == nil {
			return nil
		}
		for _, n := range parts[i].Names {
			if !seen[n] {
				seen[n], names = true, append(names, n)
			}
		}
	}
	return names
}
