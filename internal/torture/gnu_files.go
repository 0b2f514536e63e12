package torture

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mtpipe/internal/from"
)

// moreOracles are those of several files, of random sets, and of numbers as they are written.
var moreOracles = []oracle{
	{name: "cut of any lines", make: fieldsOracle},
	{name: "cut of bytes", make: func(c *Case) (string, []string, string) {
		from := 1 + c.IntN(6)
		return fmt.Sprintf("chars %d -1", from), []string{"cut", pick(c, "-b", "-c"), fmt.Sprintf("%d-", from)}, ascii(c.bytesLines())
	}},
	{name: "tr of random sets", make: setsOracle},
	{name: "paste of a file with itself", make: func(c *Case) (string, []string, string) {
		n := 1 + c.IntN(4)
		lines := strings.SplitAfter(c.closed(), "\n")
		return fmt.Sprintf("batch %d | map 'join(it, `;`)'", n), append([]string{"paste", "-d;"}, slices.Repeat([]string{"-"}, n)...), strings.Join(lines[:(len(lines)-1)/n*n], "")
	}},
	{name: "nl", make: numberOracle},
	{name: "join with unpaired lines", source: true, make: unpairedOracle},
	{name: "comm of columns", source: true, make: columnsOracle},
	{name: "merged", source: true, make: mergedOracle},
	{name: "seq with a format", source: true, make: writtenOracle},
	{name: "sort -k of versions", make: func(c *Case) (string, []string, string) {
		words := []string{"sort", "-t", pick(c, ",", " ", "x"), "-k", fmt.Sprintf("%d,%[1]dV%s", 1+c.IntN(2), pick(c, "", "r")), "-k", pick(c, "1n", "2,2", "1,1f")}
		return quoteWords(words), words, strings.ReplaceAll(c.bytesLines(), ".", "") // as with sort -V
	}},
	{name: "grep with a file of patterns", source: true, make: func(c *Case) (string, []string, string) {
		c.write("in", ascii(c.bytesLines()))
		c.write("patterns", pick(c, "a\n1\n", "ab\n\x2d\n", "0\nA\nb.\n", "a b\n")) // without an empty line, which matches all
		flags := append(c.flags("ivwx"), pick(c, "-E", "-F"))
		words := append([]string{"grep", "-a", "-f", "patterns"}, append(flags, "in")...)
		flags = slices.DeleteFunc(flags, func(f string) bool { return f == "-E" })
		return "lines DIR/in | grep " + strings.Join(append(flags, "-f DIR/patterns"), " "), words, ""
	}},
	{name: "rev", make: func(c *Case) (string, []string, string) {
		return "rev", []string{"rev"}, strings.ReplaceAll(ascii(c.closed()), "\x00", "")
	}},
}

// write writes a file of the case.
func (c *Case) write(name, text string) {
	if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(text), 0o600); err != nil {
		panic(err)
	}
}

// sortedLines writes a file of sorted lines, each once where that is wanted.
func (c *Case) sortedLines(name string, once bool) {
	lines := strings.Split(strings.TrimSuffix(c.closed(), "\n"), "\n")
	slices.Sort(lines)
	if once {
		lines = slices.Compact(lines)
	}
	c.write(name, strings.Join(lines, "\n")+"\n")
}

// fieldsOracle takes fields of lines that may not have them. Of those without the delimiter cut -s
// puts none, and of several fields it puts those that are there.
func fieldsOracle(c *Case) (string, []string, string) {
	mine, theirs := ",", ","
	switch c.IntN(6) {
	case 0:
		mine, theirs = `\t`, "\t"
	case 1:
		mine, theirs = `\\`, `\`
	case 2:
		mine, theirs = " ", " "
	case 3:
		mine = pick(c, "a", ".", "x", `"`, "-", "|")
		theirs = mine
	}
	n := 1 + c.IntN(5)
	list := pick(c, fmt.Sprint(n), fmt.Sprintf("%d-", n), fmt.Sprintf("%d-%d", n, n+c.IntN(4)))
	words := []string{"cut", "-s", "-d", theirs, "-f", list}
	option := ""
	if c.oneIn(3) {
		words, option = append(words, "--complement"), "--complement "
	}
	return fmt.Sprintf("grep -F -- '%s' | field -d '%s' %s%s", theirs, mine, option, list), words, c.closed()
}

