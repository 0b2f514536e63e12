package format_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

func textOf(s string) value.Value { return value.TextOf(s) }

// valuesOnly returns the values of a record of texts from its dump, a blank behind each.
func valuesOnly(dump string) string {
	var b strings.Builder
	dump = strings.TrimSuffix(strings.TrimPrefix(dump, "{"), "}")
	for dump != "" {
		_, dump = quotedPrefix(dump)
		dump = strings.TrimPrefix(dump, "=text")
		var v string
		v, dump = quotedPrefix(dump)
		b.WriteString("text" + v + " ")
		dump = strings.TrimPrefix(dump, " ")
	}
	return b.String()
}

// namesOnly returns the names of a record of texts from its dump.
func namesOnly(dump string) string {
	var names []string
	dump = strings.TrimSuffix(strings.TrimPrefix(dump, "{"), "}")
	for dump != "" {
		var n string
		n, dump = quotedPrefix(dump)
		n, _ = strconv.Unquote(n)
		names = append(names, n)
		_, dump = quotedPrefix(strings.TrimPrefix(dump, "=text"))
		dump = strings.TrimPrefix(dump, " ")
	}
	return strings.Join(names, " ")
}

func itoa(i int) string { return strconv.Itoa(i) }

// quotedPrefix cuts a quoted text off.
func quotedPrefix(s string) (quoted, rest string) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i+1], s[i+1:]
		}
	}
	return s, ""
}

// fields cuts a text into names and records of as many values.
func fields(text string) (names []string, rows [][]string) {
	first, rest, _ := strings.Cut(text, "\x1e")
	seen := map[string]bool{"": true}
	for name := range strings.SplitSeq(first, "\x1f") {
		if !seen[name] {
			names = append(names, name)
			seen[name] = true
		}
	}
	for row := range strings.SplitSeq(rest, "\x1e") {
		vals := append(strings.Split(row, "\x1f"), make([]string, len(names))...)
		rows = append(rows, vals[:len(names)])
	}
	return names, rows
}

// write returns what a writer makes of records, and which of them it took.
func write(w format.Writer, names []string, rows [][]string) (text string, taken [][]string) {
	var dst []byte
	shape := value.NewShape(names...)
	for _, row := range rows {
		vals := make([]value.Value, len(row))
		for i, v := range row {
			vals[i] = value.TextOf(v)
		}
		var err error
		if dst, err = w.Append(dst, value.Rec(value.NewRecord(shape, vals...))); err == nil {
			taken = append(taken, row)
		}
	}
	return string(format.End(dst, w)), taken
}

// readBack wants what was written to be what was meant.
func readBack(t *testing.T, open func() format.Cutter, text string, seed uint64, names []string, rows [][]string) {
	t.Helper()
	got := anyhow(t, open, text, seed)
	if len(got) != len(rows) {
		t.Fatalf("%q: got %v, want the records %q", text, got, rows)
	}
	shape := value.NewShape(names...)
	for i, row := range rows {
		vals := make([]value.Value, len(row))
		for k, v := range row {
			vals[k] = value.TextOf(v)
		}
		if want := dump(value.Rec(value.NewRecord(shape, vals...))); got[i].dump != want {
			t.Fatalf("%q: got %v, want %s", text, got[i], want)
		}
	}
}

var roundTripSeeds = []string{
	"a\x1fb\x1e1\x1f2\x1e3\x1f4", "a\x1e\x1e", "a\x1fb\x1ex\ty\x1f\\n\n\r\\\x1e\"q\"\x1f=\x1e \x1f x", "ä\x1f世\x1e\xff\x1f\x00\x7f\x1e\u00a0\x1f\u2028", "a b\x1f=\x1f\"\x1e1\x1f2\x1f3",
	"a\x1fb\x1e\\t\x1ftrue\x1enull\x1f\\\"", "a\x1fb\x1e1,2\x1f\"\x1e\"\"\x1f\r\n",
}

// FuzzWrittenCSV reads what the writer of CSV has written.
func FuzzWrittenCSV(f *testing.F) {
	for i, s := range roundTripSeeds {
		f.Add(s, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		names, rows := fields(text)
		if len(names) == 0 || strings.HasPrefix(names[0], "\xef\xbb\xbf") { // a byte order mark at the beginning is none of the name
			return
		}
		out, rows := write(format.New("csv", format.Screen{}), names, rows)
		readBack(t, func() format.Cutter { return format.NewCSV(',', false) }, out, seed, names, rows)
	})
}

