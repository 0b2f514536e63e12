package format

import (
	"bytes"

	"mtpipe/value"
)

// oddCSV says what a reader of CSV has to look at besides what RFC 4180 has. It goes through the
// text byte by byte.
type oddCSV struct {
	delimiter []byte
	comment   []byte // a line that begins with it is no record; nil for none
	lazy      bool   // blanks stand around quotes, and quotes within quoted fields
}

// oddField is a field as it was found: where its text stands, and whether quotes are doubled in it.
type oddField struct {
	from, to int
	doubled  bool
	err      error
}

// passed returns the place after the empty lines and comments from at on. It reports false when
// text does not tell where they end.
func (o *oddCSV) passed(text []byte, at int, ended bool) (int, bool) {
	for at < len(text) {
		rest := text[at:]
		end := bytes.IndexByte(rest, '\n')
		switch {
		case isEmpty(rest[:max(end, 0)]) && end >= 0:
		case o.comment != nil && bytes.HasPrefix(rest, o.comment):
		case o.comment != nil && !ended && bytes.HasPrefix(o.comment, rest), !ended && end < 0 && isEmpty(rest):
			return at, false
		case ended && end < 0 && isEmpty(rest):
			return len(text), true
		default:
			return at, true
		}
		if end < 0 && !ended {
			return at, false
		}
		if end < 0 {
			return len(text), true
		}
		at += end + 1
	}
	return at, true
}

// record returns the fields of the record at a place, where its text ends, and where the next one
// may begin. It reports false when text does not tell where the record ends.
func (o *oddCSV) record(text []byte, at int, ended bool, fields []oddField) (list []oddField, end, next int, whole bool) {
	for {
		f, after, ok := o.field(text, at, ended)
		if !ok {
			return fields, 0, 0, false
		}
		fields = append(fields, f)
		switch {
		case after >= len(text):
			return fields, after, after, ended
		case text[after] == '\n':
			end = after
			if end > 0 && text[end-1] == '\r' && end > f.from {
				end--
			}
			return fields, end, after + 1, true
		}
		at = after + len(o.delimiter)
	}
}

// field returns the field at a place, and where the delimiter or newline after it stands.
func (o *oddCSV) field(text []byte, at int, ended bool) (f oddField, after int, ok bool) {
	start := at
	if o.lazy {
		start = o.afterBlanks(text, at)
	}
	if start < len(text) && text[start] == '"' {
		return o.quoted(text, start, ended)
	}
	after = o.end(text, at)
	if after == len(text) && !ended {
		return f, 0, false
	}
	to := after
	if to > at && text[to-1] == '\r' && (after == len(text) || text[after] == '\n') {
		to--
	}
	return oddField{from: at, to: to}, after, true
}

// quoted returns the field whose opening quote stands at a place.
func (o *oddCSV) quoted(text []byte, start int, ended bool) (f oddField, after int, ok bool) {
	f.from = start + 1
	for i := start + 1; ; i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			if ended {
				f.to, f.err = len(text), errOpenQuote
			}
			return f, len(text), ended
		}
		i += n
		if i+1 == len(text) && !ended {
			return f, 0, false
		}
		if i+1 < len(text) && text[i+1] == '"' {
			f.doubled = true
			i++
			continue
		}
		f.to = i
		after = i + 1
		if o.lazy {
			after = o.afterBlanks(text, after)
		}
		if bytes.HasPrefix(text[after:], []byte("\r\n")) || ended && string(text[after:]) == "\r" {
			after++
		}
		switch {
		case after == len(text):
			return f, after, ended
		case text[after] == '\n' || bytes.HasPrefix(text[after:], o.delimiter):
			return f, after, true
		case !ended && len(text)-after < max(2, len(o.delimiter)):
			return f, 0, false
		case o.lazy:
			continue // a quote within the field
		}
		f.err = errAfterQuote
		after = o.end(text, i+1)
		return f, after, ended || after < len(text)
	}
}

// afterBlanks returns the first place from at on where neither a blank nor a tab stands, or a delimiter does.
func (o *oddCSV) afterBlanks(text []byte, at int) int {
	for at < len(text) && (text[at] == ' ' || text[at] == '\t') && !bytes.HasPrefix(text[at:], o.delimiter) {
		at++
	}
	return at
}

// end returns where the first delimiter or newline stands from at on.
func (o *oddCSV) end(text []byte, at int) int {
	end := at + lineLength(text[at:])
	if n := bytes.Index(text[at:end], o.delimiter); n >= 0 {
		return at + n
	}
	return end
}

// cut returns how much of data is whole records, comments and empty lines, from a place on where
// one begins.
func (o *oddCSV) cut(data []byte, at int) int {
	for {
		begin, ok := o.passed(data, at, false)
		if !ok || begin == len(data) {
			return begin
		}
		_, _, next, ok := o.record(data, begin, false, nil)
		if !ok {
			return begin
		}
		at = next
	}
}

// oddRows finds the records that a quick look does not find.
func (p *csvParser) oddRows() {
	o, r := p.c.odd, p.r
	var fields []oddField
	for at := 0; ; {
		begin, _ := o.passed(r.Text, at, true)
		if begin >= len(r.Text) {
			return
		}
		list, end, next, _ := o.record(r.Text, begin, true, fields[:0])
		fields = list
		p.oddRow(begin, end, list)
		if p.first {
			return
		}
		at = next
	}
}

// oddRow adds the record from begin to end.
func (p *csvParser) oddRow(begin, end int, list []oddField) {
	first := len(p.r.Fields)
	p.row, p.count = begin, len(list)
	for _, of := range list {
		f := value.Field{Off: uint32(of.from), Len: uint32(of.to - of.from)}
		if of.doubled {
			f.Kind = value.FieldEncoded
		}
		if of.err != nil {
			p.fail(of.from-1, of.err)
		}
		p.r.Fields = append(p.r.Fields, f)
	}
	p.addRow(begin, end, first)
}
