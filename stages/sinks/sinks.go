// Package sinks holds the family of stages that put nothing.
package sinks

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/internal/object"
	"mtpipe/microthread"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "sinks", Stages: []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "write",
			Short: "Writes its input to FILE, whole or not at all",
			Trait: pipeline.Sink | pipeline.Effect | pipeline.AsksNames,
			Role:  pipeline.WritesFile,
			Long: `The values go to a new file beside FILE, which takes FILE's name, permissions, owner, group
and, on Linux, extended attributes when all are written and safe on their device; what it
cannot have is told. After an error FILE is what it was. When a run is killed
(kill -9) between two steps, a file called .FILE.mtpipe-….tmp may stay; the next run that
writes to the directory removes it. A device, a pipe or a terminal is written to as the
values come. An object, s3://BUCKET/KEY, is sent in parts, which become the object at the end; after an
error they are removed. Without --format the ending of the name decides:
` + format.Enumerate(format.Extensions(format.Writable()), "and") + `; anything else is text.
Lines of text are written as they are whatever the ending is, but for .json. CSV and TSV
have their header also when no record comes, where the names of the fields are known. "> FILE"
is the same.

In the block of a value, FILE may have $it in it. ` + namesHelp,
		}, write),
		pipeline.Define(pipeline.Doc{
			Name:  "append",
			Short: "Adds its input to the end of FILE",
			Trait: pipeline.Sink | pipeline.Effect | pipeline.AsksNames,
			Role:  pipeline.AppendsToFile,
			Long: `Without --format the ending of the name decides, as for write; to .json each value is added
as a line, unless a list is there. FILE is made if there is none. Where it has something in it already, what is
added begins on a line of its own, and CSV and TSV keep to the header that is there: the
fields stand in its order, and a record with a field that it lacks is an error. A pipeline that reads
FILE too reads what was in it before. What was
written stays there when the pipeline fails later. ">> FILE" is the same. Values in FILE's
name are held to the same as those of write.`,
		}, appendTo),
		pipeline.Define(pipeline.Doc{
			Name:  "null",
			Safe:  true,
			Short: "Reads its input and drops it",
			Trait: pipeline.Sink | pipeline.Effect,
			Long:  `For pipelines that are run for what their other stages do.`,
		}, null),
		splitByStage(),
	}}
}

type writeArgs struct {
	File     target        `arg:"file" help:"the file to write"`
	Format   format.Choice `opt:"format" help:"how values are written"`
	Anywhere bool          `opt:"anywhere" help:"the values of a block may choose any place"`

	Compression string `opt:"compression" values:"snappy,zstd,gzip,brotli,none" help:"how a Parquet file is compressed; snappy without it"`
}

// Check refuses names that promise a packed file, which this stage does not write.
func (a *writeArgs) Check() error {
	return notPacked("file", a.File.String())
}

// notPacked refuses a name, which arg has, that promises a packed file.
func notPacked(arg, name string) error {
	if unpacked, packed := input.Unpacked(name); packed {
		return &pipeline.ArgError{Arg: arg, Err: fmt.Errorf("%s: files are not packed here; write %s and pack that", syntax.Short(name), syntax.Short(unpacked))}
	}
	return nil
}

// encoder returns what writes in the format that was asked for, or that the name asks for.
func encoder(name string, asked format.Choice) format.Writer {
	if asked != "" {
		return format.New(string(asked), format.Screen{})
	}
	return format.ForFile(name)
}

