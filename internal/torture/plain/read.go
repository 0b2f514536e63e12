package plain

import (
	"encoding/json"
	"errors"
	"strings"
)

// Garbage is what reading panics with when the text is not what the generator of data makes.
const Garbage = "garbage"

var (
	errWidth = errors.New("more or fewer fields than the header")
	errJSON  = errors.New("not JSON")
)

// Lines cuts a text into its lines; the last one may lack its newline.
func Lines(data string) (vs []Value) {
	for data != "" {
		line, rest, ended := strings.Cut(data, "\n")
		v := text(line)
		v.Open = !ended
		vs, data = append(vs, v), rest
	}
	return vs
}

// reading is the stage called name that reads values of its input; records that are wrong are
// told by what reads them.
func reading(name string, read func(add func(v Value, err error) bool, data string)) func(r *Run, data string) Stream {
	return func(r *Run, data string) Stream {
		var out Stream
		read(func(v Value, err error) bool {
			if err != nil {
				return !r.wrong(&out, err)
			}
			out.Values = append(out.Values, v)
			return true
		}, data)
		return out
	}
}

// Readers are what makes values of bytes, by the names of formats.
var Readers = map[string]func(r *Run, data string) Stream{
	"lines": func(_ *Run, data string) Stream { return Stream{Values: Lines(data)} },
	"csv":   reading("csv", readCSV),
	"tsv":   reading("tsv", readTSV),
	"jsonl": reading("jsonl", readJSONLines),
	"dkvp":  reading("dkvp", readDKVP),
	"nidx":  reading("nidx", readNIDX),
	"xtab":  reading("xtab", readXTAB),

	"markdown": reading("markdown", readMarkdown),
}

// readCSV reads what the generator writes: fields in quotes where they need them, lines with
// or without carriage returns, records with a wrong number of fields.
func readCSV(add func(Value, error) bool, data string) {
	data = strings.TrimPrefix(data, "\ufeff")
	var header []string
	var head string
	for data != "" {
		var fields []string
		var raw string
		fields, raw, data = cutRecord(data)
		if raw == "" || raw == "\r" {
			continue
		}
		if header == nil {
			header, head = fields, raw
			continue
		}
		if !addFields(add, header, fields, raw, "csv", head) {
			return
		}
	}
}

func addFields(add func(Value, error) bool, header, fields []string, raw, form, head string) bool {
	if len(fields) != len(header) {
		return add(Value{}, errWidth)
	}
	v := record()
	for i, f := range fields {
		x := text(f)
		x.Blank = f == ""
		v.Fields = append(v.Fields, Field{header[i], x})
	}
	v.Raw, v.Form, v.Head = raw, form, head
	return add(v, nil)
}

// cutRecord cuts the first record of CSV off.
func cutRecord(data string) (fields []string, raw, rest string) {
	at, whole := 0, data
	for {
		var field strings.Builder
		if strings.HasPrefix(data[at:], `"`) {
			for at++; at < len(data); at++ {
				if data[at] == '"' {
					if at++; at >= len(data) || data[at] != '"' {
						break
					}
				}
				field.WriteByte(data[at])
			}
			fields = append(fields, field.String())
			if data[at-1] != '"' {
				panic(Garbage)
			}
		} else {
			n := strings.IndexAny(data[at:], ",\n")
			if n < 0 {
				n = len(data) - at
			}
			f := data[at : at+n]
			if at += n; at >= len(data) || data[at] == '\n' {
				f = strings.TrimSuffix(f, "\r")
			}
			fields = append(fields, f)
		}
		if strings.HasPrefix(data[at:], "\r\n") || data[at:] == "\r" {
			at++
		}
		if at < len(data) && data[at] != ',' && data[at] != '\n' {
			panic(Garbage)
		}
		if at >= len(data) {
			return fields, whole[:at], ""
		}
		at++
		if data[at-1] == '\n' {
			return fields, whole[:at-1], data[at:]
		}
	}
}

var tsvEscapes = strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\r`, "\r", `\\`, `\`)

func readTSV(add func(Value, error) bool, data string) {
	var header []string
	var head string
	for _, l := range Lines(data) {
		line := strings.TrimSuffix(l.Spell, "\r")
		if line == "" && len(header) != 1 { // of one field, it is an empty one
			continue
		}
		fields := strings.Split(line, "\t")
		for i := range fields {
			fields[i] = tsvEscapes.Replace(fields[i])
		}
		if header == nil {
			header, head = fields, l.Spell
			continue
		}
		if !addFields(add, header, fields, l.Spell, "tsv", head) {
			return
		}
	}
}

func readJSONLines(add func(Value, error) bool, data string) {
	for _, l := range Lines(data) {
		s := strings.Trim(l.Spell, " \t\r")
		if s == "" {
			continue
		}
		v, err := ParseJSON(s)
		if v.Kind == Record {
			v.Raw, v.Form = s, "jsonl"
		}
		if !add(v, err) {
			return
		}
	}
}

// ParseJSON reads one value.
func ParseJSON(s string) (Value, error) {
	if !json.Valid([]byte(s)) {
		return Value{}, errJSON
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	return decode(d)
}

func decode(d *json.Decoder) (Value, error) {
	t, err := d.Token()
	if err != nil {
		return Value{}, err
	}
	switch t := t.(type) {
	case bool:
		return boolean(t), nil
	case string:
		return str(t), nil
	case json.Number:
		n, _ := parseNumber(string(t))
		n.Kind, n.Spell = Number, string(t)
		return n, nil
	case json.Delim:
		v := list(nil)
		if t == '{' {
			v = record()
		}
		for d.More() {
			var name Value
			if t == '{' {
				if name, err = decode(d); err != nil {
					return v, err
				}
			}
			x, err := decode(d)
			if err != nil {
				return v, err
			}
			if t == '{' {
				v = v.with(name.Spell, x)
			} else {
				v.List = append(v.List, x)
			}
		}
		_, err := d.Token()
		return v, err
	}
	return Value{}, nil
}

// Header returns the names in a CSV or TSV that is a header alone.
func Header(form, data string) (names []string, ok bool) {
	if form == "tsv" {
		line, rest, ended := strings.Cut(data, "\n")
		for _, cell := range strings.Split(line, "\t") {
			names = append(names, tsvEscapes.Replace(cell))
		}
		return names, ended && rest == ""
	}
	names, _, rest := cutRecord(data)
	return names, rest == ""
}
