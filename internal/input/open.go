// Package input opens files, unpacks them and decodes them to UTF-8 as their first bytes tell,
// and reads them in blocks of whole lines.
package input

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/bmatcuk/doublestar/v4"

	"mtpipe/internal/object"
	"mtpipe/microthread"
)

// Expand returns names with patterns replaced by the files that match, sorted. A pattern
// that matches nothing, a file that does not exist and a directory are errors, so that
// nothing is read when one is wrong. Objects are looked up off the reactor of t, or by the caller when that is nil.
func Expand(t *microthread.Thread, names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		if object.Is(name) {
			matches, err := objects(t, name)
			if err != nil {
				return nil, err
			}
			files = append(files, matches...)
			continue
		}
		matches, err := Matches(name)
		if err != nil {
			return nil, err
		}
		for _, m := range matches {
			if err := check(m); err != nil {
				return nil, err
			}
		}
		files = append(files, matches...)
	}
	return files, nil
}

// Matches returns the files that match name, sorted, or name itself when it is no pattern, or one of
// objects, which are not looked up here. A pattern that matches nothing is an error.
func Matches(name string) ([]string, error) {
	matches, err := MatchesNow(name)
	if err == nil && len(matches) == 0 {
		err = fmt.Errorf("no file matches %s", name)
	}
	return matches, err
}

// MatchesNow is Matches for a pattern that may match nothing yet.
func MatchesNow(name string) ([]string, error) {
	if !isPattern(name) {
		return []string{name}, nil
	}
	matches, err := glob(Pattern(name))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return matches, nil
}

// glob returns what matches a pattern, sorted directory by directory. Where ** stands for any
// number of directories, these themselves are no matches, and links to them are not followed,
// since one may lead to where it stands.
func glob(pattern string) ([]string, error) {
	if !slices.Contains(strings.Split(filepath.ToSlash(pattern), "/"), "**") {
		return filepath.Glob(pattern)
	}
	matches, err := doublestar.FilepathGlob(literalBraces.Replace(pattern), doublestar.WithNoFollow())
	matches = slices.DeleteFunc(matches, func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && info.IsDir()
	})
	slices.SortFunc(matches, func(a, b string) int {
		return slices.Compare(strings.Split(a, string(filepath.Separator)), strings.Split(b, string(filepath.Separator)))
	})
	return slices.Compact(matches), err
}

// literalBraces keeps braces, which have a meaning in doublestar's patterns, from having one.
var literalBraces = strings.NewReplacer(`\\`, `\\`, `\{`, `\{`, `\}`, `\}`, "{", `\{`, "}", `\}`)

func isPattern(name string) bool {
	if !strings.ContainsAny(name, "*?[") || object.Is(name) {
		return false
	}
	_, err := os.Lstat(name)
	return err != nil
}

func check(name string) error {
	if name == "-" {
		return nil
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		err = &fs.PathError{Op: "read", Path: name, Err: syscall.EISDIR}
	}
	return err
}

// File is an open input. How its text is packed and encoded is told by its first bytes.
type File struct {
	name    string
	file    *microthread.File // nil for standard input
	t       *microthread.Thread
	text    io.Reader      // what is read, unpacked and in UTF-8
	unpack  *unpacker      // nil for a file that is not packed
	outside *program       // that prints the text, nil for none
	object  *object.Reader // that brings the text, nil for none
	regular bool           // and as it is read, so that it can be read again

	*snapshot // nil for what is no regular file
}

// Open opens name for the thread t; "-" is stdin, whose reads suspend t.
func Open(t *microthread.Thread, name string, stdin io.Reader) (*File, error) {
	if name == "-" {
		f := &File{t: t}
		regular := regularOf(stdin)
		if regular != nil {
			f.snapshot = newSnapshot(regular)
		}
		if regular == nil {
			f.judge(stdin, nil)
		} else {
			f.judge(stdin, regular)
		}
		return f, nil
	}
	if object.Is(name) {
		return openObject(t, name)
	}
	file, err := open(t, name)
	if err != nil {
		return nil, err
	}
	f := &File{name: name, t: t, file: microthread.NewFile(file)}
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		f.judge(onThread{f.file, t}, nil)
		return f, nil
	}
	f.snapshot = &snapshot{info: info, left: info.Size()}
	f.judge(onThread{f.file, t}, file)
	var head [judgedBytes]byte
	n, err := file.ReadAt(head[:], 0) // what was not read can be read in ranges
	if err == nil || err == io.EOF {
		f.regular = isPlain(head[:n]) && promised(name) == nil
	}
	return f, nil
}

// onThread is a file as one thread reads it.
type onThread struct {
	file *microthread.File
	t    *microthread.Thread
}

func (o onThread) Read(p []byte) (int, error) { return o.file.Read(o.t, p) }

// regularOf returns the regular file that stdin reads, nil when it is none.
func regularOf(stdin io.Reader) *os.File {
	if r, ok := stdin.(interface{ Regular() *os.File }); ok {
		return r.Regular()
	}
	return nil
}

// open opens a file. What is no regular file may block until somebody writes it, so it is
// opened off the reactor; when the thread has been ended meanwhile, it is closed again.
func open(t *microthread.Thread, name string) (*os.File, error) {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		return os.Open(name)
	}
	taken := false
	var opened atomic.Pointer[os.File]
	defer func() {
		if f := opened.Load(); f != nil && !taken {
			_ = f.Close()
		}
	}()
	_, err := t.Blocking(func() (any, error) {
		f, err := os.Open(name)
		opened.Store(f)
		return nil, err
	})
	if err != nil {
		return nil, err
	}
	taken = true
	return opened.Load(), nil
}

// Name returns how the user named the file; "" is standard input.
func (f *File) Name() string { return f.name }

// judge makes f.text what is read by from. Apart reads the same off the reactor, for what waits for
// nobody else; it is nil for what does.
func (f *File) judge(from, apart io.Reader) {
	unpacked := &judged{from: f.limit(from), choose: func(head []byte, rest io.Reader, whole bool) (io.Reader, bool) {
		packing, is := packingOf(head, whole)
		switch {
		case is == unsure:
			return nil, true
		case packing == nil:
			packing = promised(f.name)
		}
		if packing == nil {
			return nil, false
		}
		if apart != nil {
			rest = f.limit(apart)
		}
		f.unpack = newUnpacker(f.t, f.name, packing, io.MultiReader(bytes.NewReader(bytes.Clone(head)), rest), apart != nil)
		return f.unpack, false
	}}
	f.text = &judged{from: unpacked, choose: f.decoded}
}

// Read reads up to len(p) bytes of text.
func (f *File) Read(p []byte) (int, error) { return f.text.Read(p) }

// Close closes the file, unless it is standard input.
func (f *File) Close() error {
	if f.unpack != nil {
		f.unpack.close()
	}
	if f.outside != nil {
		f.outside.close()
	}
	if f.object != nil {
		f.object.Close()
	}
	if f.file == nil {
		return nil
	}
	return f.file.Close(f.t)
}

// NotEnd returns err unless it is io.EOF.
func NotEnd(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

// Below returns the path of a name in a directory, spelled as the directory is.
func Below(dir, name string) string {
	if !os.IsPathSeparator(dir[len(dir)-1]) {
		dir += string(filepath.Separator)
	}
	return dir + name
}
