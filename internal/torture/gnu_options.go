package torture

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// seqOracle counts in steps, some of them decimal. Numbers that are whole and count down without a
// step are left out: seq of GNU has none then.
func seqOracle(c *Case) (string, []string, string) {
	number := func(most int) string {
		n := strconv.Itoa(c.IntN(most) - most/3)
		if c.oneIn(3) {
			n += "." + strings.Repeat("0", c.IntN(2)) + strconv.Itoa(c.IntN(100))
		}
		if strings.HasPrefix(n, "-0") {
			n = n[1:]
		}
		return n
	}
	step := number(9)
	if strings.Trim(step, "-0.") == "" {
		step = "0.25"
	}
	words := []string{"seq", number(40), step, number(90)}
	return "seq -- " + strings.Join(words[1:], " "), words, ""
}

// sortKeysOracle sorts by parts of lines.
func sortKeysOracle(c *Case) (string, []string, string) {
	words := append([]string{"sort"}, c.flags("ru")...)
	words = append(words, pick(c, nil, nil, []string{"-n"}, []string{"-f"}, []string{"-s"}, []string{"-h"}, []string{"-M"})...)
	separator := ""
	if c.oneIn(2) {
		separator = pick(c, ",", " ", ".", "-", "x")
		words = append(words, "-t", separator)
	}
	place := func(least int) string {
		p := strconv.Itoa(1 + c.IntN(3))
		if c.oneIn(3) {
			p += "." + strconv.Itoa(least+c.IntN(3))
		}
		return p
	}
	for range 1 + c.IntN(2) {
		key := place(1) + pick(c, "", "", "b", "n", "r", "f", "nr", "d", "i", "M", "h", "br", "fr", "df")
		if c.oneIn(2) {
			key += "," + place(0) + pick(c, "", "", "b")
		}
		words = append(words, "-k", key)
	}
	return quoteWords(words), words, c.bytesLines()
}

// contextOracle is grep with what stands around matches, with numbers and counts.
func contextOracle(c *Case) (string, []string, string) {
	flags := c.flags("iwxvn")
	for _, option := range []string{"-A", "-B", "-C", "-m"} {
		if c.oneIn(3) {
			flags = append(flags, option, strconv.Itoa(c.IntN(4)))
		}
	}
	if c.oneIn(4) && !strings.Contains(strings.Join(flags, " ")+" ", "-m 0 ") { // with both grep prints nothing
		flags = append(flags, "-c")
	}
	patterns := []string{"-e", pick(c, "a", "[ab]", "1", "^b", "a*b", "x?a", "[0-9]+$")}
	if c.oneIn(3) {
		patterns = append(patterns, "-e", pick(c, "b", " ", "2", "^a", "-"))
	}
	words := slices.Concat([]string{"grep", "-a", "-E"}, flags, patterns)
	return quoteWords(slices.Concat([]string{"grep"}, flags, patterns)), words, ascii(c.bytesLines())
}

// rangesOracle takes ranges of fields that lines have.
func rangesOracle(c *Case) (string, []string, string) {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(c.bytesLines(), "\n"), "\n") {
		fmt.Fprintf(&b, "%s,%s,%s\n", pick(c, "", "a"), strings.ReplaceAll(line, ",", ",,"), pick(c, "", "b", "c,d"))
	}
	from := 1 + c.IntN(3)
	fields := pick(c, fmt.Sprintf("%d-", from), fmt.Sprintf("%d-%d", from, from+c.IntN(3)), fmt.Sprintf("1,%d-", 2+c.IntN(3)), fmt.Sprintf("1-%d", from))
	words, mine := []string{"cut", "-d", ",", "-f", fields}, "field -d , "
	if c.oneIn(3) {
		words, mine = append(words, "--complement"), mine+"--complement "
	}
	return mine + fields, words, b.String()
}

// commOracle compares two files of sorted lines; what compare puts is sorted, since its order is that
// of its input.
func commOracle(c *Case) (string, []string, string) {
	for _, name := range []string{"l", "r"} {
		lines := strings.Split(strings.TrimSuffix(c.closed(), "\n"), "\n")
		slices.Sort(lines)
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			panic(err)
		}
	}
	return `lines DIR/l | compare DIR/r | map '(side == "left" ? "" : side == "right" ? ":" : "::") + string(value)' | sort`, []string{"sh", "-c", "comm --output-delimiter=: l r | sort"}, ""
}

// shufOracle wants the same lines, in whatever order, and as many of them.
func shufOracle(c *Case) (string, []string, string) {
	n := c.IntN(40)
	if c.oneIn(2) {
		return "shuffle | sort", []string{"sh", "-c", "shuf | sort"}, c.closed()
	}
	data := c.closed()
	if err := os.WriteFile(filepath.Join(c.Dir, "all.txt"), []byte(data), 0o600); err != nil {
		panic(err)
	}
	// all that is chosen is among the lines, each as often as it is there at the most
	return fmt.Sprintf("%s | compare DIR/all.txt | count_by side | filter 'side != \"right\"' | select side count | to_csv --no-header", pick(c, fmt.Sprintf("sample %d", n), fmt.Sprintf("shuffle | head %d", n))),
		[]string{"sh", "-c", fmt.Sprintf("n=$(shuf -n %d | wc -l); test $n = 0 || echo both,$n", n)}, data
}

// splitOracle divides lines by number or by bytes into files.
func splitOracle(c *Case) (string, []string, string) {
	n := 10 + c.IntN(60) // no line is longer
	mine, theirs := "--lines", "-l"
	if c.oneIn(2) {
		mine, theirs = "--size", "-C"
	}
	return fmt.Sprintf("split_by %s %d --to 'DIR/mine-{:>04d}'", mine, n),
		[]string{"split", theirs, strconv.Itoa(n), "--numeric-suffixes=1", "-a", "4", "-", "theirs-"}, c.closed()
}

// sameParts compares the files that splitOracle's programs have written.
func sameParts(c *Case) error {
	mine, err := filepath.Glob(filepath.Join(c.Dir, "mine-*"))
	if err != nil {
		return err
	}
	theirs, err := filepath.Glob(filepath.Join(c.Dir, "theirs-*"))
	if err != nil || len(mine) != len(theirs) {
		return fmt.Errorf("got %d files, want %d (%v)", len(mine), len(theirs), err)
	}
	for i, name := range theirs {
		want, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		got, err := os.ReadFile(mine[i])
		if err != nil {
			return err
		}
		if string(got) != string(want) {
			return fmt.Errorf("%s: %s", filepath.Base(mine[i]), parts(string(got), string(want)))
		}
	}
	return nil
}
