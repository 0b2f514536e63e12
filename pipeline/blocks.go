package pipeline

import (
	"errors"

	"mtpipe/microthread"
	"mtpipe/pipe"
)

// Blocks are blocks of a stage at work, each on a thread of its own.
type Blocks struct {
	Outs    []*pipe.Pipe // what each of them puts
	Threads []*microthread.Thread
	j       *Job
}

// NewBlocks returns none yet.
func (j *Job) NewBlocks() *Blocks { return &Blocks{j: j} }

// StartBlocks starts blocks of which OneReads does not complain: the one that reads gets the
// input of the stage.
func (j *Job) StartBlocks(list []*Sub) *Blocks {
	b := j.NewBlocks()
	for _, s := range list {
		var in *pipe.Pipe
		if !s.IsSource() {
			in = j.Input()
			in.PassOn()
		}
		b.Start(s, in)
	}
	return b
}

// Start starts a block that reads in.
func (b *Blocks) Start(s *Sub, in *pipe.Pipe) {
	out := b.j.NewPipe("the output of a block")
	b.Outs = append(b.Outs, out)
	b.Threads = append(b.Threads, b.j.Start(s, in, out))
}

// Close stops the blocks that have not ended.
func (b *Blocks) Close() {
	for _, out := range b.Outs {
		b.j.CloseIn(out)
	}
}

// Wait waits for the end of all blocks. Their errors came through their pipes.
func (b *Blocks) Wait() {
	for _, t := range b.Threads {
		_ = t.Wait(b.j.Thread, 0)
	}
}

// Readers returns how many of the blocks read the input.
func Readers(list []*Sub) (n int) {
	for _, s := range list {
		if !s.IsSource() {
			n++
		}
	}
	return n
}

// OneReads returns an error when more than one of the blocks reads the input.
func OneReads(list []*Sub) error {
	if Readers(list) > 1 {
		return errors.New("only one block can read the input; tee gives it to several")
	}
	return nil
}
