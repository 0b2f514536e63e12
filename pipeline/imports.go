package pipeline

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"mtpipe/pipeline/syntax"
)

// maxImport is how long a text may be that is imported.
const maxImport = 16 << 20

// library is a text that was imported.
type library struct {
	info  os.FileInfo
	frame *frame // its definitions; nil while it is being read
}

// imports makes what the imports of list name visible in f, wherever in the list they stand: the
// definitions of a file, and of those that it imports itself. The file's own are bound where it
// stands: they see its definitions, and none of the text that imports it.
func (b *binder) imports(list *syntax.List, f *frame) error {
	for _, item := range list.Items {
		i, ok := item.(*syntax.Import)
		if !ok {
			continue
		}
		lib, err := b.library(i, f)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(lib.defs)) {
			if err := b.define(lib.defs[name], f); err != nil {
				return b.importError(i, err)
			}
		}
	}
	return nil
}

// library returns the frame of the file that is imported.
func (b *binder) library(i *syntax.Import, f *frame) (*frame, error) {
	path, err := b.importPath(i, f)
	if err != nil {
		return nil, err
	}
	src, info, err := readImport(path)
	if err != nil {
		return nil, b.importError(i, err)
	}
	at := slices.IndexFunc(b.libraries, func(l *library) bool { return os.SameFile(l.info, info) })
	if at >= 0 && b.libraries[at].frame == nil {
		return nil, b.importError(i, fmt.Errorf("%s imports itself", path))
	}
	if at >= 0 {
		return b.libraries[at].frame, nil
	}
	lib := &library{info: info}
	b.libraries = append(b.libraries, lib)
	list, err := syntax.ParseNamed(path, src)
	if err != nil {
		return nil, err
	}
	defer func(around *sourceText) { b.sourceText = around }(b.sourceText)
	b.sourceText = &sourceText{src: src, file: path}
	if lib.frame, err = b.definitions(list); err != nil {
		return nil, err
	}
	return lib.frame, nil
}

// definitions returns a frame with those of an imported text.
func (b *binder) definitions(list *syntax.List) (*frame, error) {
	for _, item := range list.Items {
		if p, ok := item.(*syntax.Pipeline); ok {
			return nil, b.errorAt(p.Pos, "", "a file that is imported holds definitions only")
		}
	}
	f := &frame{}
	if err := b.imports(list, f); err != nil {
		return nil, err
	}
	_, err := b.list(list, f)
	return f, err
}

// importPath returns the name of the file: one that is not absolute is looked for beside the
// script that imports it.
func (b *binder) importPath(i *syntax.Import, f *frame) (string, error) {
	if name, ok := variableIn([]*syntax.Word{i.File}); ok && b.scope.ArgsAreValues {
		return "", b.errorAt(i.File.Pos, "import", "%s is a value, and cannot name a part of the program", "$"+name)
	}
	name, _, wrong := b.expand(i.File, f)
	if wrong != nil {
		return "", b.complete(wrong, "import")
	}
	box := b.scope.Sandbox
	if box != nil && box.Preview {
		if err := previewed(name); err != nil {
			return "", b.errorAt(i.File.Pos, "import", "%v", err)
		}
	} else if box != nil && !slices.Contains(box.Files, name) {
		return "", b.errorAt(i.File.Pos, "import", "%s is not allowed in a sandbox: only files of the command line are imported", syntax.Quote(name))
	}
	if b.file == "" || b.file == "-" || filepath.IsAbs(name) || box != nil {
		return name, nil
	}
	return filepath.Join(filepath.Dir(b.file), name), nil
}

func (b *binder) importError(i *syntax.Import, err error) error {
	e := b.errorAt(i.File.Pos, "import", "%s", message(err))
	e.Err = err
	return e
}

// readImport returns the text of a file.
func readImport(path string) (string, os.FileInfo, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", nil, err
	}
	src, err := io.ReadAll(io.LimitReader(file, maxImport+1))
	if err == nil && len(src) > maxImport {
		err = &os.PathError{Op: "open", Path: path, Err: errors.New("is too long for definitions")}
	}
	return string(src), info, err
}
