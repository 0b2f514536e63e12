package parts

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mtpipe/internal/tempfile"
	"mtpipe/pipeline"
)

// Folder is a directory in which a job is kept, with what its steps have made. All steps may run at a time, in any
// processes that reach it, and each again: what one makes appears there whole, by a rename, or not at all.
type Folder struct {
	*Job
	dir   string
	made  string // where files are made: dir, or a directory of their own
	parts []Part

	all    string // the file with the emissions of all parts; "" when each part has one
	merged bool   // and they are merged
}

// path returns that of a file of the folder.
func (f *Folder) path(name string) string { return filepath.Join(f.made, name) }

// The files of a folder.
const (
	jobFile  = "job.json"
	listFile = "parts.jsonl" // a part in each line
)

// Create makes a folder for a job, with parts, in a directory that is new or empty.
func Create(dir string, j *Job, parts []Part) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: a job has a directory of its own", dir)
	}
	var list bytes.Buffer
	for _, p := range parts {
		line, err := json.Marshal(p)
		if err != nil {
			return err
		}
		list.Write(append(line, '\n'))
	}
	f := &Folder{dir: dir, made: dir}
	for _, file := range []struct {
		name string
		text []byte
	}{{listFile, list.Bytes()}, {jobFile, j.Encode()}} {
		if err := f.write(file.name, func(w *bufio.Writer) error { _, err := w.Write(file.text); return err }); err != nil {
			return err
		}
	}
	return nil
}

// OpenFolder opens the folder of a job.
func OpenFolder(dir string, registry *pipeline.Registry, settings pipeline.Settings) (*Folder, error) {
	encoded, err := os.ReadFile(filepath.Join(dir, jobFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no directory of a job: mtpipe parts --to DIR makes one", dir)
	}
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, made: dir}
	if f.Job, err = Open(encoded, registry, settings); err != nil {
		return nil, err
	}
	list, err := os.Open(filepath.Join(dir, listFile))
	if err != nil {
		return nil, err
	}
	defer list.Close()
	for d := json.NewDecoder(bufio.NewReader(list)); ; {
		var p Part
		if err := d.Decode(&p); err == io.EOF {
			return f, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", list.Name(), err)
		}
		f.parts = append(f.parts, p)
	}
}

// Len returns how many parts there are.
func (f *Folder) Len() int { return len(f.parts) }

// Run runs a part, unless it has run.
func (f *Folder) Run(number int64) error {
	if number < 0 || number >= int64(len(f.parts)) {
		return f.noPart(number)
	}
	name := partName(number)
	if _, err := os.Stat(f.path(name)); err == nil {
		return nil
	}
	return f.keep(name, f.parts[number])
}

// RunTo runs a part and calls emit, as Job.RunPart does.
func (f *Folder) RunTo(number int64, emit func(Emission) error) error {
	if number < 0 || number >= int64(len(f.parts)) {
		return f.noPart(number)
	}
	return f.RunPart(f.parts[number], emit)
}

func (f *Folder) noPart(number int64) error {
	return fmt.Errorf("there is no part %d: there are %d, from 0 on", number, len(f.parts))
}

func partName(number int64) string { return fmt.Sprintf("part-%06d", number) }

// keep runs a part and writes what comes of it to a file.
func (f *Folder) keep(name string, p Part) error {
	return f.write(name, func(w *bufio.Writer) error {
		return f.RunPart(p, func(e Emission) error { return writeEmission(w, e) })
	})
}

// write writes a file, which appears when it is whole.
func (f *Folder) write(name string, fill func(w *bufio.Writer) error) error {
	file, err := tempfile.Create(f.made, name, 0o666)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 256<<10)
	err = fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = tempfile.Sync(file)
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(file.Name(), f.path(name))
	}
	if err != nil {
		_ = tempfile.Remove(file.Name())
	}
	return err
}

func writeEmission(w *bufio.Writer, e Emission) error {
	head := append(binary.AppendUvarint(nil, uint64(len(e.Key))), e.Key...)
	if _, err := w.Write(binary.AppendUvarint(head, uint64(len(e.Data)))); err != nil {
		return err
	}
	_, err := w.Write(e.Data)
	return err
}

// emissions reads those in a file.
type emissions struct {
	file *os.File
	from *bufio.Reader
	size int64 // of the one whose key was read last, as long as its bytes were not
}

func openEmissions(name string) (*emissions, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &emissions{file: file, from: bufio.NewReaderSize(file, 64<<10)}, nil
}

// key returns the next key, and passes over the bytes of the one before; io.EOF behind the last.
func (e *emissions) key() (string, error) {
	if err := e.skip(); err != nil {
		return "", err
	}
	n, err := binary.ReadUvarint(e.from)
	if err != nil {
		return "", err
	}
	key := make([]byte, min(n, 64))
	if _, err = io.ReadFull(e.from, key); err == nil {
		var size uint64
		size, err = binary.ReadUvarint(e.from)
		e.size = int64(size)
	}
	if err != nil || len(key) < 2 || n != uint64(len(key)) || e.size < 0 {
		return "", errBroken
	}
	return string(key), nil
}

func (e *emissions) skip() error {
	inside := min(e.size, int64(e.from.Buffered()))
	_, _ = e.from.Discard(int(inside))
	rest := e.size - inside
	e.size = 0
	if rest == 0 {
		return nil
	}
	_, err := e.file.Seek(rest, io.SeekCurrent)
	e.from.Reset(e.file)
	return err
}

