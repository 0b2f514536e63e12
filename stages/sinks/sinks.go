// Package sinks holds the family of stages that put nothing.
package sinks

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/microthread"
	"mtpipe/pipeline"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "sinks", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "write",
			Short: "Writes its input to FILE, whole or not at all",
			Trait: pipeline.Sink | pipeline.Effect,
			Role:  pipeline.WritesFile,
			Long: `The values go to a new file beside FILE, which takes FILE's name and permissions when
all are written. After an error FILE is what it was. A device, a pipe or a terminal
is written to as the values come. Without --format the ending of the name decides:
` + format.Enumerate(format.Extensions(format.Writable()), "and") + `; anything else is text.
Lines of text are written as they are whatever the ending is, but for .json. "> FILE" is
the same.`,
		}, write),
		pipeline.Define(pipeline.Doc{
			Name:  "append",
			Short: "Adds its input to the end of FILE",
			Trait: pipeline.Sink | pipeline.Effect,
			Role:  pipeline.AppendsToFile,
			Long: `Without --format each value is a line of text. FILE is made if there is none. Where it
has something in it already, a format with a header writes none. What was written stays
there when the pipeline fails later. ">> FILE" is the same.`,
		}, appendTo),
		pipeline.Define(pipeline.Doc{
			Name:  "null",
			Short: "Reads its input and drops it",
			Trait: pipeline.Sink | pipeline.Effect,
			Long:  `For pipelines that are run for what their other stages do.`,
		}, null),
		splitByStage(),
	}}
}

type writeArgs struct {
	File   string        `arg:"file" help:"the file to write"`
	Format format.Choice `opt:"format" help:"how values are written"`
}

// Check refuses names that promise a packed file, which this stage does not write.
func (a *writeArgs) Check() error {
	return notPacked("file", a.File)
}

// notPacked refuses a name, which arg has, that promises a packed file.
func notPacked(arg, name string) error {
	if unpacked, packed := input.Unpacked(name); packed {
		return &pipeline.ArgError{Arg: arg, Err: fmt.Errorf("%s: files are not packed here; write %s and pack that", name, unpacked)}
	}
	return nil
}

// encoder returns what writes in the format that was asked for, or that the name asks for.
func (a *writeArgs) encoder() format.Writer {
	if a.Format != "" {
		return format.New(string(a.Format), false)
	}
	return format.ForFile(a.File)
}

func write(j *pipeline.Job, a *writeArgs) error {
	target, old, err := resolve(a.File)
	if err != nil {
		return err
	}
	if old != nil && !old.Mode().IsRegular() || isSystem(a.File) || isSystem(target) {
		return writeTo(j, a.File, 0, a.encoder())
	}
	n, err := newReplacement(a.File, target, old)
	if err != nil {
		return err
	}
	defer n.discard(j)
	if err := j.WriteAll(n.file, a.encoder()); err != nil {
		return n.named(err)
	}
	if j.Interrupted() { // by a signal: what came is not all there is
		return nil
	}
	return n.named(n.replace(j))
}

// resolve follows links to where name leads and returns what is there, nil when nothing
// is.
func resolve(name string) (target string, old fs.FileInfo, err error) {
	old, err = os.Stat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, err
	}
	for target = name; ; {
		link, err := os.Readlink(target)
		if err != nil {
			return target, old, nil
		}
		if !filepath.IsAbs(link) {
			link = dirOf(target) + link
		}
		target = link
	}
}

// dirOf returns all of name before its last element.
func dirOf(name string) string {
	dir, _ := filepath.Split(name)
	return dir
}

// isSystem reports whether name is one of the system's, whose files stand for devices and
// for what is open already: nothing there is to be replaced.
func isSystem(name string) bool {
	return strings.HasPrefix(name, "/proc/") || strings.HasPrefix(name, "/dev/") && !strings.HasPrefix(name, "/dev/shm/")
}

// standard returns what name stands for that is open already: to open a file once more would
// begin at its beginning, over what others have written. The standard streams are those of the
// run, which in the command are those of the process.
func standard(j *pipeline.Job, name string) pipeline.Writer {
	switch name {
	case "/dev/stdout":
		return j.Output()
	case "/dev/stderr":
		return j.Messages()
	case "/dev/fd/1", "/proc/self/fd/1":
		return microthread.NewFile(os.Stdout)
	case "/dev/fd/2", "/proc/self/fd/2":
		return microthread.NewFile(os.Stderr)
	}
	return nil
}

