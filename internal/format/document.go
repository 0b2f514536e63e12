package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"mtpipe/value"
)

// document is a reader of whole documents, which a library makes values of. They become JSON, a
// value a line, that stands where its document stood: in the same line.
type document struct {
	name   string
	begins func(line []byte) bool                     // a line that begins a document; nil when a file is one
	read   func(w *documentWriter, text []byte) error // writes what the document has
}

// documentError is an error at a line of a document, the first of which is 1. Column 0 is not known.
type documentError struct {
	line, column int
	err          error
}

func (e *documentError) Error() string { return e.err.Error() }

// documentCutter cuts one file.
type documentCutter struct {
	d    *document
	seen int // how much of what was left over was looked at: up to the beginning of a line
}

// Cut finds the beginning of the last document.
func (c *documentCutter) Cut(data []byte, ended bool) int {
	if ended {
		return len(data)
	}
	if c.d.begins == nil {
		return 0
	}
	whole := lastLine(data, c.seen, func(at, end int) bool { return at > 0 && c.d.begins(data[at:end]) }, false)
	c.seen = max(whole, bytes.LastIndexByte(data, '\n')+1) - whole
	return whole
}

// Batch makes JSON of the documents in data.
func (c *documentCutter) Batch(block *value.Block, data []byte) *value.Batch {
	w := &documentWriter{codec: &documentCodec{Codec: newJSON("jsonl"), errs: make(map[int]*documentError)}}
	data = bytes.TrimPrefix(data, bom)
	for at := 0; at < len(data); {
		next := c.next(data, at)
		w.first, w.source = w.line, data[at:next]
		w.begin = len(w.out)
		if err := c.d.read(w, data[at:next]); err != nil {
			w.fail(err)
		}
		w.first += bytes.Count(data[at:next], newline)
		w.to(w.first)
		at = next
	}
	origin := block.Origin()
	block.Release()
	if len(bytes.TrimSpace(w.out)) == 0 {
		return nil
	}
	made := value.NewBlock(w.out)
	made.SetOrigin(origin)
	return value.NewRaw(made, w.out, w.codec)
}

// next returns where the document ends that begins at a place.
func (c *documentCutter) next(data []byte, at int) int {
	if c.d.begins == nil {
		return len(data)
	}
	for at += lineLength(data[at:]) + 1; at < len(data); at += lineLength(data[at:]) + 1 {
		if c.d.begins(data[at : at+lineLength(data[at:])]) {
			return at
		}
	}
	return len(data)
}

// documentWriter takes the values of documents as JSON.
type documentWriter struct {
	out    []byte
	codec  *documentCodec
	line   int    // that is written, from 0
	first  int    // of the document
	begin  int    // of the document's values in out
	source []byte // the document's text
}

// to goes on in a line, or in the next one when there is a value in it.
func (w *documentWriter) to(line int) {
	for w.line < line {
		w.out = append(w.out, '\n')
		w.line++
	}
}

// value begins a value that stands in a line of the document, from 1.
func (w *documentWriter) value(line int) {
	if len(w.out) > 0 && w.out[len(w.out)-1] != '\n' {
		w.to(w.line + 1)
	}
	w.to(w.first + line - 1)
}

// fail leaves the line that has an error in place of the document's values that are still to come.
func (w *documentWriter) fail(err error) {
	var e *documentError
	if !errors.As(err, &e) {
		e = &documentError{1, 0, err}
	}
	lines := bytes.Split(w.source, newline)
	n := min(max(e.line, 1), len(lines))
	line := bytes.TrimSuffix(lines[n-1], []byte{'\r'})
	w.value(n)
	w.codec.errs[len(w.out)] = &documentError{n, min(e.column, len(line)), e.err}
	w.out = append(w.out, line...)
	if text := bytes.TrimSpace(line); len(text) == 0 || json.Valid(text) {
		w.out = append(w.out, '!') // it is to be no JSON
	}
}

// maxGrowth is how much more a document may become than its text, by references to parts of it.
const maxGrowth, minGrowth = 100, 1 << 20

// check wants what a document has become to be of a size that fits its text's.
func (w *documentWriter) check() error {
	if n := len(w.out) - w.begin; n > maxGrowth*len(w.source)+minGrowth {
		return fmt.Errorf("its references make more than %d times its size of it", maxGrowth)
	}
	return nil
}

func (w *documentWriter) text(s string) { w.out = value.String(s).AppendJSON(w.out) }

// documentCodec is the codec of the JSON that was made, which knows what is wrong in the lines
// of a document that could not be read.
type documentCodec struct {
	value.Codec
	errs map[int]*documentError // by the place of the line
}

// Parse finds the values, and puts the errors in their places.
func (c *documentCodec) Parse(r *value.Records) {
	c.Codec.Parse(r)
	for i := range r.Bad {
		bad := &r.Bad[i]
		start := int(r.Rows[bad.Row].Off)
		if e := c.errs[start]; e != nil {
			bad.Err, bad.Off = e.err, start+max(e.column-1, 0)
		}
	}
}

// overlong returns where the first document begins that is longer than limit; -1 when there is none.
func (c *documentCutter) overlong(data []byte, limit int) int {
	for at := 0; len(data)-at > limit; {
		next := c.next(data, at)
		if next-at > limit {
			return at
		}
		at = next
	}
	return -1
}
