package readers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/value"
)

func findStage() *pipeline.Stage {
	return pipeline.Define(pipeline.Doc{
		Name:  "find",
		Short: "Puts the paths of files and directories",
		Trait: pipeline.Source | pipeline.Textual,
		Long: `It begins with DIR itself, which is the current directory when it is not given, and goes
through what is below it: a directory before what it holds, names in the order of
their bytes. Links are put and not followed. A directory that cannot be read is an
error of that value (see --on-error).

--size +10M is files of more than 10 MB, -10M of less, 10M of exactly as much. --newer and
--older compare when a file was changed: with a time (2024-05-01), with what was a duration ago
(90m, 7d), or with when another file was changed. --depth puts a directory after what it holds.

With --long each is a record with its path, its type (file, directory, link, or other), its size in bytes and when it was
changed.`,
		Instead: map[string]string{"-name": "--name '*.go', with two dashes", "-type": "--type f, with two dashes", "-maxdepth": "--max-depth 2", "-mindepth": "--min-depth 2", "-iname": "--name '*.[gG][oO]', or grep -i after it",
			"-exec": "find DIR | pmap { exec PROGRAM {} }", "-print0": "paths are values; leave it out", "-mtime": "--newer 7d or --older 7d", "-newer": "--newer FILE, with two dashes", "-size": "--size +10M, with two dashes",
			"-delete": "find DIR --depth | batch 100 | pmap { exec rm -- {...} }", "-path": "find DIR | grep PATTERN", "-regex": "find DIR | grep -x PATTERN"},
	}, find)
}

type findArgs struct {
	Dirs     []string `arg:"dir..." help:"where to begin"`
	Names    []glob   `opt:"name" help:"only what has a name that fits a pattern with *, ? and […]; it may stand several times"`
	Type     string   `opt:"type" values:"f,d,l" help:"only files, directories or links"`
	Long     bool     `opt:"long" help:"put records: path, type, size, modified"`
	MaxDepth *int     `opt:"max-depth" min:"0" help:"how many levels to go down; with 0 only DIR itself is put"`
	findTests
}

// glob is a pattern for names, as path.Match takes it.
type glob string

// SetArg checks the pattern.
func (g *glob) SetArg(text string, _ func(string) (string, bool)) error {
	*g = glob(input.Pattern(text))
	if _, err := path.Match(string(*g), ""); err != nil {
		return fmt.Errorf("must be a pattern with *, ? and […], not %s", value.TextOf(text).Quote())
	}
	return nil
}

// fits reports whether name fits one of the patterns, or there are none.
func (a *findArgs) fits(name string) bool {
	return len(a.Names) == 0 || slices.ContainsFunc(a.Names, func(g glob) bool {
		ok, _ := path.Match(string(g), name)
		return ok
	})
}

// isType reports whether a file is of the type that is asked for.
func (a *findArgs) isType(mode fs.FileMode) bool {
	switch a.Type {
	case "f":
		return mode.IsRegular()
	case "d":
		return mode.IsDir()
	case "l":
		return mode&fs.ModeSymlink != 0
	}
	return true
}

func find(j *pipeline.Job, given *findArgs) error {
	args := *given // which other runs share
	a := &args
	dirs := a.Dirs
	if len(dirs) == 0 {
		dirs = []string{"."}
	}
	if err := a.resolve(); err != nil {
		return err
	}
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil {
			return err
		}
		if err := a.walk(j, dir, filepath.Base(dir), info.Mode().Type(), 0); err != nil {
			return err
		}
	}
	return nil
}

// walk puts what is at path, and below it.
func (a *findArgs) walk(j *pipeline.Job, path, name string, mode fs.FileMode, depth int) error {
	put := func() {
		if depth < a.MinDepth || !a.isType(mode) || !a.fits(name) || !a.holds(path) {
			return
		}
		if !a.Long {
			j.Put(value.TextOf(path))
			return
		}
		if info, err := os.Lstat(path); err == nil { // it has not been deleted meanwhile
			j.Put(value.Rec(value.NewRecord(entryShape, value.TextOf(path), value.String(typeName(mode)),
				value.Int(info.Size()), value.String(info.ModTime().Format(time.RFC3339)))))
		}
	}
	if a.Depth {
		defer put()
	} else {
		put()
	}
	if !mode.IsDir() || a.MaxDepth != nil && depth >= *a.MaxDepth {
		return nil
	}
	entries, err := list(j, path)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) && depth > 0: // it was deleted meanwhile
	case j.KeepsErrors():
		j.Put(value.Error(err)) // which names the directory
	default:
		if err := j.RejectValue(value.TextOf(path), err); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if err := a.walk(j, input.Below(path, e.Name()), e.Name(), e.Type(), depth+1); err != nil {
			return err
		}
	}
	return nil
}

var entryShape = value.NewShape("path", "type", "size", "modified")

func typeName(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "file"
	case mode.IsDir():
		return "directory"
	case mode&fs.ModeSymlink != 0:
		return "link"
	}
	return "other"
}

// listPiece is how many entries of a directory are read at a time.
const listPiece = 1024

// list returns the entries of a directory in the order of their names. It gives others their turn
// meanwhile. Those that were read before an error are returned with it.
func list(j *pipeline.Job, path string) ([]fs.DirEntry, error) {
	j.Yield()
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	var entries []fs.DirEntry
	for {
		piece, err := dir.ReadDir(listPiece)
		entries = append(entries, piece...)
		if err != nil {
			slices.SortFunc(entries, func(x, y fs.DirEntry) int { return strings.Compare(x.Name(), y.Name()) })
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return entries, err
		}
		j.Yield()
	}
}
