package timing

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mtpipe/internal/input"
	"mtpipe/internal/object"
	"mtpipe/pipeline"
	"mtpipe/reactor"
	"mtpipe/stages/division"
	"mtpipe/value"
)

func followStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "follow",
		Short: "Puts the lines of files as they are written",
		Trait: pipeline.Source | pipeline.Textual,
		Long: `It begins at the end of the files, and of one that is not there yet, or comes anew in
the place of another, at its beginning. Lines are put whole: a last line without a
newline waits for the rest of it. Those of several files are put as they come.

A file that is renamed or deleted is read on, beside the one that has taken its place,
until nothing was written to it for the time that --grace says, or a fifth of that
when its writer has closed it. One that becomes shorter, or whose last lines are not
those that were read, is read from its beginning. That a file is not there at the start is
told on standard error. FILE may be a pattern with *, ?, […] and **: files that it matches later are
followed from their beginning. filename() in an expression says which file a line comes from.

` + division.Help + ` The texts of
each file are its own, and the last one of a file is put when a signal ends the run.`,
	}, follow)
}

type followArgs struct {
	Files []string      `arg:"file...+" help:"the files to follow"`
	Lines lineToBegin   `opt:"lines,n" default:"0" help:"begin with the last N lines, or with line N when it is +N"`
	Grace time.Duration `opt:"grace" default:"5s" help:"how long a renamed or deleted file is read on"`
	division.Options
}

// lineToBegin is where in a file to begin: with the last N lines, or, when it is -N, with line
// N.
type lineToBegin int64

const atFirstLine lineToBegin = -1

// SetArg reads N or +N.
func (l *lineToBegin) SetArg(text string, _ func(string) (string, bool)) error {
	digits, plus := strings.CutPrefix(text, "+")
	n, err := strconv.ParseUint(digits, 10, 63)
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("is too large: %s", value.TextOf(text).Quote())
	}
	if err != nil {
		return fmt.Errorf("must be a number of lines such as 10, or +10 to begin with line 10, not %s", value.TextOf(text).Quote())
	}
	if *l = lineToBegin(n); plus {
		*l = -max(*l, 1)
	}
	return nil
}

// Check wants names of files.
func (a *followArgs) Check() error {
	var err error
	switch {
	case slices.Contains(a.Files, "-"):
		err = errors.New("standard input cannot be followed; lines reads it")
	case slices.ContainsFunc(a.Files, object.Is):
		err = errors.New("an object does not grow; lines reads it")
	case slices.Contains(a.Files, ""):
		err = errors.New("the name of a file must not be empty")
	default:
		return a.Options.Check()
	}
	return &pipeline.ArgError{Arg: "file", Err: err}
}

const (
	followTick  = time.Second            // how often it is looked what no event has told
	followQuick = 250 * time.Millisecond // and how often where events may be missing
)

// follower follows files.
type follower struct {
	j     *pipeline.Job
	args  *followArgs
	watch *reactor.FileWatch // nil where files cannot be watched
	blind bool               // some of the files are not watched
	pool  *value.BlockPool
	names []*followedName
	found map[string]bool // names that patterns match and that are followed

	files []*followedFile // that are open, in the order in which they were
	dirs  []*followedDir
	byID  map[int]*followedFile // what is watched
	stray []*strayFile

	scratch [checkedBytes]byte
	ticked  time.Time
	again   bool // anything may have happened: look at all names
}

func follow(j *pipeline.Job, a *followArgs) error {
	f := &follower{j: j, args: a, pool: value.NewBlockPool(followPiece), byID: make(map[int]*followedFile), found: make(map[string]bool), ticked: time.Now()}
	defer f.close()
	f.watch, _ = j.Program().Reactor().WatchFiles()
	f.blind = f.watch == nil
	for _, name := range a.Files {
		names, err := input.MatchesNow(name)
		if err != nil {
			return err
		}
		if len(names) == 0 {
			f.j.Warn("no file matches %s; waiting for one", name)
		}
		for _, found := range names {
			f.names = append(f.names, f.newName(found))
			f.found[found] = name != found
		}
	}
	for _, n := range f.names {
		if err := f.look(n, a.Lines, false); err != nil {
			return err
		}
		if n.file == nil {
			f.j.Warn("%s: %v; waiting for it", n.name, syscall.ENOENT)
		}
	}
	if a.IsSet() { // what has begun is put when a signal ends the run
		defer j.KeepOnDrain(j.KeepOnDrain(true))
	}
	for f.again = true; ; {
		if a.IsSet() && j.Interrupted() {
			for _, s := range f.files {
				f.putRest(s)
			}
			return nil
		}
		f.watchDirs()
		if err := f.lookAgain(); err != nil {
			return err
		}
		if err := f.readAll(); err != nil {
			return err
		}
		if err := f.giveUpOld(); err != nil {
			return err
		}
		if err := f.wait(); err != nil {
			return err
		}
	}
}