// writeTo writes the input to the file called name as it comes.
func writeTo(j *pipeline.Job, name string, flags int, encoder format.Writer) error {
	if w := standard(j, name); w != nil {
		return j.WriteAll(w, encoder)
	}
	opened, err := j.Blocking(func() (any, error) { // a pipe waits for its reader
		return os.OpenFile(name, os.O_WRONLY|flags, 0o666)
	})
	if err != nil {
		return err
	}
	if flags&os.O_APPEND != 0 {
		goesOn(opened.(*os.File), encoder)
	}
	file := microthread.NewFile(opened.(*os.File))
	closed := false
	defer func() {
		if !closed {
			_ = file.Close(j.Thread)
		}
	}()
	if err := j.WriteAll(file, encoder); err != nil {
		return err
	}
	closed = true
	return file.Close(j.Thread)
}

// goesOn tells the encoder that something stands in the file before what it writes.
func goesOn(file *os.File, encoder format.Writer) {
	c, ok := encoder.(format.Continuer)
	if info, err := file.Stat(); ok && err == nil && info.Size() > 0 {
		c.Continue()
	}
}

// replacement is a file that will take another's place.
type replacement struct {
	file   *microthread.File // nil when it is closed
	temp   string            // its name until then
	target string
	user   string // the name that messages show
}

// newReplacement makes a file beside target, which old describes if it is there.
func newReplacement(user, target string, old fs.FileInfo) (*replacement, error) {
	mode := fs.FileMode(0o666)
	if old != nil {
		f, err := os.OpenFile(user, os.O_WRONLY, 0) // who may not write it may not replace it
		if err != nil {
			return nil, err
		}
		f.Close()
		mode = old.Mode().Perm()
	}
	f, err := createBeside(target, mode)
	if err != nil {
		return nil, besideError(user, err, old != nil)
	}
	n := &replacement{file: microthread.NewFile(f), temp: f.Name(), target: target, user: user}
	if old != nil {
		if err := f.Chmod(mode); err != nil { // what the umask took away
			f.Close()
			os.Remove(n.temp)
			return nil, n.named(err)
		}
	}
	return n, nil
}

// createBeside makes a file with a new name in the directory of target.
func createBeside(target string, mode fs.FileMode) (*os.File, error) {
	for {
		name := fmt.Sprintf("%s.%.100s.%08x.tmp", dirOf(target), filepath.Base(target), rand.Uint32())
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// besideError says about the user's file what stood in the way of a temporary one.
func besideError(user string, err error, exists bool) error {
	var p *fs.PathError
	if !errors.As(err, &p) {
		return err
	}
	cause := p.Err
	if exists {
		cause = fmt.Errorf("there cannot be a new file beside it: %w", cause)
	}
	return &fs.PathError{Op: p.Op, Path: user, Err: cause}
}

// replace puts the file, which is complete, in the target's place.
func (n *replacement) replace(j *pipeline.Job) error {
	file := n.file
	n.file = nil
	err := file.Close(j.Thread)
	if err == nil {
		err = os.Rename(n.temp, n.target)
	}
	if err != nil {
		os.Remove(n.temp)
	}
	return err
}

// discard removes the file unless it is in its place.
func (n *replacement) discard(j *pipeline.Job) {
	if n.file != nil {
		_ = n.file.Close(j.Thread)
		os.Remove(n.temp)
	}
}

// named replaces the temporary name in err by the user's.
func (n *replacement) named(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && p.Path == n.temp {
		p.Path = n.user
	}
	var l *os.LinkError
	if errors.As(err, &l) && l.Old == n.temp {
		return &fs.PathError{Op: l.Op, Path: n.user, Err: l.Err}
	}
	return err
}

type appendArgs struct {
	File   string        `arg:"file" help:"the file to add to"`
	Format format.Choice `opt:"format" help:"how values are written"`
}

// Check refuses names that promise a packed file.
func (a *appendArgs) Check() error { return notPacked("file", a.File) }

func appendTo(j *pipeline.Job, a *appendArgs) error {
	name := "text"
	if a.Format != "" {
		name = string(a.Format)
	}
	return writeTo(j, a.File, os.O_APPEND|os.O_CREATE, format.New(name, false))
}

type nullArgs struct{}

func null(j *pipeline.Job, _ *nullArgs) error {
	for _, err := range j.Batches() {
		if err != nil {
			return err
		}
	}
	return nil
}
