// Package parquet reads and writes Parquet files for mtpipe, which runs the program of this module,
// mtpipe-parquet, beside itself: so the library that does the work adds nothing to the size and the
// start of mtpipe.
//
// What is read becomes lines of JSON: a list of the names of all columns and, on the same line, the first
// record, then a record a line.
package parquet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

	"github.com/parquet-go/parquet-go"
)

const (
	bufferSize   = 256 << 10 // of lines that are passed on together
	buffersAhead = 4         // of each row group that is read ahead
)

// Read writes the rows of a file to out: the names of all columns as a list, then each row as a record
// of those columns that are named, nil for all of them. Rows that come before what is wrong in a file are
// written.
func Read(from io.ReaderAt, size int64, names []string, out io.Writer) (err error) {
	defer recovered(&err)
	if err := checkFooter(from, size); err != nil {
		return broken(err)
	}
	f, err := parquet.OpenFile(from, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(bufferSize))
	if err != nil {
		return broken(err)
	}
	all := []string{}
	for _, c := range f.Root().Columns() {
		all = append(all, c.Name())
	}
	head, err := json.Marshal(all)
	if err != nil {
		return err
	}
	if _, err := out.Write(head); err != nil {
		return err
	}
	return readGroups(f, from, names, out)
}

// recovered makes an error of a panic: the library panics about some files that are broken.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = broken(fmt.Errorf("%v", r))
	}
}

func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	return fmt.Errorf("is no Parquet file, or a broken one: %w", err)
}

// readGroups writes the rows of all row groups. Some of them are read at a time, and written in order.
func readGroups(f *parquet.File, from io.ReaderAt, names []string, out io.Writer) error {
	groups := f.RowGroups()
	stop := make(chan struct{})
	var readers sync.WaitGroup
	defer readers.Wait()
	defer close(stop)
	buffers := &sync.Pool{New: func() any { b := make([]byte, 0, bufferSize+bufferSize/4); return &b }}
	queue := make(chan *groupReader, runtime.GOMAXPROCS(0)-1)
	readers.Go(func() {
		defer close(queue)
		for i, g := range groups {
			r := &groupReader{file: f, from: from, number: i, group: g, lines: make(chan *[]byte, buffersAhead), stop: stop, buffers: buffers}
			select {
			case queue <- r: // waits as long as enough others are at work
				readers.Go(func() { defer close(r.lines); r.err = r.read(names) })
			case <-stop:
				return
			}
		}
	})
	for r := range queue {
		for b := range r.lines {
			if _, err := out.Write(*b); err != nil {
				return err
			}
			*b = (*b)[:0]
			buffers.Put(b)
		}
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// groupReader reads a row group.
type groupReader struct {
	file    *parquet.File
	from    io.ReaderAt
	number  int // of the group
	group   parquet.RowGroup
	lines   chan *[]byte
	stop    chan struct{}
	buffers *sync.Pool
	err     error // valid when lines is closed
}

var errStopped = errors.New("stopped")

// read puts the rows into lines.
func (r *groupReader) read(names []string) (err error) {
	defer recovered(&err)
	columns, leaves, err := columnsOf(r.file.Root(), names)
	if err != nil {
		return err
	}
	if err := checkGroup(r.file, r.from, r.number, leaves); err != nil {
		return err
	}
	count, chunks := r.group.NumRows(), r.group.ColumnChunks()
	for _, c := range chunks {
		if c.NumValues() < count {
			return broken(fmt.Errorf("a column has %d values for %d rows", c.NumValues(), count))
		}
	}
	rows := &rows{}
	defer func() {
		for _, c := range rows.leaves {
			c.close()
		}
	}()
	for _, i := range leaves {
		rows.leaves = append(rows.leaves, newCursor(chunks[i]))
	}
	b := r.buffers.Get().(*[]byte)
	for range count {
		*b = append(rows.record(*b, columns), '\n')
		if len(*b) < bufferSize {
			continue
		}
		if err := rows.check(false); err != nil {
			return err
		}
		select {
		case r.lines <- b:
		case <-r.stop:
			return errStopped
		}
		b = r.buffers.Get().(*[]byte)
	}
	if err := rows.check(true); err != nil {
		return err
	}
	select {
	case r.lines <- b:
	case <-r.stop:
	}
	return nil
}

// check returns what has gone wrong. At the end, all values have to have been read.
func (r *rows) check(end bool) error {
	for _, c := range r.leaves {
		if end && !c.ended() && c.err == nil {
			return broken(errors.New("a column has more values than there are rows"))
		}
		if c.err != nil {
			return broken(c.err)
		}
	}
	return nil
}

// cursor goes through the values of a leaf.
type cursor struct {
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buffer []parquet.Value
	at     int
	over   bool
	err    error // what has gone wrong: the values after it are null
}

const cursorBuffer = 512

func newCursor(c parquet.ColumnChunk) *cursor {
	return &cursor{pages: c.Pages(), buffer: make([]parquet.Value, 0, cursorBuffer)}
}

// close frees what the cursor has.
func (c *cursor) close() {
	c.release()
	_ = c.pages.Close()
}

func (c *cursor) release() {
	if c.page != nil {
		parquet.Release(c.page)
		c.page = nil
	}
}

// noValue is what stands after the last value.
var noValue parquet.Value

// peek returns the value at which the cursor stands, until next is called.
func (c *cursor) peek() *parquet.Value {
	if c.at < len(c.buffer) {
		return &c.buffer[c.at]
	}
	if c.fill(); c.at < len(c.buffer) {
		return &c.buffer[c.at]
	}
	if c.err == nil {
		c.err = io.ErrUnexpectedEOF
	}
	return &noValue
}

// next goes to the next value, after peek has found one.
func (c *cursor) next() { c.at++ }

// ended reports whether no value is left.
func (c *cursor) ended() bool {
	if c.at >= len(c.buffer) {
		c.fill()
	}
	return c.at >= len(c.buffer)
}

// fill reads the next values.
func (c *cursor) fill() {
	c.buffer, c.at = c.buffer[:0], 0
	for len(c.buffer) == 0 && !c.over {
		if c.values == nil && !c.turn() {
			return
		}
		n, err := c.values.ReadValues(c.buffer[:cursorBuffer])
		c.buffer = c.buffer[:n]
		switch {
		case err == io.EOF:
			c.values = nil
		case err != nil:
			c.err, c.over = err, true
		case n == 0:
			c.err, c.over = io.ErrNoProgress, true
		}
	}
}

// turn goes to the next page, if there is one.
func (c *cursor) turn() bool {
	c.release()
	page, err := c.pages.ReadPage()
	if err != nil {
		c.over = true
		if err != io.EOF {
			c.err = err
		}
		return false
	}
	c.page, c.values = page, page.Values()
	return true
}
