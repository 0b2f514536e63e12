package plain

import (
	"errors"
	"strings"
)

var errHeader = errors.New("a field that the header lacks")

// Print writes values in a format: "" for text, jsonl, json, csv or tsv.
func Print(r *Run, form string, in Stream) (string, Stream) {
	switch form {
	case "csv", "tsv":
		return printTable(r, form, in)
	case "json":
		return printArray(in), in
	}
	var b strings.Builder
	for i, v := range in.Values {
		switch {
		case form == "jsonl":
			b.WriteString(v.JSON())
		default:
			b.WriteString(v.Text())
		}
		if !v.Open || form != "" || i+1 < len(in.Values) {
			b.WriteByte('\n')
		}
	}
	return b.String(), in
}

func printArray(in Stream) string {
	if len(in.Values) == 0 {
		return "[]\n"
	}
	var parts []string
	for _, v := range in.Values {
		parts = append(parts, v.JSON())
	}
	return "[\n" + strings.Join(parts, ",\n") + "\n]\n"
}

// asRecord returns what stands in a table for a value that is no record.
func asRecord(v Value) Value {
	if v.Kind == Record {
		return v
	}
	return record(Field{"value", v})
}

func printTable(r *Run, form string, in Stream) (string, Stream) {
	var b strings.Builder
	var header []string
	for _, v := range in.Values {
		rec := asRecord(v)
		if header == nil {
			header = []string{}
			for _, f := range rec.Fields {
				header = append(header, f.Name)
			}
			if rec.Raw != "" && rec.Form == form {
				b.WriteString(rec.Head + "\n")
			} else {
				b.WriteString(row(form, header) + "\n")
			}
		}
		cells, err := cellsOf(rec, header)
		if err != nil {
			if r.wrong(&in, err) {
				return b.String(), in
			}
			continue
		}
		if rec.Raw != "" && rec.Form == form && sameNames(rec, header) {
			b.WriteString(rec.Raw + "\n")
			continue
		}
		b.WriteString(row(form, cells) + "\n")
	}
	return b.String(), in
}

func sameNames(rec Value, header []string) bool {
	if len(rec.Fields) != len(header) {
		return false
	}
	for i, f := range rec.Fields {
		if f.Name != header[i] {
			return false
		}
	}
	return true
}

func cellsOf(rec Value, header []string) (cells []string, err error) {
	for _, f := range rec.Fields {
		if !contains(header, f.Name) {
			return nil, errHeader
		}
	}
	for _, n := range header {
		v, _ := rec.get(n)
		cells = append(cells, v.Text())
	}
	return cells, nil
}

func row(form string, cells []string) string {
	if len(cells) == 1 && cells[0] == "" && form == "csv" {
		return `""` // an empty line is no row
	}
	var parts []string
	for _, c := range cells {
		switch {
		case form == "tsv":
			c = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(c)
		case strings.ContainsAny(c, ",\"\r\n"):
			c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
		}
		parts = append(parts, c)
	}
	return strings.Join(parts, map[string]string{"csv": ",", "tsv": "\t"}[form])
}
