package format_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"mtpipe/internal/format"
)

var csvSeeds = []string{
	"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\n1,2", "a,b\r\n1,2\r", "a\n", "a", "", "\n\n", "\r\n", "\r", "\xef\xbb\xbfa,b\n1,2\n", "\xef\xbb\xbf\"a\",b\n1,2\n", "\n\xef\xbb\xbfa\n1\n", "\xef\xbb\xbf\xef\xbb\xbfa\n1",
	"\"a\",\"b\"\n\"1\",\"2\"\n", "a,b\n\"x\ny\",2\n3,4\n", "a,b\n\"x\r\ny\",2\r\n", "a,b\n\"q\"\"r\",\"\"\"\"\n\"\",\"\"\"\"\"\"\n", "a,b\n12\" monitor,2\n3,x\"y\"z\n",
	"a,b\n1\n1,2,3\n4,5\n", "a,b\n\"x\"y,2\n3,4\n", "a,b\n\"x\"\"y,2\n", "a,b\n1,\"open\n3,4\n", "a,,a\n1,2,3\n", "\"a\"b,c\n1,2\n", "\"open\n1,2\n", "a,b\n\n1,2\n\r\n3,4\n\n", ",\n,\n", "\"\"\n\"\"\n",
	"a,b\n\"1\"\r,2\r\n\"1\",\"2\"\r\n\"3\",\"4\"\r", "a\r,b\r\n1\r,\r\n", "a,b\n1,\x00\n\xff,\"\xfe\"\n", "a,b\n \"1\", 2\n",
}

// plainCSV is what CSV means here, said a byte at a time: where a field begins with a quote,
// it goes on to the next single one; everything else ends at a delimiter or a newline.
func plainCSV(text string, delimiter byte) (records [][]string, bad []bool) {
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	for i := 0; i < len(text); {
		if text[i] == '\n' || text[i] == '\r' && (i+1 == len(text) || text[i+1] == '\n') {
			i = strings.IndexByte(text[i:]+"\n", '\n') + i + 1
			continue
		}
		var record []string
		wrong := false
		for more := true; more; i++ {
			var field []byte
			if i < len(text) && text[i] == '"' {
				for i++; ; i++ {
					if i >= len(text) {
						wrong = true
						break
					}
					if text[i] == '"' {
						if i++; i >= len(text) || text[i] != '"' {
							break
						}
					}
					field = append(field, text[i])
				}
				behind := ""
				for ; i < len(text) && text[i] != delimiter && text[i] != '\n'; i++ {
					behind += text[i : i+1]
				}
				wrong = wrong || behind != "" && (behind != "\r" || i < len(text) && text[i] == delimiter)
			} else {
				for ; i < len(text) && text[i] != delimiter && text[i] != '\n'; i++ {
					field = append(field, text[i])
				}
				if i >= len(text) || text[i] == '\n' {
					field = bytes.TrimSuffix(field, []byte("\r"))
				}
			}
			record = append(record, string(field))
			more = i < len(text) && text[i] == delimiter
		}
		records, bad = append(records, record), append(bad, wrong)
	}
	return records, bad
}

// plainLineEnds makes newlines of the carriage returns outside of quotes, where the first line
// ends with one alone. A part in quotes is one that begins a field.
func plainLineEnds(text string, delimiter byte, quotes bool) string {
	d := regexp.QuoteMeta(string([]byte{delimiter}))
	field := regexp.MustCompile(`(?s)[^` + d + `\r\n]*(?:` + d + `|\r|\n|$)`)
	quoted := regexp.MustCompile(`(?s)^"(?:[^"]|"")*(?:"|$)`)
	mark := strings.HasPrefix(text, "\xef\xbb\xbf")
	var out strings.Builder
	if mark {
		out.WriteString(text[:3])
		text = text[3:]
	}
	alone := false
	for rest := text; rest != ""; {
		if quotes {
			q := quoted.FindString(rest)
			out.WriteString(q)
			rest = rest[len(q):]
		}
		f := field.FindString(rest)
		rest = rest[len(f):]
		if end := strings.TrimRight(f, "\n\r"); end != f && !alone {
			if strings.HasSuffix(f, "\n") || strings.HasPrefix(rest, "\n") {
				return out.String() + f + rest
			}
			alone = true
		}
		if alone {
			f = strings.Replace(f, "\r", "\n", 1)
		}
		out.WriteString(f)
	}
	return out.String()
}