// readAll puts what was written to the files that may have something new. One that another has
// taken the place of goes before that.
func (f *follower) readAll() error {
	for more := true; more; {
		more = false
		busy := make(map[*followedName]bool)
		for _, s := range slices.Clone(f.files) {
			if !s.dirty || busy[s.of] {
				continue
			}
			if err := f.read(s); err != nil {
				return err
			}
			if s.dirty {
				more, busy[s.of] = true, true
				f.j.Yield()
			}
		}
	}
	return nil
}

// giveUpOld closes the files without a name that were not written to for long enough.
func (f *follower) giveUpOld() error {
	for _, s := range slices.Clone(f.files) {
		if f.named(s) {
			s.nameless = time.Time{}
			continue
		}
		if s.nameless.IsZero() {
			s.nameless = time.Now()
		}
		for time.Until(f.deadline(s)) <= 0 {
			over, err := f.isOver(s)
			if err != nil {
				return err
			}
			if over {
				f.putRest(s)
				f.drop(s)
				break
			}
			f.j.Yield()
		}
	}
	return nil
}

// isOver looks for the last time whether anything more was written to a file without a name, and
// whether it has one again. Its new name, if that is told by now, must not be taken for one of
// another file.
func (f *follower) isOver(s *followedFile) (bool, error) {
	if f.watch != nil {
		events, err := f.watch.Take()
		if err != nil {
			return false, err
		}
		f.note(events)
		if err := f.lookAgain(); err != nil {
			return false, err
		}
	}
	before := s.offset
	err := f.read(s)
	if f.named(s) {
		s.nameless = time.Time{}
		return false, err
	}
	return s.offset == before && !s.dirty, err
}

// deadline returns when a file without a name is given up, which is far off as long as it has one.
func (f *follower) deadline(s *followedFile) time.Time {
	if s.nameless.IsZero() {
		return time.Now().Add(time.Hour)
	}
	grace := f.args.Grace
	if s.closed {
		grace /= 5
	}
	if s.written.After(s.nameless) {
		return s.written.Add(grace)
	}
	return s.nameless.Add(grace)
}

// waits reports whether some name leads to no file. No event tells of one behind a link, nor that
// the directory was deleted as long as a file that was in it is open.
func (f *follower) waits() bool {
	return slices.ContainsFunc(f.names, func(n *followedName) bool { return n.file == nil })
}

// wait waits for something to happen and notes what may have to be done then.
func (f *follower) wait() error {
	tick := followTick
	if f.blind || f.waits() {
		tick = followQuick
	}
	until := f.ticked.Add(tick)
	for _, s := range f.files {
		if d := f.deadline(s); d.Before(until) {
			until = d
		}
	}
	maxWait := max(time.Until(until), time.Millisecond)
	await := func() error { return f.awaitEvents(maxWait) }
	var err error
	if f.args.IsSet() {
		err = f.j.UntilSignal(await)
	} else {
		err = await()
	}
	if err != nil {
		return err
	}
	if time.Since(f.ticked) >= tick {
		f.ticked, f.again = time.Now(), true
		for _, s := range f.files {
			s.dirty = true
		}
	}
	return nil
}

// awaitEvents waits for events of files and notes them.
func (f *follower) awaitEvents(maxWait time.Duration) error {
	if f.watch == nil {
		if !f.args.IsSet() {
			f.j.Sleep(maxWait)
		} else {
			f.j.Pause(maxWait)
		}
		return nil
	}
	events, err := f.j.DeferTo(reactor.FileEvents, f.watch, maxWait)
	switch {
	case err == nil:
		f.note(events.([]reactor.FileEvent))
	case !errors.Is(err, reactor.ErrTimeout) && !errors.Is(err, pipeline.ErrInterrupted):
		return err
	}
	return nil
}

func (f *follower) close() {
	for _, s := range f.files {
		_ = s.file.Close()
		s.done()
	}
	if f.watch != nil {
		f.watch.Close()
	}
}
