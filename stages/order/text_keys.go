package order

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"mtpipe/internal/ordering"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// textKeys is the options of sort that compare parts of texts.
type textKeys struct {
	Parts     []textKey `opt:"k,key" help:"a part of the text to compare: FIELD[.BYTE][,FIELD[.BYTE]] with letters of options"`
	Separator string    `opt:"t,field-separator" help:"the character between fields of -k; \\t is a tab"`
	Month     bool      `opt:"M,month" help:"compare the names of months at the beginning"`
}

// textKey is a part of a text and how it is compared.
type textKey struct {
	from, to textPlace
	own      string // letters of options; without any, those of sort hold
}

// textPlace is a place in a text: a field and a byte in it, both counted from 1.
type textPlace struct {
	field, byte int  // the byte is 0 for the end of the field
	blanks      bool // pass over the blanks at the beginning of the field
}

const keyLetters = "nrhVMfbdi"

// SetArg reads the key.
func (k *textKey) SetArg(text string, _ func(string) (string, bool)) error {
	first, second, both := strings.Cut(text, ",")
	var err error
	if k.from, err = k.place(first); err == nil && k.from.byte == 0 {
		k.from.byte = 1
		if strings.Contains(first, ".") {
			err = errors.New("counts bytes from 1")
		}
	}
	k.to = textPlace{field: math.MaxInt}
	if err == nil && both {
		k.to, err = k.place(second)
	}
	if err != nil {
		return fmt.Errorf("must be a key such as 2,2n or 1.3,1.5: %s %w", syntax.Quote(text), err)
	}
	orders := 0
	for _, letter := range "nhVM" {
		orders += min(1, strings.Count(k.own, string(letter)))
	}
	if orders > 1 {
		return fmt.Errorf("must have one of the letters n, h, V and M, not %s", syntax.Quote(k.own))
	}
	return nil
}

// place reads FIELD[.BYTE][LETTERS].
func (k *textKey) place(text string) (p textPlace, err error) {
	numbers := strings.TrimRight(text, keyLetters)
	letters := text[len(numbers):]
	k.own += letters
	p.blanks = strings.Contains(letters, "b")
	field, at, has := strings.Cut(numbers, ".")
	if p.field, err = strconv.Atoi(field); err != nil || p.field < 1 || field[0] == '+' {
		return p, errors.New("has no field, which is counted from 1")
	}
	if has {
		if p.byte, err = strconv.Atoi(at); err != nil || p.byte < 0 || at[0] == '+' {
			return p, errors.New("has no number of a byte")
		}
	}
	return p, nil
}

// asText reports whether parts of texts are compared.
func (a *sortArgs) asText() bool {
	return len(a.Parts) > 0 || a.Month && len(a.Keys)+len(a.By) == 0
}

// checkSeparator wants one character.
func (a *sortArgs) checkSeparator() error {
	if a.Separator != "" && len(syntax.Unescape(a.Separator)) != 1 {
		return &pipeline.ArgError{Arg: "t", Err: fmt.Errorf("-t must be one character of ASCII, not %s", syntax.Quote(a.Separator))}
	}
	return nil
}

// letters returns the options of sort as those of a key.
func (a *sortArgs) letters() string {
	own := ""
	for letter, set := range map[string]bool{"n": a.Numeric, "h": a.Human, "V": a.Version, "f": a.FoldCase, "r": a.Reverse, "M": a.Month} {
		if set {
			own += letter
		}
	}
	return own
}

// texts returns the keys with the options that hold for each.
func (a *sortArgs) texts() []textKey {
	if len(a.Parts) == 0 { // the whole text
		return []textKey{{from: textPlace{field: 1, byte: 1}, to: textPlace{field: math.MaxInt}, own: a.letters()}}
	}
	list := make([]textKey, len(a.Parts))
	for i, k := range a.Parts {
		if k.own == "" {
			k.own = a.letters()
		}
		list[i] = k
	}
	return list
}

// orderOfText returns how the parts are compared, and at last the whole text.
func (a *sortArgs) orderOfText() (keys []ordering.Key) {
	for _, k := range a.texts() {
		mode := ordering.Plain
		switch {
		case strings.Contains(k.own, "n"):
			mode = ordering.ByNumber
		case strings.Contains(k.own, "h"):
			mode = ordering.ByHuman
		case strings.Contains(k.own, "V"):
			mode = ordering.ByVersion
		}
		keys = append(keys, ordering.Key{Mode: mode, Descending: strings.Contains(k.own, "r")})
	}
	if a.comparesAll() {
		keys = append(keys, ordering.Key{Mode: ordering.Plain, Descending: a.Reverse})
	}
	return keys
}

// comparesAll reports whether texts whose parts are equal are compared by all their bytes.
func (a *sortArgs) comparesAll() bool { return !a.Stable && !a.Unique }

