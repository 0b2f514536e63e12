package sinks

import (
	"errors"
	"io/fs"
	"slices"

	"mtpipe/internal/format"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
	"mtpipe/value"
)

func splitByStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "split_by",
		Short: "Writes each value to the file that its EXPR names",
		Trait: pipeline.Sink | pipeline.Effect,
		Long: `In TEMPLATE, {} is what EXPR gives for the value, {name} a field and {expr} an expression:
split_by status --to 'logs/{}.jsonl'. {{ and }} are braces. Directories have to be there.

With --lines or --size, the values go to one file after the other, and {} is the number of
the file, from 1: split_by --lines 1000 --to 'part-{:>03d}.txt'.

All files appear when all values are written; after an error none does, and those that
were there before are what they were. If what was there cannot be brought back when the last
step fails for another file, the error names those that are written. Without --format the endings of the names decide:
` + format.Enumerate(format.Extensions(format.Writable()), "and") + `; anything else is text.
` + namesHelp + ` Without it, what stands for braces has no path
separator in it either.`,
	}, splitBy)
}

type splitByArgs struct {
	Expr   pipeline.Expr      `arg:"expr?" variable:"names" help:"what stands for {} in the template"`
	To     *pipeline.Template `opt:"to" help:"the names of the files"`
	Format format.Choice      `opt:"format" help:"how values are written"`

	Anywhere bool `opt:"anywhere" help:"the values may choose any place"`

	Lines int64     `opt:"lines,l" min:"1" help:"N values in each file; {} is its number"`
	Size  *partSize `opt:"size,b" help:"at most so many bytes in each file, as far as values are not larger; {} is its number"`
}

// partSize is a number of bytes.
type partSize int64

// SetArg reads the size.
func (s *partSize) SetArg(text string, _ func(string) (string, bool)) error {
	n, err := spill.ParseSize(text)
	if err == nil && n == 0 {
		err = errors.New("must be more than 0")
	}
	*s = partSize(n)
	return err
}

// byPart reports whether values go to one file after the other.
func (a *splitByArgs) byPart() bool { return a.Lines > 0 || a.Size != nil }

// Check wants names that differ.
func (a *splitByArgs) Check() error {
	switch {
	case !a.Expr.IsSet() && !a.byPart():
		return errors.New("expr is missing; usage: split_by EXPR --to TEMPLATE, or split_by --lines N --to TEMPLATE")
	case a.Expr.IsSet() && a.byPart():
		return &pipeline.ArgError{Arg: "expr", Err: errors.New("takes an expression, or --lines or --size, not both")}
	case a.Lines > 0 && a.Size != nil:
		return errors.New("takes one of --lines and --size")
	}
	if a.To == nil {
		return errors.New("--to is missing: it names the files, as in --to 'logs/{}.txt'")
	}
	if len(a.To.Parts) > 0 {
		if err := noObject("to", a.To.Parts[0].Literal, "objects are not written by this stage; write makes one"); err != nil {
			return err
		}
	}
	if n := len(a.To.Parts); n > 0 && !a.To.Parts[n-1].Brace {
		if err := notPacked("to", a.To.Parts[n-1].Literal); err != nil {
			return err
		}
	}
	for _, p := range a.To.Parts {
		if p.Brace {
			return nil
		}
	}
	return &pipeline.ArgError{Arg: "to", Err: errors.New("--to must have {} or an expression in braces; write has one file")}
}

func splitBy(j *pipeline.Job, a *splitByArgs) error {
	s := &splitting{j: j, args: a, most: splitFiles, name: fileName{arg: "to", anywhere: a.Anywhere}, files: make(map[string]*splitFile), targets: make(map[string]*splitFile)}
	defer s.discard()
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		if err := s.write(v); err != nil {
			return err
		}
	}
	if j.Interrupted() { // by a signal: what came is not all there is
		return nil
	}
	return s.finish()
}

// write writes v to its file. A value that is wrong is rejected.
func (s *splitting) write(v value.Value) error {
	if s.args.byPart() {
		return s.writePart(v)
	}
	key, err := s.args.Expr.Of(v)
	if err == nil {
		err = s.make(v, key)
	}
	if err == nil && s.files[string(s.name.text)] == nil {
		err = s.name.stays()
	}
	if err != nil {
		return s.j.RejectValue(v, err)
	}
	f, err := s.file(string(s.name.text))
	if err != nil {
		return err
	}
	if f.buf, err = f.encoder.Append(f.buf, v); err != nil {
		return s.j.RejectValue(v, err)
	}
	if len(f.buf) >= min(splitBuffer, max(splitBuffers/len(s.all), 4<<10)) {
		return s.flush(f)
	}
	return nil
}

const (
	splitFiles   = 1000     // that are open at a time: they need no name, so that nothing can be left of them
	splitBuffers = 6 << 20  // what is gathered for all of them before it is written
	splitBuffer  = 32 << 10 // and for one
)

