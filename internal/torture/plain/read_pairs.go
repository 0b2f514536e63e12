package plain

import (
	"errors"
	"strconv"
	"strings"
)

var (
	errNoName     = errors.New("a line without a name")
	errOtherTable = errors.New("a table with other names")
)

// textLines returns the lines of a text without a byte order mark and carriage returns.
func textLines(data string) (lines []string) {
	for _, l := range Lines(strings.TrimPrefix(data, "\ufeff")) {
		lines = append(lines, strings.TrimSuffix(l.Spell, "\r"))
	}
	return lines
}

func untyped(s string) Value {
	v := text(s)
	v.Blank = s == ""
	return v
}

func readDKVP(add func(Value, error) bool, data string) {
	for _, line := range textLines(data) {
		v, n := record(), 0
		for _, part := range strings.Split(line, ",") {
			if part == "" {
				continue
			}
			n++
			name, x, named := strings.Cut(part, "=")
			if !named {
				name, x = "", part
			}
			if name == "" {
				name = strconv.Itoa(n)
			}
			v = v.with(name, untyped(x))
		}
		if n > 0 && !add(v, nil) {
			return
		}
	}
}

func readNIDX(add func(Value, error) bool, data string) {
	for _, line := range textLines(data) {
		v := record()
		for i, word := range strings.FieldsFunc(line, isBlank) {
			v.Fields = append(v.Fields, Field{strconv.Itoa(i + 1), text(word)})
		}
		if len(v.Fields) > 0 && !add(v, nil) {
			return
		}
	}
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

func readXTAB(add func(Value, error) bool, data string) {
	v, begun, wrong := record(), false, error(nil)
	for _, line := range append(textLines(data), "") {
		at := strings.IndexFunc(line, isBlank)
		switch {
		case strings.TrimLeft(line, " \t") == "":
			if begun && !add(v, wrong) {
				return
			}
			v, begun, wrong = record(), false, nil
			continue
		case at == 0:
			wrong = errNoName
		case at < 0:
			v = v.with(line, untyped(""))
		default:
			v = v.with(line[:at], untyped(strings.TrimLeft(line[at:], " \t")))
		}
		begun = true
	}
}

// mdTexts are what stands in cells for other letters.
var mdTexts = strings.NewReplacer(`\|`, "|", "<br>", "\n", "<br/>", "\n", "&amp;", "&", "&lt;", "<", "&quot;", `"`, "&#32;", " ", "&#9;", "\t")

// mdCells returns the cells of a line.
func mdCells(line string) (cells []string) {
	line = strings.TrimPrefix(strings.Trim(line, " \t"), "|")
	if !strings.HasSuffix(line, "|") || strings.HasSuffix(line, `\|`) {
		line += " |"
	}
	cell := ""
	for i := range len(line) {
		if line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			cells, cell = append(cells, mdTexts.Replace(strings.Trim(cell, " \t"))), ""
		} else {
			cell += line[i : i+1]
		}
	}
	return cells
}

// readMarkdown reads tables: a line of names, one of dashes, and the lines with bars after them.
func readMarkdown(add func(Value, error) bool, data string) {
	var names, head []string // of the first table, and of the one at hand
	fenced, before := false, ""
	for _, line := range textLines(data) {
		last := before
		if before = line; strings.HasPrefix(line, "```") {
			fenced, head = !fenced, nil
			continue
		}
		cells := mdCells(line)
		switch {
		case fenced:
		case !strings.Contains(line, "|"):
			head = nil
		case head != nil:
			if strings.Join(head, "|") != strings.Join(names, "|") {
				continue
			}
			if len(cells) > len(names) {
				if !add(Value{}, errWidth) {
					return
				}
				continue
			}
			v := record()
			for i, n := range names {
				x := ""
				if i < len(cells) {
					x = cells[i]
				}
				v.Fields = append(v.Fields, Field{n, untyped(x)})
			}
			if !add(v, nil) {
				return
			}
		case strings.Contains(last, "|") && strings.Trim(line, "|-: \t") == "" && len(mdCells(last)) == len(cells) && !contains(cells, ""):
			head = mdCells(last)
			if names == nil {
				names = head
			} else if strings.Join(head, "|") != strings.Join(names, "|") && !add(Value{}, errOtherTable) {
				return
			}
		}
	}
}
