package torture

import (
	"fmt"
	"strconv"
	"strings"
)

// textOf are the makers of data in formats of text without quotes.
var textOf = map[string]func(c *Case, d *Data) string{
	"dkvp": (*Case).dkvp, "nidx": (*Case).nidx, "xtab": (*Case).xtab, "markdown": (*Case).markdown,
}

// sheet is names and rows of cells in which some letters do not stand. In a loose one, a row may
// lack cells, which are then false in has.
type sheet struct {
	names []string
	rows  [][]string
	has   [][]bool
	loose bool
	eol   string
}

// sheet makes one; in words, what is empty or has blanks is a word instead.
func (c *Case) sheet(names []string, never string, words bool) *sheet {
	s := &sheet{names: names, loose: c.oneIn(5), eol: pick(c, "\n", "\n", "\n", "\n", "\r\n")}
	kinds := make([]int, len(names))
	for i := range kinds {
		kinds[i] = c.IntN(5)
	}
	for range c.rows() {
		cells, has := make([]string, len(names)), make([]bool, len(names))
		for i, k := range kinds {
			cells[i] = without(c.cell(k), never)
			if words && cells[i] == "" {
				cells[i] = "-"
			}
			has[i] = !s.loose || !c.oneIn(6)
		}
		s.rows, s.has = append(s.rows, cells), append(s.has, has)
	}
	return s
}

// without returns text without the letters of never.
func without(text, never string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(never, r) {
			return -1
		}
		return r
	}, text)
}

// joined joins lines, perhaps after a byte order mark, and perhaps without the last end.
func (c *Case) joined(lines []string, eol string) string {
	text := strings.Join(lines, eol) + eol
	if len(lines) == 0 {
		text = ""
	}
	if c.oneIn(10) {
		text = "\ufeff" + text
	}
	if c.oneIn(8) {
		text = strings.TrimSuffix(text, eol)
	}
	return text
}

func (c *Case) dkvp(d *Data) string {
	s := c.sheet(d.Names, ",\r\n", false)
	var lines []string
	for i, row := range s.rows {
		var fields []string
		for k, cell := range row {
			switch {
			case !s.has[i][k]:
			case s.loose && c.oneIn(20):
				fields = append(fields, pick(c, "", "=", "=x", "7", "word", s.names[k]+"=1"), s.names[k]+"="+cell)
			default:
				fields = append(fields, s.names[k]+"="+cell)
			}
		}
		lines = append(lines, strings.Join(fields, ","))
	}
	return c.joined(lines, s.eol)
}

func (c *Case) nidx(d *Data) string {
	for i := range d.Names {
		d.Names[i] = strconv.Itoa(i + 1)
	}
	s := c.sheet(d.Names, " \t\r\n", true)
	var lines []string
	for i, row := range s.rows {
		line := pick(c, "", "", "", "  ", "\t")
		for k, cell := range row {
			if s.has[i][k] {
				line += cell + pick(c, " ", " ", "   ", "\t")
			}
		}
		if !c.oneIn(4) {
			line = strings.TrimRight(line, " \t")
		}
		lines = append(lines, line)
	}
	return c.joined(lines, s.eol)
}

func (c *Case) xtab(d *Data) string {
	for i, n := range d.Names {
		d.Names[i] = strings.ReplaceAll(n, " ", "_")
	}
	s := c.sheet(d.Names, "\r\n", false)
	var lines []string
	for i, row := range s.rows {
		for range pick(c, 0, 1, 1, 1, 3) * min(i, 1) {
			lines = append(lines, pick(c, "", "", " ", "\t "))
		}
		for k, cell := range row {
			if s.loose && c.oneIn(60) {
				lines = append(lines, " without a name")
			}
			if s.has[i][k] {
				lines = append(lines, s.names[k]+pick(c, " ", "  ", "\t", "      ")+strings.TrimLeft(cell, " \t"))
			}
		}
	}
	return c.joined(lines, s.eol)
}

func (c *Case) markdown(d *Data) string {
	s := c.sheet(d.Names, "\r", false)
	var lines []string
	head := func(names []string) {
		var rule []string
		for range names {
			rule = append(rule, pick(c, "-", "---", ":--", "--:", ":-:"))
		}
		lines = append(lines, c.mdRow(names), c.mdRow(rule))
	}
	for range c.IntN(3) {
		lines = append(lines, pick(c, "Text.", "", "# A title", "a | bar", "```\n| x |\n| - |\n```"))
	}
	lines = append(lines, "")
	head(s.names)
	for _, row := range s.rows {
		switch {
		case s.loose && c.oneIn(20): // the table once more, or one with other names
			lines = append(lines, pick(c, "", "Text between."))
			if head(s.names); c.oneIn(4) {
				lines = append(lines, "")
				head(append([]string{"other"}, s.names...))
				lines = append(lines, "| 1 |", "")
				head(s.names)
			}
		case s.loose && c.oneIn(20):
			row = append(row, "more")
		case s.loose && c.oneIn(10):
			row = row[:1+c.IntN(len(row))]
		}
		lines = append(lines, c.mdRow(row))
	}
	if c.oneIn(3) {
		lines = append(lines, pick(c, "", "The end."))
	}
	return c.joined(strings.Split(strings.Join(lines, "\n"), "\n"), s.eol)
}

// mdRow returns a row of a table; the bars at its ends may be left out where that tells the same.
func (c *Case) mdRow(cells []string) string {
	var list []string
	for _, cell := range cells {
		cell = strings.NewReplacer("|", `\|`, "\n", pick(c, "<br>", "<br/>"), "&", "&amp;", "<", "&lt;", "\"", pick(c, `"`, "&quot;")).Replace(cell)
		if inner := strings.Trim(cell, " \t"); inner != cell {
			cell = strings.NewReplacer(" ", "&#32;", "\t", "&#9;").Replace(cell)
		}
		list = append(list, pick(c, "", " ", "  ")+cell+pick(c, " ", "  ", "\t"))
	}
	row := strings.Join(list, "|")
	if len(list) > 1 && c.oneIn(4) && strings.Trim(list[0], " \t") != "" && strings.Trim(list[len(list)-1], " \t") != "" {
		return row
	}
	return fmt.Sprintf("|%s|", row)
}
