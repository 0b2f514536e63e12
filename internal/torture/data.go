package torture

import (
	"fmt"
	"strconv"
	"strings"

	"mtpipe/internal/torture/plain"
)

// formats are those in which random data is made.
var formats = []string{"lines", "lines", "csv", "csv", "tsv", "jsonl", "jsonl", "dkvp", "nidx", "xtab", "markdown"}

// Data is an input: its bytes, its format, and what generators may name of it.
type Data struct {
	Format string
	Text   string
	Names  []string // of fields that every record has, but for JSON
}

func pick[T any](c *Case, list ...T) T { return list[c.IntN(len(list))] }

// oneIn reports true once in n.
func (c *Case) oneIn(n int) bool { return c.IntN(n) == 0 }

var fieldNames = []string{"a", "b", "c", "k", "name", "n1", "count", "x y", "é", "value", "A"}

// names returns some names, all of them different.
func (c *Case) names() (names []string) {
	for _, i := range c.Perm(len(fieldNames))[:1+c.IntN(5)] {
		names = append(names, fieldNames[i])
	}
	return names
}

var (
	oddWords = []string{"", "a", "b", "ab", "é", "Zoë", "ß", "x,y", `q"q`, `"`, "a b", " a", "b ", "\t", "null", "true", "NaN", "0x1f", "1e5", "1E5", "12e345", "-", ".", "+1",
		"007", "7", "7.0", "-0", "0", "1_000", "inf", "日本", "\u00a0", "\\", `\n`, "{a}", "$x", "a=b", "[1,2]", "#", "--", "''", "\x00"}
	numerals = []string{"0", "1", "2", "3", "10", "-1", "7", "7.0", "7.50", "0.1", "-2.5", "100", "1e3", "1e-7", "9007199254740993", "9223372036854775807", "9223372036854775808",
		"123456789012345678901234567890", "0.30000000000000004", "1.7976931348623157e308", "5e-324"}
)

// cell returns a text of a column of a kind: 0 small numbers, 1 odd numbers, 2 few words, 3 odd
// words, 4 all of it.
func (c *Case) cell(kind int) string {
	switch kind {
	case 0:
		return strconv.Itoa(c.IntN(10) - 2)
	case 1:
		return pick(c, numerals...)
	case 2:
		return pick(c, "a", "b", "tea", "cup", "ab")
	case 3:
		return pick(c, oddWords...)
	}
	if c.oneIn(4) {
		return ""
	}
	return c.cell(c.IntN(4))
}

// rows returns how many records or lines there are.
func (c *Case) rows() int {
	switch c.IntN(6) {
	case 0:
		return c.IntN(3)
	case 1:
		return 200 + c.IntN(2000)
	}
	return c.IntN(60)
}

// data returns a random input.
func (c *Case) data() Data {
	d := Data{Format: pick(c, formats...)}
	switch d.Format {
	case "lines":
		d.Text = c.lines()
	case "jsonl":
		d.Names = c.names()
		d.Text = c.jsonLines(d.Names)
	case "csv", "tsv":
		d.Names = c.names()
		d.Text = c.table(d)
	default:
		d.Names = c.names()
		d.Text = textOf[d.Format](c, &d)
	}
	return d
}

// end is how the lines of an input end, and whether the last one does.
func (c *Case) end(text string) string {
	if c.oneIn(8) {
		text = strings.TrimSuffix(text, "\n")
	}
	return text
}

func (c *Case) lines() string {
	var b strings.Builder
	kind := c.IntN(7)
	for range c.rows() {
		switch kind {
		case 5: // words
			for i := range c.IntN(5) {
				if i > 0 {
					b.WriteString(pick(c, " ", " ", "  ", "\t", ","))
				}
				b.WriteString(c.cell(2 + c.IntN(2)))
			}
		case 6: // bytes
			for range c.IntN(12) {
				if x := byte(c.IntN(256)); x != '\n' {
					b.WriteByte(x)
				}
			}
			if c.oneIn(200) {
				b.WriteString(strings.Repeat("long ", c.IntN(30_000)))
			}
		default:
			b.WriteString(c.cell(kind))
		}
		if kind == 3 && c.oneIn(20) {
			b.WriteByte('\r')
		}
		b.WriteByte('\n')
	}
	return c.end(b.String())
}