// keyCutter cuts keys out of texts.
type keyCutter struct {
	keys      []textKey
	separator int // -1 for blanks
	all       bool
}

func (a *sortArgs) cutter() *keyCutter {
	c := &keyCutter{keys: a.texts(), separator: -1, all: a.comparesAll()}
	if s := syntax.Unescape(a.Separator); s != "" {
		c.separator = int(s[0])
	}
	return c
}

// columns returns the keys of the rows of b.
func (c *keyCutter) columns(b *value.Batch) []*value.Column {
	n := len(c.keys)
	if c.all {
		n++
	}
	columns := make([]*value.Column, n)
	for i := range columns {
		columns[i] = &value.Column{Values: make([]value.Value, 0, b.Len())}
	}
	if b.Form() == value.FormRecords {
		b.ToValues()
	}
	for v := range b.Look() {
		var text []byte
		if v.IsText() {
			text = v.Bytes()
		} else {
			text = v.AppendText(nil)
		}
		for i := range c.keys {
			columns[i].Values = append(columns[i].Values, value.Text(c.cut(&c.keys[i], text)))
		}
		if c.all {
			columns[n-1].Values = append(columns[n-1].Values, value.Text(text))
		}
	}
	return columns
}

// cut returns the part of the text that k compares.
func (c *keyCutter) cut(k *textKey, text []byte) []byte {
	start := c.begin(k.from, text)
	part := text[start:max(start, c.end(k.to, text))]
	for _, letter := range []byte(k.own) {
		switch letter {
		case 'M':
			return []byte{monthNumber(part)}
		case 'f':
			part = capitals(part)
		case 'd':
			part = only(part, func(b byte) bool { return isBlank(b) || isLetter(b) || '0' <= b && b <= '9' })
		case 'i':
			part = only(part, func(b byte) bool { return ' ' <= b && b <= '~' })
		}
	}
	return part
}

// begin returns where a key begins.
func (c *keyCutter) begin(p textPlace, text []byte) int {
	i := 0
	for n := p.field - 1; n > 0 && i < len(text); n-- {
		if i = c.fieldEnd(text, i); c.separator >= 0 && i < len(text) {
			i++
		}
	}
	if p.blanks {
		i = passBlanks(text, i)
	}
	return min(len(text), i+p.byte-1)
}

// end returns where a key ends.
func (c *keyCutter) end(p textPlace, text []byte) int {
	if p.byte == 0 {
		i := 0
		for n := p.field; n > 0 && i < len(text); n-- {
			if i = c.fieldEnd(text, i); c.separator >= 0 && i < len(text) && n > 1 {
				i++
			}
		}
		return i
	}
	return c.begin(textPlace{field: p.field, byte: p.byte + 1, blanks: p.blanks}, text)
}

// fieldEnd returns where the field ends that begins at i.
func (c *keyCutter) fieldEnd(text []byte, i int) int {
	if c.separator >= 0 {
		if n := bytes.IndexByte(text[i:], byte(c.separator)); n >= 0 {
			return i + n
		}
		return len(text)
	}
	for i = passBlanks(text, i); i < len(text) && !isBlank(text[i]); i++ {
	}
	return i
}

func passBlanks(text []byte, i int) int {
	for i < len(text) && isBlank(text[i]) {
		i++
	}
	return i
}

func isBlank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' }

func isLetter(b byte) bool { return b|0x20-'a' < 26 }

// capitals returns text with capitals for the small letters of ASCII.
func capitals(text []byte) []byte {
	text = bytes.Clone(text)
	for i, b := range text {
		if 'a' <= b && b <= 'z' {
			text[i] = b - 'a' + 'A'
		}
	}
	return text
}

// only returns the bytes of text that are wanted.
func only(text []byte, wanted func(byte) bool) []byte {
	list := make([]byte, 0, len(text))
	for _, b := range text {
		if wanted(b) {
			list = append(list, b)
		}
	}
	return list
}

// monthNumber returns 1 to 12 for a text that begins with the name of a month, 0 for others.
func monthNumber(text []byte) byte {
	text = text[passBlanks(text, 0):]
	if len(text) < 3 {
		return 0
	}
	const months = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"
	name := strings.ToUpper(string(text[:3]))
	for i := 0; i < len(months); i += 3 {
		if months[i:i+3] == name {
			return byte(i/3 + 1)
		}
	}
	return 0
}

// monthsOf returns columns with the numbers of months for their names.
func monthsOf(columns []*value.Column) []*value.Column {
	list := make([]*value.Column, len(columns))
	for i, c := range columns {
		list[i] = &value.Column{Values: make([]value.Value, len(c.Values))}
		for k, v := range c.Values {
			list[i].Values[k] = value.Int(int64(monthNumber(v.AppendText(nil))))
		}
	}
	return list
}