// set makes a set of tr: letters, ranges, escapes and, where they are wanted, classes.
func (c *Case) set(classes bool) string {
	var b strings.Builder
	for range 1 + c.IntN(3) {
		parts := []string{"a", "b-d", "A-C", "x", ".", "0-4", `\055`, `\\`, " ", ",", "_", "e-e", `\t`}
		if classes {
			parts = append(parts, "[:digit:]", "[:upper:]", "[:alpha:]", "[:punct:]", "[:blank:]", "[:space:]", "[=a=]", "[:alnum:]", "[:xdigit:]", "[:print:]", "[:cntrl:]", "[:graph:]", "[:lower:]")
		} else {
			parts = append(parts, "[y*3]", "[z*]")
			if strings.Contains(b.String(), "*]") { // which may stand there once
				parts = parts[:len(parts)-2]
			}
		}
		b.WriteString(pick(c, parts...))
	}
	return b.String()
}

// setsOracle translates, deletes and squeezes characters of random sets.
func setsOracle(c *Case) (string, []string, string) {
	words := []string{"tr"}
	switch c.IntN(5) {
	case 0:
		words = append(words, pick(c, "-d", "-s", "-cd", "-cs"), c.set(true))
	case 1:
		words = append(words, pick(c, "-ds", "-cds"), c.set(true), c.set(true))
	case 2: // what stands for all that a set does not name is one character
		words = append(words, pick(c, "-c", "-cs"), c.set(true)+`\n`, pick(c, "x", "_", `\n`, "-"))
	default:
		words = append(words, c.set(true), c.set(false))
		if c.oneIn(3) {
			words = slices.Insert(words, 1, "-s")
		}
	}
	return quoteWords(words), words, ascii(c.bytesLines())
}

// numberOracle numbers lines in the ways of nl.
func numberOracle(c *Case) (string, []string, string) {
	first, step, width := c.IntN(40)-20, 1+c.IntN(20), 1+c.IntN(8)
	mine, theirs := ">%d", "rn"
	switch c.IntN(3) {
	case 0:
		mine, theirs = "<%d", "ln"
	case 1:
		mine, theirs = "0%dd", "rz"
	}
	between := pick(c, ":", " ", ")  ", "é", "")
	return fmt.Sprintf(`enumerate | format '{(n-1)*%d+%d:%s}%s{value}'`, step, first, fmt.Sprintf(mine, width), between),
		[]string{"nl", "-ba", "-v" + strconv.Itoa(first), "-i" + strconv.Itoa(step), "-w" + strconv.Itoa(width), "-n" + theirs, "-s", between},
		strings.ReplaceAll(c.bytesLines(), `\`, "") // \: begins a page
}

// unpairedOracle joins two files by keys of random bytes that stand in different columns; what is put
// is compared in the order of its bytes.
func unpairedOracle(c *Case) (string, []string, string) {
	for i, name := range []string{"l", "r"} {
		var rows []string
		for n, key := range strings.Split(strings.TrimSuffix(c.closed(), "\n"), "\n") {
			if key = strings.NewReplacer(",", "", `"`, "", "\r", "").Replace(key); key == "" {
				key = "empty" // which pairs there, and never here
			}
			rows = append(rows, []string{fmt.Sprintf("%s,x%d,%s", key, n, pick(c, "", "p")), fmt.Sprintf("y%d,%s", n, key)}[i])
		}
		c.write(name, strings.Join(rows, "\n")+"\n")
	}
	mine, theirs := "", ""
	switch c.IntN(5) {
	case 0:
		mine, theirs = "--left", "-a1"
	case 1:
		mine, theirs = "--right", "-a2"
	case 2:
		mine, theirs = "--outer", "-a1 -a2"
	case 3:
		mine, theirs = "--anti", "-v1"
	}
	return fmt.Sprintf(`csv --text --columns k,x,p DIR/l | join --format 'csv --text --columns y,k' DIR/r --on k %s | format '{k},{x},{p},{it["y"]}' | sort`, mine),
		[]string{"sh", "-c", "sort -t, -k1,1 l >ls; sort -t, -k2,2 r >rs; join -t, -1 1 -2 2 -o 0,1.2,1.3,2.1 " + theirs + " ls rs | sort"}, ""
}

