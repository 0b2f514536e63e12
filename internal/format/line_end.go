package format

import "bytes"

// lineEnd is what the lines of a file end with, which its first one tells: newlines, with
// carriage returns before them or not, or carriage returns alone, as on an old Macintosh.
type lineEnd struct {
	newlines bool // nothing has to be done
	alone    bool // carriage returns are made newlines, where they stand outside of quotes

	at    int // how far the text was looked at
	field fieldPart
}

// fieldPart is where in a field a place is.
type fieldPart uint8

const (
	beforeField fieldPart = iota
	inField
	inQuotes
	afterQuote // one that closes the field, or the first of two
)

// findEnds makes newlines of the carriage returns that end records in data, if they do. It
// reports false when the text does not tell yet whether they do; ended says that no more comes.
func (c *csvCutter) findEnds(data []byte, ended bool) bool {
	e := &c.ends
	if c.options.odd != nil {
		e.newlines = true
		return true
	}
	if !c.begun && e.at == 0 {
		if len(data) < len(bom) && !ended && bytes.HasPrefix(bom, data) {
			return false
		}
		if bytes.HasPrefix(data, bom) {
			e.at = len(bom)
		}
	}
	for ; e.at < len(data); e.at++ {
		b := data[e.at]
		switch {
		case e.field == inQuotes:
			if b == '"' {
				e.field = afterQuote
			}
		case b == '"' && e.field == afterQuote:
			e.field = inQuotes
		case b == '"' && e.field == beforeField && c.quotes():
			e.field = inQuotes
		case b == c.options.delimiter:
			e.field = beforeField
		case b == '\n' && !e.alone:
			e.newlines = true
			return true
		case b == '\r' && !e.alone && e.at+1 == len(data) && !ended:
			return false
		case b == '\r' && !e.alone && e.at+1 < len(data) && data[e.at+1] == '\n':
			e.newlines = true
			return true
		case b == '\r':
			e.alone, data[e.at] = true, '\n'
			fallthrough
		case b == '\n':
			e.field = beforeField
		default:
			e.field = inField
		}
	}
	return e.alone || ended
}

// EndsAlone is implemented by cutters that change the ends of lines: then the lines of a file
// cannot be counted in it.
type EndsAlone interface{ EndsAlone() bool }

// EndsAlone reports whether lines end with carriage returns alone.
func (c *csvCutter) EndsAlone() bool { return c.ends.alone }
