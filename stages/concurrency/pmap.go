package concurrency

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipe"
	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/value"
)

// perValueStages run a block for each value.
func perValueStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "pmap",
			Safe:  true,
			Short: "Runs a block for each value, many at a time",
			Trait: pipeline.Ordered | pipeline.Effect,
			Long: `$it stands for the value in the block, and the value is all that comes into it; with --as x it
is $x, too, also in blocks within the block, which have a $it of their own. What the blocks put
comes out in the order of the values; with --unordered as it comes. Up to
--jobs blocks run at a time, and some more that are done wait for their turn in the output.

An error in a block ends the run, behind the results of the values before; the error names
the value. With --on-error skip it is told and the others go on, with keep the error takes the
place of the results that are missing.

--log FILE gets a line for each value that is done, and whose results have been passed on:
when it began, how many seconds it took, ok or the error, and the value, with tabs between
them. With --resume, values that the log says are ok are passed over; those that failed
or were under way when mtpipe was killed or ended by a signal run again.

--progress tells on standard error how many values are done, failed and under way, how many a second,
and, when no more come, how long the rest takes: in one line on a terminal, else a line each 10 seconds.

The first signal lets the blocks that are under way end; no others begin.`,
		}, pmap),
		pipeline.Define(pipeline.Doc{
			Name:  "each",
			Safe:  true,
			Short: "Runs a block for each value, one after another",
			Trait: pipeline.Ordered | pipeline.Effect,
			Long: `As pmap, but the block for a value begins when all that the one before it has put is
passed on.`,
		}, func(j *pipeline.Job, a *eachArgs) error {
			m := newMapper(j, a.Block, 1, 1)
			m.strict = true
			return m.run()
		}),
	}
}

type pmapArgs struct {
	pipeline.OfBlocks
	valueName
	Block     *pipeline.Sub `arg:"list" for:"value" help:"what is run for each value, which is $it there"`
	Jobs      int           `opt:"jobs,j" default:"16" min:"1" max:"100000" help:"how many blocks run at a time"`
	Unordered bool          `opt:"unordered" help:"put results as they come"`
	Log       string        `opt:"log" reach:"writes" help:"a file that gets a line for each value that is done"`
	Resume    bool          `opt:"resume" help:"pass over values that the log says are done"`
	Progress  bool          `opt:"progress" help:"tell on standard error how far it is"`
}

// AtOnce returns how many blocks run at a time.
func (a *pmapArgs) AtOnce() int { return a.Jobs }

// Check wants a log to resume from.
func (a *pmapArgs) Check() error {
	if a.Resume && a.Log == "" {
		return &pipeline.ArgError{Arg: "resume", Err: errors.New("needs the log of the run to go on with: --log FILE")}
	}
	return nil
}

// valueName is the option by which the value of an outer block is known in inner ones.
type valueName struct {
	As string `opt:"as" variable:"value" help:"one more name of the value: --as x, and in the block, and those within, $x"`
}

type eachArgs struct {
	pipeline.OfBlocks
	valueName
	Block *pipeline.Sub `arg:"list" for:"value" help:"what is run for each value, which is $it there"`
}

func pmap(j *pipeline.Job, a *pmapArgs) error {
	if a.Log == "" {
		return a.mapper(j, 4*a.Jobs).run()
	}
	if info, err := os.Stat(a.Log); err == nil && info.Mode().IsRegular() && j.Uses(info) {
		return fmt.Errorf("%s: is a file of the pipeline too", a.Log)
	}
	log, err := openJobLog(a.Log, a.Resume)
	if err != nil {
		return err
	}
	defer log.close()
	m := a.mapper(j, a.Jobs) // what is done and not passed on has to be done again
	m.log = log
	return m.run()
}

// mapper returns one with so many blocks whose results were not all collected.
func (a *pmapArgs) mapper(j *pipeline.Job, begun int) *mapper {
	m := newMapper(j, a.Block, a.Jobs, begun)
	m.unordered = a.Unordered
	if a.Progress {
		m.tally = newTally(j)
	}
	return m
}

// mapper runs a block for each value: its feeder starts the blocks, as many as may run, and
// the stage's own thread collects what they put.
type mapper struct {
	j         *pipeline.Job
	blocks    *pipeline.BlockRuns
	begun     *microthread.Window[*cell] // and not collected; stopped by what ends the run
	strict    bool                       // a block begins only when all before it is passed on
	unordered bool
	log       *jobLog // or nil
	tally     *tally  // or nil
}

// cell is the block of one value, or word of records that were left out before the next one.
type cell struct {
	losses []value.Loss

	v     value.Value
	out   *pipe.Pipe
	begun time.Time
	took  time.Duration
	err   error // before it began, or one that does not come through out
	whole bool  // it has ended, and no signal has told it to
}

// newMapper returns one with so many blocks that run, and so many whose results were not all
// collected.
func newMapper(j *pipeline.Job, block *pipeline.Sub, jobs, begun int) *mapper {
	return &mapper{j: j, blocks: j.ForValues(block), begun: microthread.NewWindow[*cell](begun, jobs)}
}

func (m *mapper) run() error {
	defer m.tally.close()
	if runs := m.blocks.Together(); runs != nil && m.log == nil && m.tally == nil {
		return m.together(runs)
	}
	tokens := m.j.NewPipe("the blocks that were begun")
	m.j.Input().PassOn()
	feeder := m.j.Program().Start(microthread.Spec{Name: "the feeder of a block", Stdin: m.j.Input(), Stdout: []*pipe.Pipe{tokens}, Run: m.feed})
	m.j.Reads(tokens)
	defer m.close(tokens)
	collect := m.inOrder
	if m.unordered {
		collect = m.asTheyCome
	}
	if err := collect(tokens); err != nil {
		return err
	}
	return feeder.Wait(m.j.Thread, 0)
}