// columnsOracle takes columns of comm. Of lines that are there several times comm pairs as many as it
// can, as compare does; minus and intersect look at each alone.
func columnsOracle(c *Case) (string, []string, string) {
	once := c.oneIn(2)
	c.sortedLines("l", once)
	c.sortedLines("r", once)
	rows := [][2]string{ // a pipeline, and options of comm
		{`compare DIR/r | filter 'side == "left"' | get value`, "-23"}, {`compare DIR/r | filter 'side == "right"' | get value`, "-13"},
		{`compare DIR/r | filter 'side == "both"' | get value`, "-12"},
	}
	if once {
		if c.oneIn(4) {
			return "lines DIR/l | union DIR/r | sort", []string{"sort", "-u", "l", "r"}, ""
		}
		rows = append(rows, [2]string{"minus DIR/r", "-23"}, [2]string{"intersect DIR/r", "-12"})
	}
	row := pick(c, rows...)
	return "lines DIR/l | " + row[0] + " | sort", []string{"sh", "-c", "comm " + row[1] + " l r | sort"}, ""
}

// mergedOracle merges sorted files, or puts one after the other.
func mergedOracle(c *Case) (string, []string, string) {
	c.sortedLines("l", false)
	c.sortedLines("r", false)
	if c.oneIn(3) {
		return "concat { lines DIR/r } { lines DIR/l }", []string{"cat", "r", "l"}, ""
	}
	return "merge_sorted { lines DIR/l } { lines DIR/r }", []string{"sort", "-m", "l", "r"}, ""
}

// writtenOracle writes numbers as printf does.
func writtenOracle(c *Case) (string, []string, string) {
	first, step := fmt.Sprint(c.IntN(3000)-1000), pick(c, "1", "3", "0.5", "0.25", "12.125", "1000")
	format := pick(c, "%.3f", "%010.3f", "%9.4f", "%-9.3fx", "%.5e", "%+.3f", "a%.10gz", "%08.3f%%")
	mine := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(format, "a"), "%"), "%%"), "x")
	mine = strings.TrimSuffix(mine, "z")
	switch {
	case strings.HasPrefix(mine, "-"):
		mine = "<" + mine[1:]
	case mine == "9.4f":
		mine = ">" + mine
	}
	before, after := "", ""
	switch format[len(format)-1] {
	case 'x':
		after = "x"
	case '%':
		after = "%"
	case 'z':
		before, after = "a", "z"
	}
	last := fmt.Sprint(2000 + c.IntN(1000))
	return fmt.Sprintf("seq -- %s %s %s | format '%s{it:%s}%s'", first, step, last, before, mine, after), []string{"seq", "-f", format, first, step, last}, ""
}

// translated returns what mtpipe from says for the command, where it has nothing to remark: the pipelines
// above are one way to say it, that is another.
func translated(tool []string) (pipe string, is bool) {
	if tool[0] == "sh" {
		return "", false
	}
	words := []string{tool[0]}
	for _, w := range tool[1:] {
		words = append(words, "'"+strings.ReplaceAll(w, "'", `'\''`)+"'")
	}
	r, err := from.Pipeline(strings.Join(words, " "))
	if err != nil || len(r.Flags) > 0 {
		return "", false
	}
	for _, note := range r.Notes {
		if !strings.HasPrefix(note, "sort goes by bytes") && !strings.HasPrefix(note, "chars counts") {
			return "", false
		}
	}
	return r.Pipeline, true
}
