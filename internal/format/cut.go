package format

import (
	"bytes"
	"errors"
	"slices"

	"mtpipe/value"
)

// Cutter divides the text of one file into blocks of whole records.
type Cutter interface {
	// Cut returns the length of the part of data that holds whole records only; 0 asks for
	// more. Data begins with what the last call has left over, which is not looked at again;
	// ended says that nothing follows, so that all of data is taken.
	Cut(data []byte, ended bool) int
	// Batch returns the batch of the records in data, what Cut allowed. It takes over the
	// caller's hold on block. Nil says that there are none.
	Batch(block *value.Block, data []byte) *value.Batch
}

// lineEnds finds the end of the last whole line.
type lineEnds struct{ seen int }

func (c *lineEnds) Cut(data []byte, ended bool) int {
	if ended {
		return len(data)
	}
	if n := bytes.LastIndexByte(data[c.seen:], '\n'); n >= 0 {
		end := c.seen + n + 1
		c.seen = len(data) - end
		return end
	}
	c.seen = len(data)
	return 0
}

// errReturnWithin is of formats in whose lines a carriage return has no meaning but before a newline.
var errReturnWithin = errors.New(`a carriage return stands within the line; of lines that end with nothing else, lines --separator '\r' makes lines`)

// records is the cutter of a format in which each record is a line.
type records struct {
	lineEnds
	codec value.Codec
	begun bool
}

func (c *records) Batch(block *value.Block, data []byte) *value.Batch {
	if !c.begun {
		c.begun = true
		data = bytes.TrimPrefix(data, bom)
	}
	return value.NewRaw(block, data, c.codec)
}

// Heading is implemented by cutters of formats in which a header names the fields of all records.
type Heading interface {
	// Header returns these names; nil before the header was read, and when it is wrong.
	Header() []string
}

// Lines is implemented by cutters of formats whose records are lines, so that the parts of a
// file can be read in any order.
type Lines interface {
	// Part returns the batch of the lines in data, which are not all of the file. It takes over
	// the caller's hold on block. First says that the file begins with them. Any goroutine.
	Part(block *value.Block, data []byte, first bool) *value.Batch
}

// Chained is implemented by cutters of formats in which only the end of one record tells
// where the next begins. All but Begin may be called from any goroutine.
type Chained interface {
	// Begin reads what stands before the first record and returns its length; -1 when it is not
	// all in data.
	Begin(data []byte) int
	// Whole returns the length of the part of data, which begins with a record, that holds
	// whole records only.
	Whole(data []byte) int
	// First returns the length of the first record in data, -1 when it is not all there.
	First(data []byte) int
	// Part returns the batch of the records in data. It takes over the caller's hold on block.
	Part(block *value.Block, data []byte) *value.Batch
	// Guess returns where a record probably begins in data, which begins anywhere in the text
	// after the header; -1 when data does not tell. Sure says that more text would hardly tell
	// something else. Whoever asks has to check it.
	Guess(data []byte) (at int, sure bool)
}

func (c *records) Part(block *value.Block, data []byte, first bool) *value.Batch {
	if first {
		data = bytes.TrimPrefix(data, bom)
	}
	return value.NewRaw(block, data, c.codec)
}

// Overlong returns where the first record begins in data that is longer than limit, besides
// the newline at its end, and -1 when there is none. Cut has said that the first whole bytes of
// data are whole records; what follows is the beginning of one. The records from there on
// are given up.
func Overlong(c Cutter, data []byte, whole, limit int) int {
	switch c := c.(type) {
	case *jsonCutter:
		return c.overlong(data, whole, limit)
	case *documentCutter:
		if len(data)-whole > limit {
			return whole
		}
		return c.overlong(data[:whole], limit)
	case Chained:
		at := 0
		for len(data)-at > limit && at < whole {
			n := c.First(data[at:whole])
			if n < 0 {
				n = whole - at + 1
			}
			if n-1 > limit {
				return at
			}
			at = min(at+n, whole)
		}
		if len(data)-at > limit {
			return at
		}
		return -1
	}
	return LongLine(data, limit)
}

// LongLine returns where the first line of text begins that is longer than limit, besides its
// newline, and -1 when there is none.
func LongLine(text []byte, limit int) int {
	for start := 0; len(text)-start > limit; {
		i := bytes.IndexByte(text[start:], '\n')
		if i < 0 || i > limit {
			return start
		}
		start += i + 1
	}
	return -1
}

// RecordName returns what messages call the records that c finds.
func RecordName(c Cutter) string {
	switch c.(type) {
	case *jsonCutter:
		return "a value"
	case *documentCutter:
		return "a document"
	case Chained:
		return "a record"
	}
	return "a line"
}

// takeRows takes the rows that are there already from r, for a Parse that looks at all of
// the text.
func takeRows(r *value.Records) []value.Row {
	if len(r.Rows) == 0 {
		return nil
	}
	rows := slices.Clone(r.Rows)
	r.Rows, r.Fields = r.Rows[:0], r.Fields[:0]
	return rows
}

// keepRows leaves only those of r's rows that were there before, if any were.
func keepRows(r *value.Records, before []value.Row) {
	if before == nil {
		return
	}
	kept := r.Rows[:0]
	for _, row := range r.Rows {
		if len(before) > 0 && row.Off == before[0].Off {
			kept, before = append(kept, row), before[1:]
		}
	}
	r.Rows = kept
}

// bom is what some programs write at the beginning of a file in UTF-8.
var bom = []byte("\xef\xbb\xbf")