// close ends the blocks that are under way.
func (m *mapper) close(tokens *pipe.Pipe) {
	m.j.CloseIn(tokens)
	m.closeBlocks()
}

func (m *mapper) closeBlocks() {
	for _, c := range m.begun.Elements() {
		if c.out != nil {
			c.out.CloseRead()
			_ = c.out.Unread() // an error of a block that nobody waits for any more is nobody's concern
		}
	}
}

// feed starts a block for each value and puts a token when there are blocks to collect. It
// never waits for the collector to take that, which would keep it from beginning more.
func (m *mapper) feed(t *microthread.Thread) error {
	defer m.tally.last()
	t.Stdin().ShowLosses()
	for b, err := range t.Batches() {
		if err != nil {
			return err
		}
		if list := b.Losses(); list != nil && !m.begin(t, func() { m.begun.Add(&cell{losses: list}) }) {
			return nil
		}
		for v := range b.All() {
			if m.log.done(v) {
				continue
			}
			if !m.begin(t, func() { m.start(t, v.Clone()) }) {
				return nil
			}
		}
	}
	return nil
}

// begin adds a cell when there is room for it, and reports whether there was any.
func (m *mapper) begin(t *microthread.Thread, add func()) bool {
	if !m.begun.Room(t, "waiting until a block may begin") || m.j.Interrupted() {
		return false
	}
	add()
	if !t.Stdout().Ready() { // otherwise the collector is told already
		t.Put(value.Null)
	}
	return true
}

func (m *mapper) start(t *microthread.Thread, v value.Value) {
	c := &cell{v: v, out: m.j.NewPipe("the results of a block"), begun: time.Now()}
	m.begun.Add(c)
	m.tally.begin()
	m.j.Reads(c.out)
	block, err := m.blocks.Start(t, v, c.out, func(err error) { m.fail(c, err) })
	if err != nil {
		c.out = nil
		m.fail(c, err)
		m.tally.end(err)
		return
	}
	m.begun.Count(block)
	block.Deferred().OnFinish(func(o reactor.Outcome) {
		c.took, c.whole = time.Since(c.begun), !m.j.Interrupted()
		m.noteFailure(o.Err())
		m.tally.end(errors.Join(c.err, o.Err()))
	})
}

// fail notes an error of a block that does not come through its pipe.
func (m *mapper) fail(c *cell, err error) {
	c.err = errors.Join(c.err, err)
	m.noteFailure(err)
}

func (m *mapper) noteFailure(err error) {
	if err != nil && m.j.OnError() == pipeline.Fail {
		m.begun.Stop()
	}
}

// inOrder collects the results in the order of the values.
func (m *mapper) inOrder(tokens *pipe.Pipe) error {
	for {
		for len(m.begun.Elements()) > 0 {
			var err error
			if out := m.begun.Elements()[0].out; out != nil {
				err = m.j.TakeFromPipe(out)
			}
			if err := m.done(0, err); err != nil {
				return err
			}
		}
		if _, err := tokens.NextBatch(); err != nil {
			return input.NotEnd(err)
		}
	}
}

// asTheyCome collects the results of all blocks at once. What has come goes on before an
// error ends it, as does what blocks put that were begun before the input has failed.
func (m *mapper) asTheyCome(tokens *pipe.Pipe) error {
	var pipes []*pipe.Pipe
	var failed error
	for open := true; ; {
		if open && tokens.Ready() {
			if _, err := tokens.NextBatch(); err != nil {
				open, failed = false, input.NotEnd(err)
			}
		}
		if err := m.collectReady(); err != nil {
			return err
		}
		pipes = pipes[:0]
		if open {
			pipes = append(pipes, tokens)
		}
		for _, c := range m.begun.Elements() {
			if c.out != nil {
				pipes = append(pipes, c.out)
			}
		}
		if len(pipes) == 0 {
			return failed
		}
		if _, err := pipe.Any(pipes, -1); err != nil {
			return err
		}
	}
}

// collectReady puts what blocks have put and nobody waits for, a batch of each.
func (m *mapper) collectReady() error {
	var failed error
	for i := 0; i < len(m.begun.Elements()); i++ {
		c := m.begun.Elements()[i]
		err := io.EOF
		if c.out != nil {
			if !c.out.Ready() {
				continue
			}
			var b *value.Batch
			if b, err = c.out.NextBatch(); err == nil {
				m.j.PutBatch(b)
				continue
			}
		}
		failed = errors.Join(failed, m.done(i, input.NotEnd(err)))
		i--
	}
	return failed
}

// done notes that all results of cell i are collected; err is what its block ended with.
func (m *mapper) done(i int, err error) error {
	c := m.begun.Elements()[i]
	if c.losses != nil {
		m.begun.Remove(i)
		return m.j.PassLosses(c.losses)
	}
	if c.out != nil {
		c.out.CloseRead()
	}
	if err = errors.Join(c.err, err); err != nil {
		err = pipeline.About(c.v, err)
	}
	stop := err
	if err != nil && m.j.OnError() != pipeline.Fail && !m.j.Interrupted() {
		stop = m.j.TellRejected(err)
	}
	if m.strict || m.log != nil {
		if serr := m.settle(); serr != nil {
			return serr
		}
	}
	m.begun.Remove(i)
	if err == nil && !c.whole {
		return nil // it is to run again
	}
	return errors.Join(stop, m.log.add(c, err))
}

// settle waits until what was put has gone on: a killed run then has lost nothing of it.
func (m *mapper) settle() error {
	out := m.j.Stdout()
	if out == nil {
		return nil
	}
	if err := out.Settle(); err != pipe.ErrReaderGone {
		return err
	}
	return nil
}