func write(j *pipeline.Job, a *writeArgs) error {
	name, err := a.File.name(a.Anywhere)
	if err != nil {
		return err
	}
	to := encoder(name, a.Format)
	if a.Compression != "" {
		if err := format.Compress(to, a.Compression); err != nil {
			return err
		}
	}
	if object.Is(name) {
		return writeObject(j, name, to)
	}
	target, old, err := resolve(name)
	if err != nil {
		return err
	}
	if old != nil && !old.Mode().IsRegular() || isSystem(name) || isSystem(target) {
		return writeTo(j, name, 0, to)
	}
	release, err := claimFile(j, name, target, old, false)
	if err != nil {
		return err
	}
	defer release()
	n, err := newReplacement(j, name, target, old)
	if err != nil {
		return err
	}
	defer n.discard(j)
	if err := j.WriteAll(n.file, to); err != nil {
		return n.named(err)
	}
	if j.Interrupted() { // by a signal: what came is not all there is
		return nil
	}
	return replace(j, n)
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
	file := microthread.NewFile(opened.(*os.File))
	w := pipeline.Writer(file)
	closed := false
	defer func() {
		if !closed {
			_ = file.Close(j.Thread)
		}
	}()
	if flags&os.O_APPEND != 0 {
		if info, err := opened.(*os.File).Stat(); err == nil && info.Mode().IsRegular() {
			done, err := j.Writing(info)
			if err != nil {
				return &fs.PathError{Op: "append", Path: name, Err: err}
			}
			defer done()
		}
		within, err := goesOn(opened.(*os.File), encoder)
		if err != nil {
			return err
		}
		if within {
			w = &newline{Writer: w}
		}
	}
	if err := j.WriteAll(w, encoder); err != nil {
		return err
	}
	closed = true
	return file.Close(j.Thread)
}

// mostHeader is how much of a file is read for its header.
const mostHeader = 1 << 20

// goesOn tells the encoder what stands in the file before what it writes, and reports whether
// that ends within a line: somebody was killed while writing it, or wrote no newline.
func goesOn(file *os.File, encoder format.Writer) (within bool, err error) {
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return false, nil
	}
	c, continues := encoder.(format.Continuer)
	read, err := os.Open(file.Name())
	if err != nil {
		if continues {
			return false, err // what is added has to fit to it
		}
		return false, nil // it may be that it must not be read
	}
	defer read.Close()
	if continues {
		beginning := make([]byte, min(info.Size(), mostHeader))
		n, _ := read.ReadAt(beginning, 0)
		if err := c.Continue(beginning[:n]); err != nil {
			return false, &fs.PathError{Op: "append", Path: file.Name(), Err: err}
		}
	}
	var last [1]byte
	_, err = read.ReadAt(last[:], info.Size()-1)
	return err == nil && last[0] != '\n', nil
}

// newline ends the line that a file ends within before the first write.
type newline struct {
	pipeline.Writer
	done bool
}

// Write writes p.
func (n *newline) Write(t *microthread.Thread, p []byte) error {
	if !n.done && len(p) > 0 {
		n.done = true
		p = append([]byte{'\n'}, p...)
	}
	return n.Writer.Write(t, p)
}

type appendArgs struct {
	File     target        `arg:"file" help:"the file to add to"`
	Format   format.Choice `opt:"format" help:"how values are written"`
	Anywhere bool          `opt:"anywhere" help:"the values of a block may choose any place"`
}

// Check refuses names that promise a packed file.
func (a *appendArgs) Check() error {
	name := a.File.String()
	if err := noObject("file", name, "nothing can be added to an object; write makes it anew"); err != nil {
		return err
	}
	return notPacked("file", name)
}

func appendTo(j *pipeline.Job, a *appendArgs) error {
	name, err := a.File.name(a.Anywhere)
	if err != nil {
		return err
	}
	encoder := format.ForAppending(name)
	if a.Format != "" {
		encoder = format.New(string(a.Format), format.Screen{})
	}
	if err := format.InParts(encoder); err != nil {
		return err
	}
	if target, old, err := resolve(name); err == nil && (old == nil || old.Mode().IsRegular()) {
		release, err := claimFile(j, name, target, old, true)
		if err != nil {
			return err
		}
		defer release()
		if a.Format == "" && format.OfFile(name).Name == "json" && beginsList(name) {
			return fmt.Errorf("%s: it holds a list, after which no line can stand; write makes it anew, --format jsonl adds lines anyway", name)
		}
	}
	return writeTo(j, name, os.O_APPEND|os.O_CREATE, encoder)
}

// beginsList reports whether the first thing in a file is the beginning of a list in JSON.
func beginsList(name string) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 512)
	n, _ := file.Read(head)
	return bytes.HasPrefix(bytes.TrimSpace(head[:n]), []byte("["))
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