// FuzzWrittenTSV reads what the writer of TSV has written.
func FuzzWrittenTSV(f *testing.F) {
	for i, s := range roundTripSeeds {
		f.Add(s, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		names, rows := fields(text)
		if len(names) < 2 || strings.HasPrefix(names[0], "\xef\xbb\xbf") { // a line of one empty field would be none
			return
		}
		out, rows := write(format.New("tsv", format.Screen{}), names, rows)
		readBack(t, func() format.Cutter { return format.NewTSV(false) }, out, seed, names, rows)
	})
}

// FuzzTSV compares the reader with lines cut at tabs.
func FuzzTSV(f *testing.F) {
	for i, s := range csvSeeds {
		f.Add(strings.ReplaceAll(s, ",", "\t"), uint64(i), i%5 == 0)
	}
	f.Add("a\\tb\tc\\\\\n\\x\t\\\n\\r\\n\t\\\\n\n", uint64(1), false)
	unescape := strings.NewReplacer(`\t`, "\t", `\n`, "\n", `\r`, "\r", `\\`, `\`)
	f.Fuzz(func(t *testing.T, text string, seed uint64, noHeader bool) {
		got := anyhow(t, func() format.Cutter {
			return format.NewTSV(noHeader)
		}, text, seed)
		width := 0
		text = plainLineEnds(text, '\t', false)
		lines := strings.Split(strings.TrimPrefix(text, "\xef\xbb\xbf"), "\n")
		if last := len(lines) - 1; lines[last] == "" {
			lines = lines[:last]
		}
		for _, line := range lines {
			if line = strings.TrimSuffix(line, "\r"); line == "" && width != 1 { // with one field, it is empty
				continue
			}
			row := strings.Split(line, "\t")
			if width == 0 {
				if width = len(row); !noHeader {
					continue
				}
			}
			if len(got) == 0 {
				t.Fatalf("%q: got no row for the line %q", text, line)
			}
			for i := range row {
				row[i] = unescape.Replace(row[i])
			}
			if (len(row) != width) != (got[0].err != "") || got[0].err == "" && valuesOnly(got[0].dump) != rowOf(row) {
				t.Fatalf("%q: got %v for the line %q", text, got[0], line)
			}
			got = got[1:]
		}
		if len(got) > 0 {
			t.Fatalf("%q: got more rows than lines: %v", text, got)
		}
	})
}

// FuzzWrittenLogfmt reads what the writer of logfmt has written, where it takes the names.
func FuzzWrittenLogfmt(f *testing.F) {
	for i, s := range roundTripSeeds {
		f.Add(s, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		names, rows := fields(text)
		if len(names) == 0 || strings.HasPrefix(names[0], "\xef\xbb\xbf") {
			return
		}
		out, rows := write(format.New("logfmt", format.Screen{}), names, rows)
		readBack(t, format.CutterOf("logfmt"), out, seed, names, rows)
	})
}

// FuzzLogfmt wants lines to be read for themselves: a good one is found whatever stands beside
// it, and its text, read alone, gives the same. What was read can be written and read again.
func FuzzLogfmt(f *testing.F) {
	for i, s := range []string{
		"a=1 b=x\n", `a="x y" b= c`, `a="q\"r\n\u00e9" b="\ud83d\ude00\/"`, "=1", `a="open`, `a="x"y b=1`, "a=1 a=2 b=3 a=4", "\n \n", "a b=c=d ==", "a\x00b=1\t\x7f=2\r\n", "\xef\xbb\xbfa=1", "\xff=\xff", `a="\x"`, `a="\`, "a=\"\t\"",
	} {
		f.Add([]byte(s), uint64(i))
	}
	f.Fuzz(func(t *testing.T, text []byte, seed uint64) {
		got := anyhow(t, format.CutterOf("logfmt"), string(text), seed)
		for line := range bytes.SplitSeq(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte{'\n'}) {
			if len(bytes.Trim(line, "\x00\x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")) == 0 {
				continue
			}
			if len(got) == 0 {
				t.Fatalf("%q: got no row for the line %q", text, line)
			}
			alone := whole(t, format.CutterOf("logfmt")(), "\n"+string(line)) // behind a newline a byte order mark is text
			if len(alone) != 1 || alone[0].dump != got[0].dump || alone[0].err != got[0].err || got[0].raw != string(line) {
				t.Fatalf("%q: got %v for the line %q, and %v for it alone", text, got[0], line, alone)
			}
			got = got[1:]
		}
		if len(got) > 0 {
			t.Fatalf("%q: got more rows than lines: %v", text, got)
		}
	})
}