// rowOf returns the fields of a row as its dump shows them, without their names.
func rowOf(fields []string) string {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString(dump(textOf(f)))
		b.WriteByte(' ')
	}
	return b.String()
}

var csvDelimiters = []byte{',', ';', '\t', '|', ' '}

// FuzzCSV compares the reader with a plain one, and that with encoding/csv where it accepts the
// text: it does not when a quote stands within a field that has not begun with one.
func FuzzCSV(f *testing.F) {
	for i, s := range csvSeeds {
		f.Add([]byte(s), uint64(i), uint8(i%3), false)
		f.Add([]byte(strings.ReplaceAll(s, ",", ";")), uint64(i), uint8(1), true)
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64, d uint8, noHeader bool) {
		checkCSV(t, string(b), seed, csvDelimiters[int(d)%len(csvDelimiters)], noHeader)
	})
}

// TestLongCSV is FuzzCSV with texts of some hundred bytes, which go through wide registers.
func TestLongCSV(t *testing.T) {
	pieces := []string{"a", "1", ",", ",", ",", "\n", "\n", "\r\n", "\r", "\"", "\"\"", "\"x\"", ",\"", "\",", "\"\n", "a longer text", "\x00", "é", "\n\n", "1,2,3\n", "1,2,3\n", "\"1\",2,3\n"}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 9))
		text := []string{"a,b,c\n", "a,b,c\n", "a,\"b\r\n\",c\r", "a,b,c\r"}[seed%4]
		kinds := 1 + r.IntN(len(pieces))
		for range r.IntN(200) {
			text += pieces[len(pieces)-1-r.IntN(kinds)]
		}
		checkCSV(t, text, seed, ',', seed%2 == 0)
	}
}

func checkCSV(t *testing.T, text string, seed uint64, delimiter byte, noHeader bool) {
	t.Helper()
	got := anyhow(t, func() format.Cutter {
		return format.NewCSV(delimiter, noHeader)
	}, text, seed)
	text = plainLineEnds(text, delimiter, true)
	records, bad := plainCSV(text, delimiter)
	compareWithLibrary(t, text, rune(delimiter), records)
	if len(records) == 0 {
		if len(got) > 0 {
			t.Fatalf("%q: got %v, want no rows", text, got)
		}
		return
	}
	width := len(records[0])
	if !noHeader && !bad[0] {
		records, bad = records[1:], bad[1:]
	}
	if len(got) != len(records) {
		t.Fatalf("%q: got %v, want the %d records %q", text, got, len(records), records)
	}
	for i, g := range got {
		if isBad := bad[i] || len(records[i]) != width; isBad != (g.err != "") {
			t.Fatalf("%q: got %v, want the record %q, bad: %t", text, g, records[i], isBad)
		}
		if g.err == "" && valuesOnly(g.dump) != rowOf(records[i]) {
			t.Fatalf("%q: got %v, want the record %q", text, g, records[i])
		}
	}
}

func compareWithLibrary(t *testing.T, text string, delimiter rune, records [][]string) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\xef\xbb\xbf")))
	r.Comma, r.FieldsPerRecord = delimiter, -1
	for i := 0; ; i++ {
		want, err := r.Read()
		if errors.Is(err, io.EOF) {
			if i != len(records) {
				t.Fatalf("%q: the plain reader has %q, encoding/csv %d records", text, records, i)
			}
			return
		}
		if err != nil {
			return
		}
		if i >= len(records) {
			t.Fatalf("%q: the plain reader has no record %q", text, want)
		}
		for k, f := range records[i] { // encoding/csv has \n for \r\n in fields
			if f = strings.ReplaceAll(f, "\r\n", "\n"); len(want) != len(records[i]) || f != want[k] {
				t.Fatalf("%q: the plain reader has %q, encoding/csv %q", text, records[i], want)
			}
		}
	}
}