// data returns the bytes of the key that was read last.
func (e *emissions) data() ([]byte, error) {
	data := make([]byte, e.size)
	e.size = 0
	if _, err := io.ReadFull(e.from, data); err != nil {
		return nil, errBroken
	}
	return data, nil
}

func (e *emissions) close() { _ = e.file.Close() }

// report returns what is known of a part of which a file has the emissions.
func (f *Folder) report(name string) (r report, err error) {
	found := false
	err = f.eachReport(name, func(of report) { r, found = of, true })
	if err == nil && !found {
		err = fmt.Errorf("%s has no end", f.path(name))
	}
	return r, err
}

// eachReport calls see with what is known of each part of which a file has the emissions.
func (f *Folder) eachReport(name string, see func(report)) error {
	keys := &keyReader{folder: f, names: []string{name}, want: func(key string) bool { return isOf(ofPart, key) }}
	defer keys.close()
	for {
		data, err := keys.next()
		if err == io.EOF {
			return nil
		}
		var r report
		if err == nil {
			err = json.Unmarshal(data, &r)
		}
		if err != nil {
			return err
		}
		see(r)
	}
}

// reports returns what is known of all parts. It is an error when one of them has not run.
func (f *Folder) reports() ([]report, error) {
	list, has := make([]report, len(f.parts)), make([]bool, len(f.parts))
	see := func(r report) {
		if r.Number >= 0 && r.Number < int64(len(list)) {
			list[r.Number], has[r.Number] = r, true
		}
	}
	if f.all != "" {
		if err := f.eachReport(f.all, see); err != nil {
			return nil, err
		}
	}
	for i := range f.parts {
		if f.all == "" {
			if err := f.eachReport(partName(int64(i)), see); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
	}
	if first := slices.Index(has, false); first >= 0 {
		return nil, fmt.Errorf("part %d of %d has not run: mtpipe part %s %[1]d", first, len(has), f.dir)
	}
	return list, nil
}

// divided returns the error that says which files have to be read whole, since their parts do not fit together; nil when all do.
func divided(list []report) error {
	var e WholeError
	for i := range list {
		r := &list[i]
		fits := r.Failed == "" && (i == 0 || list[i-1].File != r.File || !r.Guessed || list[i-1].End == r.Begin)
		if !fits && (len(e.Files) == 0 || e.Files[len(e.Files)-1] != r.File) {
			e.Files = append(e.Files, r.File)
		}
	}
	if len(e.Files) == 0 {
		return nil
	}
	return &e
}

// Merge merges what the parts have made for a shard, unless that was done. When some files have to be read whole, which Finish
// does, nothing is merged.
func (f *Folder) Merge(shard int) error {
	if shard < 0 || shard >= f.Shards() {
		return fmt.Errorf("there is no shard %d: there are %d, from 0 on", shard, f.Shards())
	}
	list, err := f.reports()
	if err != nil || divided(list) != nil {
		return err
	}
	return f.merge(shard, f.sources(nil))
}

// Shards returns how many shards there are to be merged.
func (f *Folder) Shards() int {
	if !f.division.Combines() {
		return 0
	}
	return f.Spec.Shards
}

func mergedName(shard int) string { return fmt.Sprintf("merged-%04d", shard) }

// sources returns the files with the emissions of all parts, in order; of the files in whole those of a part that is the
// whole file.
func (f *Folder) sources(whole []string) (names []string) {
	if f.all != "" {
		return []string{f.all}
	}
	taken := make(map[string]bool)
	for _, w := range whole {
		taken[w] = true
	}
	last := ""
	for _, p := range f.parts {
		switch {
		case !taken[p.File]:
			names = append(names, partName(p.Number))
		case p.File != last || p.From == 0:
			names = append(names, wholeName(p.Number))
		}
		last = p.File
	}
	return names
}

func wholeName(number int64) string { return fmt.Sprintf("whole-%06d", number) }

// merge merges a shard of what the files have.
func (f *Folder) merge(shard int, sources []string) error {
	name := mergedName(shard)
	if _, err := os.Stat(f.path(name)); err == nil {
		return nil
	}
	r := &keyReader{folder: f, names: sources, want: func(key string) bool { return key == shardKey(shard) }}
	defer r.close()
	return f.write(name, func(w *bufio.Writer) error {
		return f.Job.Merge(shard, r.next, func(e Emission) error { return writeEmission(w, e) })
	})
}

// keyReader reads what stands under some keys in files, one after another.
type keyReader struct {
	folder *Folder
	names  []string
	want   func(key string) bool
	at     *emissions
	key    string // of what was read last
}

// next returns what stands under the next of the keys; io.EOF behind the last.
func (r *keyReader) next() ([]byte, error) {
	for {
		if r.at == nil {
			if len(r.names) == 0 {
				return nil, io.EOF
			}
			var err error
			if r.at, err = openEmissions(r.folder.path(r.names[0])); err != nil {
				return nil, err
			}
			r.names = r.names[1:]
		}
		key, err := r.at.key()
		switch {
		case err == io.EOF:
			r.close()
		case err != nil:
			return nil, fmt.Errorf("%s: %w", r.at.file.Name(), err)
		case r.want(key):
			r.key = key
			return r.at.data()
		}
	}
}

func (r *keyReader) close() {
	if r.at != nil {
		r.at.close()
		r.at = nil
	}
}
