package format

import (
	"bytes"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"mtpipe/value"
)

// jsonCodec is the format of RFC 8259. Numbers keep their spelling, keys their order; of a key
// that stands twice the last value counts.
type jsonCodec struct {
	name     string
	scanners sync.Pool
}

func newJSON(name string) *jsonCodec {
	return &jsonCodec{name: name, scanners: sync.Pool{New: func() any { return new(scanner) }}}
}

// Name returns json or jsonl.
func (c *jsonCodec) Name() string { return c.name }

// Parse finds the fields of r's rows, and before that the rows, if they are not there: each
// is a line, empty ones aside.
func (c *jsonCodec) Parse(r *value.Records) {
	s := c.scanners.Get().(*scanner)
	s.shape.trim()
	s.begin(r.Text)
	if len(r.Rows) > 0 {
		s.rows(r)
	} else {
		s.lines(r)
	}
	s.text = nil
	c.scanners.Put(s)
}

// lines reads a row from each line that is not empty.
func (s *scanner) lines(r *value.Records) {
	for start := 0; start < len(r.Text); {
		end := start + lineLength(r.Text[start:])
		s.text = r.Text[:end]
		if i := s.blanks(start); i < end {
			r.Rows = append(r.Rows, value.Row{})
			s.row(r, len(r.Rows)-1, i, start)
		}
		start = end + 1
	}
}

func lineLength(text []byte) int {
	if n := bytes.IndexByte(text, '\n'); n >= 0 {
		return n
	}
	return len(text)
}

// rows reads the rows of which it is known where they stand, but for those that are bad.
func (s *scanner) rows(r *value.Records) {
	known := r.Bad
	r.Bad = nil
	for i, row := range r.Rows {
		if len(known) > 0 && known[0].Row == i {
			r.Bad = append(r.Bad, known[0])
			known = known[1:]
			continue
		}
		s.text = r.Text[:row.Off+row.Len]
		s.row(r, i, int(row.Off), int(row.Off))
	}
}

// row makes row n of the value at i, with nothing but blanks behind it in s.text. The text
// of a bad row begins at start.
func (s *scanner) row(r *value.Records, n, i, start int) {
	row := &r.Rows[n]
	first := len(r.Fields)
	r.Fields = room(r.Fields, 16)
	*row = value.Row{Off: uint32(i), First: uint32(first)}
	end := i
	s.err = nil
	if s.text[i] == '{' {
		end, row.Shape = s.fields(r, i)
	} else {
		var kind value.FieldKind
		end, kind = s.value(i, 0)
		f := value.Field{Off: uint32(i), Len: uint32(end - i), Kind: kind}
		if kind == value.FieldString {
			f.Off, f.Len = f.Off+1, f.Len-2
		}
		r.Fields = append(r.Fields, f)
	}
	row.Len = uint32(end - i)
	if s.err == nil && end < len(s.text) {
		if k := s.blanks(end); k < len(s.text) {
			s.fail(k, errBehind)
		}
	}
	if s.err != nil {
		r.Fields = r.Fields[:first]
		*row = value.Row{Off: uint32(start), Len: uint32(len(s.text) - start)}
		r.Bad = append(r.Bad, value.RowError{Row: n, Off: s.at, Err: s.err})
	}
}

// Decode returns the value of a string with escapes, a list or a record.
func (c *jsonCodec) Decode(text []byte) value.Value {
	if text[0] == '"' {
		return unquote(text)
	}
	s := c.scanners.Get().(*scanner)
	s.begin(text)
	s.shape.trim()
	d := decoder{s: s}
	v, _ := d.value(0)
	s.text = nil
	c.scanners.Put(s)
	return v
}

// decoder makes values of JSON text that was found right before.
type decoder struct {
	s    *scanner
	vals []value.Value // of the lists and records that are being read
}

func (d *decoder) value(i int) (v value.Value, end int) {
	text := d.s.text
	switch text[i] {
	case '{':
		return d.record(i)
	case '[':
		return d.list(i)
	case '"':
		end, escaped := d.s.str(i + 1)
		if escaped {
			return unquote(text[i:end]), end
		}
		return value.String(value.Text(text[i+1 : end-1]).Str()), end
	}
	end, kind := d.s.value(i, 0)
	switch kind {
	case value.FieldTrue:
		return value.Bool(true), end
	case value.FieldFalse:
		return value.Bool(false), end
	case value.FieldNumber:
		return value.Number(value.Text(text[i:end]).Str()), end
	}
	return value.Null, end
}

func (d *decoder) list(i int) (v value.Value, end int) {
	mark := len(d.vals)
	for i = d.s.blanks(i + 1); d.s.text[i] != ']'; {
		v, end := d.value(i)
		d.vals = append(d.vals, v)
		if i = d.s.blanks(end); d.s.text[i] == ',' {
			i = d.s.blanks(i + 1)
		}
	}
	vals := append([]value.Value(nil), d.vals[mark:]...)
	d.vals = d.vals[:mark]
	return value.List(vals), i + 1
}

func (d *decoder) record(i int) (v value.Value, end int) {
	mark := len(d.vals)
	at := &d.s.shape.root
	for i = d.s.blanks(i + 1); d.s.text[i] != '}'; {
		k, _ := d.s.str(i + 1)
		at = d.s.shape.child(at, d.s.text[i:k], keyName)
		v, end := d.value(d.s.colon(k))
		d.vals = append(d.vals, v)
		if i = d.s.blanks(end); d.s.text[i] == ',' {
			i = d.s.blanks(i + 1)
		}
	}
	shape := at.of()
	vals := make([]value.Value, len(shape.Names()))
	for k, v := range d.vals[mark:] {
		if at.twice {
			k = at.findSlots()[k]
		}
		vals[k] = v
	}
	d.vals = d.vals[:mark]
	return value.Rec(value.NewRecord(shape, vals...)), i + 1
}

// unquote returns the text of a JSON string that is written correctly. Halves of surrogate
// pairs that stand alone become U+FFFD, as encoding/json has it.
func unquote(quoted []byte) value.Value {
	s := quoted[1 : len(quoted)-1]
	out := make([]byte, 0, len(s))
	for {
		n := bytes.IndexByte(s, '\\')
		if n < 0 {
			return value.String(value.Text(append(out, s...)).Str())
		}
		out = append(out, s[:n]...)
		c := s[n+1]
		s = s[n+2:]
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r := hex4(s)
			s = s[4:]
			if utf16.IsSurrogate(r) {
				pair := utf8.RuneError
				if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
					pair = utf16.DecodeRune(r, hex4(s[2:]))
				}
				if pair != utf8.RuneError {
					s = s[6:]
				}
				r = pair
			}
			out = utf8.AppendRune(out, r)
			continue
		}
		out = append(out, c)
	}
}

func keyName(key []byte) string { return string(unquote(key).Bytes()) }

func hex4(s []byte) rune {
	r := rune(0)
	for _, c := range s[:4] {
		if c |= 0x20; c >= 'a' {
			r = r<<4 | rune(c-'a'+10)
		} else {
			r = r<<4 | rune(c-'0')
		}
	}
	return r
}
