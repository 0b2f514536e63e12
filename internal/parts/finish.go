package parts

import (
	"bufio"
	"bytes"
	"container/heap"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Finish puts together what all parts have made, runs the stages that follow, and writes what comes of them. Shards that were
// not merged are merged here, and files that have to be read whole are read here.
func (f *Folder) Finish() error {
	list, err := f.reports()
	if err != nil {
		return err
	}
	var whole *WholeError
	if errors.As(divided(list), &whole) {
		if f.all != "" {
			return whole
		}
		if list, err = f.runWhole(list, whole.Files); err != nil {
			return err
		}
	}
	var files []string
	if whole != nil {
		files = whole.Files
	}
	sources := f.sources(files)
	if f.division.Writes() {
		return f.writeText(list, sources)
	}
	next := f.values(sources)
	if f.division.Combines() {
		for shard := range f.Shards() {
			if f.merged {
				break
			}
			if err := f.merge(shard, sources); err != nil {
				return err
			}
		}
		results, err := f.results()
		if err != nil {
			return err
		}
		defer results.close()
		next = results.next
	}
	return f.division.Finish(next, doneOf(list))
}

// runWhole runs the parts that are whole files, and returns the reports with theirs.
func (f *Folder) runWhole(list []report, files []string) ([]report, error) {
	var all []report
	last := ""
	for i, p := range f.parts {
		begins := p.File != last || p.From == 0
		last = p.File
		if !slices.Contains(files, p.File) {
			all = append(all, list[i])
			continue
		}
		if !begins {
			continue
		}
		p.From, p.To, p.Whole = 0, p.Size, true
		name := wholeName(p.Number)
		if _, err := os.Stat(f.path(name)); err != nil {
			if err := f.keep(name, p); err != nil {
				return nil, err
			}
		}
		r, err := f.report(name)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// writeText writes the text of all parts. Where it does not fit together, all is run in one place: that tells why.
func (f *Folder) writeText(list []report, sources []string) error {
	var headers [][]byte
	open := make(map[int64]bool)
	for i := range list {
		if list[i].Unfit {
			return f.division.RunInOne()
		}
		headers, open[list[i].Number] = append(headers, list[i].Header), list[i].Open
	}
	header, same := pipeline.SameHeader(headers)
	if !same {
		return f.division.RunInOne()
	}
	r := &keyReader{folder: f, names: sources, want: func(key string) bool { return isOf(ofText, key) }}
	defer r.close()
	some := false
	before := int64(-1) // the part of the text before
	err := f.division.WriteText(func() ([]byte, error) {
		text, err := r.next()
		if err != nil {
			return nil, err
		}
		part, err := numberOf(r.key)
		if err != nil {
			return nil, errBroken
		}
		if open[before] && part != before {
			text = append([]byte{'\n'}, text...)
		}
		if before = part; !some {
			some, text = true, append(header, text...)
		}
		return text, nil
	})
	if err != nil {
		return err
	}
	if some {
		return f.division.Note(doneOf(list))
	}
	return f.division.Finish(func() (*value.Batch, error) { return nil, io.EOF }, doneOf(list))
}

// doneOf returns what is known of all parts.
func doneOf(list []report) []pipeline.PartDone {
	parts := make([]pipeline.PartDone, len(list))
	for i := range list {
		parts[i] = list[i].PartDone
	}
	return parts
}

// batchRows is how many values are handed on together.
const batchRows = 1024

// values returns what gives the values that the parts have put.
func (f *Folder) values(sources []string) func() (*value.Batch, error) {
	r := &keyReader{folder: f, names: sources, want: func(key string) bool { return isOf(ofValues, key) }}
	var c chunk
	return func() (*value.Batch, error) {
		b := value.NewValues(batchRows)
		for b.Len() < batchRows {
			_, v, err := c.next()
			if err == io.EOF {
				if b.Len() > 0 {
					break // whose text is that of one chunk
				}
				data, err := r.next()
				if err != nil {
					r.close()
					return nil, err
				}
				c = chunk{rest: data}
				continue
			}
			if err != nil {
				return nil, err
			}
			b.Add(v)
		}
		return b, nil
	}
}

// results is those of all shards, merged by their places.
type results struct{ shards []*shardResults }

// shardResults is those of a shard, in order, with the one that comes next.
type shardResults struct {
	keys  *keyReader
	chunk chunk
	place []byte
	v     value.Value
}

func (s *shardResults) next() (err error) {
	for {
		if s.place, s.v, err = s.chunk.next(); err != io.EOF {
			return err
		}
		data, err := s.keys.next()
		if err != nil {
			return err
		}
		s.chunk = chunk{rest: data}
	}
}

// results opens the results of all shards.
func (f *Folder) results() (*results, error) {
	r := new(results)
	for shard := range f.Shards() {
		name, prefix := mergedName(shard), resultPrefix(shard)
		if f.merged {
			name = f.all
		}
		s := &shardResults{keys: &keyReader{folder: f, names: []string{name}, want: func(key string) bool { return strings.HasPrefix(key, prefix) }}}
		switch err := s.next(); {
		case err == io.EOF:
		case err != nil:
			r.close()
			return nil, err
		default:
			r.shards = append(r.shards, s)
		}
	}
	heap.Init(r)
	return r, nil
}

func (r *results) Len() int           { return len(r.shards) }
func (r *results) Less(i, k int) bool { return bytes.Compare(r.shards[i].place, r.shards[k].place) < 0 }
func (r *results) Swap(i, k int)      { r.shards[i], r.shards[k] = r.shards[k], r.shards[i] }

// Push adds a shard.
func (r *results) Push(x any) { r.shards = append(r.shards, x.(*shardResults)) }

// Pop removes the last shard.
func (r *results) Pop() any {
	last := r.shards[len(r.shards)-1]
	r.shards = r.shards[:len(r.shards)-1]
	return last
}

// next returns the next results in order.
func (r *results) next() (*value.Batch, error) {
	b := value.NewValues(batchRows)
	for b.Len() < batchRows && len(r.shards) > 0 {
		s := r.shards[0]
		b.Add(s.v)
		switch err := s.next(); {
		case err == io.EOF:
			s.keys.close()
			heap.Pop(r)
		case err != nil:
			return nil, err
		default:
			heap.Fix(r, 0)
		}
	}
	if b.Len() == 0 {
		return nil, io.EOF
	}
	return b, nil
}

func (r *results) close() {
	for _, s := range r.shards {
		s.keys.close()
	}
}

// FinishLines is Finish for emissions of all parts that next returns, in the order of their keys, and io.EOF behind the last: those of
// the parts, or what MergeKey has made of them. Scratch is a directory for temporary files. Where a file has to be read whole, the
// error is a *WholeError.
func (f *Folder) FinishLines(scratch string, next func() (Emission, error)) error {
	f.made, f.all = scratch, "all"
	last, merged := "", false
	err := f.write(f.all, func(w *bufio.Writer) error {
		for {
			e, err := next()
			if err == io.EOF {
				return nil
			}
			if err == nil && e.Key < last {
				err = fmt.Errorf("%s comes after %s: what the parts have made has to be in the order of the keys, as LC_ALL=C sort puts it", e.Key, last)
			}
			if err != nil {
				return err
			}
			last, merged = e.Key, merged || isOf(ofResult, e.Key)
			if err := writeEmission(w, e); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	f.merged = merged
	return f.Finish()
}