// splitting writes files.
type splitting struct {
	j       *pipeline.Job
	args    *splitByArgs
	name    fileName              // of the present value
	files   map[string]*splitFile // by name
	targets map[string]*splitFile // by where the names lead
	all     []*splitFile          // in the order in which they were made
	open    []*splitFile
	most    int // that may be open
	clock   int64
	parts   parts
}

// splitFile is a file that will be in its place when all are written.
type splitFile struct {
	*replacement
	encoder format.Writer
	buf     []byte
	used    int64 // when
}

// make makes the name of v's file; key is what stands for {}.
func (s *splitting) make(v, key value.Value) error {
	s.name.reset()
	for i := range s.args.To.Parts {
		p := &s.args.To.Parts[i]
		x, err := key, error(nil)
		switch {
		case !p.FromData():
			err = s.name.addText(p.Literal)
		case !p.Brace: // of a block around
			err = s.name.addData(value.TextOf(p.Literal), true)
		default:
			if p.Expr.IsSet() {
				x, err = p.Expr.Of(v)
			}
			start := len(s.name.text)
			if err == nil {
				s.name.text, err = p.AppendValue(s.name.text, x)
			}
			if err == nil {
				err = s.name.added(start, x, false)
			}
		}
		if err != nil {
			return err
		}
	}
	return s.name.end(len(s.name.text))
}

// file returns the file called name, open.
func (s *splitting) file(name string) (*splitFile, error) {
	f := s.files[name]
	if f == nil {
		var err error
		if f, err = s.create(name); err != nil {
			return nil, err
		}
	}
	s.clock++
	f.used = s.clock
	return f, nil
}

// create makes a file beside the one called name.
func (s *splitting) create(name string) (*splitFile, error) {
	target, old, err := resolve(name)
	if wrong := format.InParts(encoder(name, s.args.Format)); wrong != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: wrong}
	}
	switch {
	case err != nil:
		return nil, err
	case old != nil && !old.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is not a regular file")}
	case s.targets[target] != nil:
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is the same file as " + s.targets[target].user)}
	}
	var r *replacement
	if err := s.withRoom(func() (err error) {
		r, err = newReplacement(s.j, name, target, old)
		return err
	}); err != nil {
		return nil, err
	}
	f := &splitFile{replacement: r, encoder: encoder(name, s.args.Format)}
	format.KeepDocuments(f.encoder, s.j.Documents(), false)
	s.files[name], s.targets[target] = f, f
	s.all, s.open = append(s.all, f), append(s.open, f)
	return f, nil
}

// withRoom opens a file; when too many are open, it closes some before that.
func (s *splitting) withRoom(open func() error) error {
	for {
		if err := s.closeOldest(s.most - 1); err != nil {
			return err
		}
		err := open()
		if !noDescriptor(err) || len(s.open) == 0 {
			return err
		}
		s.most = max(1, len(s.open)*3/4) // others want some, too
	}
}

// closeOldest closes the files that were used the longest time ago, all but n.
func (s *splitting) closeOldest(n int) error {
	for len(s.open) > n {
		oldest := 0
		for i, f := range s.open {
			if f.used < s.open[oldest].used {
				oldest = i
			}
		}
		f := s.open[oldest]
		if err := s.flush(f); err != nil {
			return err
		}
		f.buf = nil
		if err := s.close(f); err != nil {
			return err
		}
	}
	return nil
}

// flush writes what was gathered for f, which is opened once more if it was closed.
func (s *splitting) flush(f *splitFile) error {
	if len(f.buf) == 0 {
		return nil
	}
	if f.file == nil {
		if err := s.withRoom(f.replacement.open); err != nil {
			return err
		}
		s.open = append(s.open, f)
	}
	err := f.file.Write(s.j.Thread, f.buf)
	f.buf = f.buf[:0]
	return f.named(err)
}

// close closes f, which is open, for the time being.
func (s *splitting) close(f *splitFile) error {
	if i := slices.Index(s.open, f); i >= 0 {
		s.open[i] = s.open[len(s.open)-1]
		s.open = s.open[:len(s.open)-1]
	}
	if err := f.name(); err != nil {
		return err
	}
	return f.named(f.replacement.close(s.j))
}

// finish writes what is left and puts the files in their places, when all are complete.
func (s *splitting) finish() error {
	list := make([]*replacement, len(s.all))
	for i, f := range s.all {
		f.buf = format.End(f.buf, f.encoder)
		if err := s.flush(f); err != nil {
			return err
		}
		f.buf, list[i] = nil, f.replacement
	}
	return replace(s.j, list...)
}

// discard removes the files that are not in their places.
func (s *splitting) discard() {
	for _, f := range s.all {
		f.discard(s.j)
	}
}