// table returns CSV or TSV.
func (c *Case) table(d Data) string {
	kinds := make([]int, len(d.Names))
	for i := range kinds {
		kinds[i] = c.IntN(5)
	}
	eol := "\n"
	if c.oneIn(6) {
		eol = "\r\n"
	}
	ragged := c.oneIn(10)
	var b strings.Builder
	if d.Format == "csv" && c.oneIn(10) {
		b.WriteString("\ufeff")
	}
	row := func(cells []string, twice bool) {
		for i, cell := range cells {
			if i > 0 {
				b.WriteString(map[string]string{"csv": ",", "tsv": "\t"}[d.Format])
			}
			b.WriteString(c.written(d.Format, cell, twice))
		}
		b.WriteString(eol)
	}
	row(d.Names, false)
	for range c.rows() {
		var cells []string
		for _, k := range kinds {
			cells = append(cells, c.cell(k))
		}
		if len(cells) == 1 && (cells[0] == "" || cells[0] == "\r") {
			cells[0] = "0" // an empty line is no record
		}
		if ragged && c.oneIn(30) {
			cells = append(cells, "more")
		}
		row(cells, true)
	}
	if text := b.String(); c.oneIn(8) {
		return strings.TrimSuffix(text, eol)
	}
	return b.String()
}

// written returns a cell as it stands in a file; twice lets it have more lines than one.
func (c *Case) written(format, cell string, twice bool) string {
	if format == "tsv" {
		return strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`).Replace(cell)
	}
	if twice && c.oneIn(15) {
		cell += "\n" + cell
	}
	if strings.ContainsAny(cell, ",\"\n\r") || c.oneIn(10) {
		return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	return cell
}

func (c *Case) jsonLines(names []string) string {
	var b strings.Builder
	odd := c.oneIn(5)
	kinds := make([]int, len(names))
	for i := range kinds {
		kinds[i] = c.IntN(6)
	}
	for range c.rows() {
		if odd && c.oneIn(15) {
			b.WriteString(pick(c, "1", `"a"`, "null", "[1,2]", "", "  ", "{}", "{bad", `{"a":1}x`) + "\n")
			continue
		}
		var parts []string
		for i, n := range names {
			if !odd || !c.oneIn(10) {
				parts = append(parts, strconv.Quote(n)+":"+pick(c, "", "", " ")+c.json(kinds[i]))
			}
		}
		if odd && c.oneIn(4) {
			c.Shuffle(len(parts), func(i, k int) { parts[i], parts[k] = parts[k], parts[i] })
		}
		b.WriteString("{" + strings.Join(parts, pick(c, ",", ",", ", ")) + "}\n")
	}
	return c.end(b.String())
}

// json returns a value of JSON: 0 small numbers, 1 odd numbers, 2 few words, 3 odd words, 4
// all of it, 5 nested.
func (c *Case) json(kind int) string {
	switch kind {
	case 0:
		return c.cell(0)
	case 1:
		return pick(c, pick(c, numerals...), "-0", "1.50", "1E5")
	case 2, 3:
		b := plain.Value{Kind: plain.String, Spell: c.cell(kind)}
		return b.JSON()
	case 4:
		return pick(c, "null", "true", "false", `""`, c.json(c.IntN(4)), c.json(5))
	}
	switch c.IntN(5) {
	case 0:
		return "[]"
	case 1:
		return "{}"
	case 2:
		return fmt.Sprintf(`{"a":%s,"b":%s}`, c.json(c.IntN(5)), c.json(c.IntN(3)))
	}
	var parts []string
	for range c.IntN(4) {
		parts = append(parts, c.json(c.IntN(4)))
	}
	return "[" + strings.Join(parts, ",") + "]"
}
