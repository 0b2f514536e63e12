package torture

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mtpipe/pipeline"
)

var gnuFamily = Family{Name: "gnu", Short: "stages beside the programs of GNU, over random bytes", Share: 2, Run: func(c *Case) error {
	all := slices.Concat(oracles, moreOracles)
	o := all[c.IntN(len(all))]
	pipe, tool, data := o.make(c)
	if said, is := translated(tool); is && !o.source && c.oneIn(3) {
		pipe = said
	}
	if _, err := exec.LookPath(tool[0]); err != nil {
		return Skip(tool[0] + " is missing")
	}
	return c.besideTool(o, pipe, tool, data)
}, Needs: missingTools}

// missingTools says which programs are not there, when all are missing.
func missingTools(*Env) string {
	for _, tool := range []string{"sort", "uniq", "grep"} {
		if _, err := exec.LookPath(tool); err == nil {
			return ""
		}
	}
	return "the programs of GNU are not installed"
}

// oracle is a way to make a pipeline and the command that does the same.
type oracle struct {
	name   string
	source bool // the pipeline reads no input
	open   bool // the command leaves a last line without a newline as it is
	make   func(c *Case) (pipe string, tool []string, data string)
	files  func(c *Case) error // compares what both have written into files; may be nil
}

// reads returns the format of what the pipeline reads.
func (o oracle) reads() string {
	if o.source {
		return "none"
	}
	return "lines"
}

// besideTool compares a pipeline with a command. Both read data.
func (c *Case) besideTool(o oracle, pipe string, tool []string, data string) error {
	cmd := exec.Command(tool[0], tool[1:]...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	cmd.Dir = c.Dir
	cmd.Stdin = strings.NewReader(data)
	var want, told bytes.Buffer
	cmd.Stdout, cmd.Stderr = &want, &told
	if err := cmd.Run(); err != nil && (cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 || tool[0] != "grep") {
		return fmt.Errorf("%q: %w: %s", tool, err, told.String())
	}
	w := c.way()
	got, err := c.run(job{text: strings.ReplaceAll(pipe, "DIR", c.Dir), in: Data{Format: o.reads(), Text: data}, onError: pipeline.Fail}, w)
	if err != nil {
		return fmt.Errorf("%s: %w", pipe, err)
	}
	if w.memory > 0 && slices.ContainsFunc(got.causes, func(s string) bool { return strings.Contains(s, "memory") }) {
		return Skip("there is not enough memory")
	}
	mine, theirs := got.stdout, want.String()
	if !o.open {
		mine, theirs = ended(mine), ended(theirs)
	}
	if mine != theirs || got.failed {
		return fmt.Errorf("printf '%%b' %s | mtpipe '%s'\n%v, beside %q:\n%s\n%q", bashQuote(data), pipe, w, tool, parts(mine, theirs), got.causes)
	}
	if o.files != nil {
		if err := o.files(c); err != nil {
			return fmt.Errorf("printf '%%b' %s | mtpipe '%s'\n%v, beside %q: %w", bashQuote(data), pipe, w, tool, err)
		}
	}
	return nil
}

// ended returns a text whose last line has a newline.
func ended(s string) string {
	if s == "" || strings.HasSuffix(s, "\n") {
		return s
	}
	return s + "\n"
}

// bytesLines returns lines of random bytes: of few letters, of numbers, of anything.
func (c *Case) bytesLines() string {
	var b strings.Builder
	alphabet := pick(c, "ab ", "aAbB_-.x ,", "0123456789.- e", "ab\x00\xff\xc3\xa9\t\r\"'\\", "", "K1M2G .", "v1.0-~a9")
	rows := c.rows()
	for range rows {
		for range c.IntN(9) {
			x := byte(c.IntN(256))
			if alphabet != "" {
				x = alphabet[c.IntN(len(alphabet))]
			}
			// sort -n of coreutils 9.1 passes over the byte 0x80, and its sort -h knows no R and Q
			if x != '\n' && x != 0x80 && x != 'R' && x != 'Q' {
				b.WriteByte(x)
			}
		}
		b.WriteByte('\n')
	}
	return c.end(b.String())
}

// closed returns such lines, the last one with a newline.
func (c *Case) closed() string { return ended(c.bytesLines()) }

// flags returns some of the letters as options.
func (c *Case) flags(letters string) (list []string) {
	for _, l := range letters {
		if c.oneIn(3) {
			list = append(list, "-"+string(l))
		}
	}
	return list
}

// alike makes an oracle whose command has the name and the options of the stage.
func alike(name string, make func(c *Case) []string) oracle {
	return oracle{name: name, make: func(c *Case) (string, []string, string) {
		words := append([]string{name}, make(c)...)
		return strings.Join(words, " "), words, c.bytesLines()
	}}
}

var oracles = []oracle{
	alike("sort", func(c *Case) []string {
		return append(c.flags("ru"), pick(c, nil, nil, []string{"-n"}, []string{"-f"}, []string{"-h"})...)
	}),
	{name: "sort -V", make: func(c *Case) (string, []string, string) {
		var b strings.Builder
		for _, line := range strings.Split(strings.TrimSuffix(c.bytesLines(), "\n"), "\n") {
			b.WriteString("v" + strings.ReplaceAll(line, ".", "") + "\n") // the versions of sort differ in suffixes
		}
		words := append([]string{"sort", "-V"}, c.flags("ru")...)
		return strings.Join(words, " "), words, b.String()
	}},
	alike("sort", func(c *Case) []string { return append(c.flags("r"), pick(c, nil, []string{"-n"})...) }),
	alike("uniq", func(c *Case) []string { return pick(c, nil, []string{"-c"}, []string{"-d"}, []string{"-u"}) }),
	{name: "uniq of what is sorted", make: func(c *Case) (string, []string, string) {
		return "sort -n | uniq -c", []string{"sh", "-c", "sort -n | uniq -c"}, c.bytesLines()
	}},
	{name: "head", open: true, make: func(c *Case) (string, []string, string) {
		n := strconv.Itoa(c.IntN(12))
		return "head " + n, []string{"head", "-n", n}, c.bytesLines()
	}},
	{name: "tail", open: true, make: func(c *Case) (string, []string, string) {
		n := strconv.Itoa(c.IntN(12))
		return "tail " + n, []string{"tail", "-n", n}, c.bytesLines()
	}},
	{name: "skip", open: true, make: func(c *Case) (string, []string, string) {
		n := c.IntN(12)
		return "skip " + strconv.Itoa(n), []string{"tail", "-n", "+" + strconv.Itoa(n+1)}, c.bytesLines()
	}},
	{name: "tac", make: func(c *Case) (string, []string, string) { return "tac", []string{"tac"}, c.closed() }},
	{name: "count", make: func(c *Case) (string, []string, string) { return "count", []string{"wc", "-l"}, c.closed() }},
	{name: "upper", make: func(c *Case) (string, []string, string) {
		return "tr a-z A-Z", []string{"tr", "a-z", "A-Z"}, c.bytesLines()
	}},
	{name: "tr", open: true, make: func(c *Case) (string, []string, string) {
		words := pick(c, []string{"tr", "ab", "xy"}, []string{"tr", "-d", "a0"}, []string{"tr", "-s", "a "}, []string{"tr", "-s", "ab", "x"}, []string{"tr", "abc", "-"},
			[]string{"tr", "[:digit:]", "#"}, []string{"tr", "0-9a", "a-k"}, []string{"tr", "-ds", "a", "b"}, []string{"tr", "[:upper:]", "[:lower:]"}, []string{"tr", "[:space:]", "_"})
		data := c.bytesLines()
		if words[1] == "[:upper:]" { // tr of GNU has no capitals but those of ASCII
			data = ascii(data)
		}
		return quoteWords(words), words, data
	}},
	{name: "grep", make: grepOracle},
	{name: "cut", make: cutOracle},
	{name: "chars", make: func(c *Case) (string, []string, string) {
		from, to := 1+c.IntN(4), 1+c.IntN(8)
		to = max(from, to)
		return fmt.Sprintf("chars %d %d", from, to), []string{"cut", "-b", fmt.Sprintf("%d-%d", from, to)}, ascii(c.bytesLines())
	}},
	{name: "nl", make: func(c *Case) (string, []string, string) {
		return `enumerate | format '{n}:{value}'`, []string{"nl", "-ba", "-w1", "-s:"}, strings.ReplaceAll(c.bytesLines(), `\`, "")
	}},
	{name: "seq", source: true, make: func(c *Case) (string, []string, string) {
		from, n := c.IntN(2000)-1000, c.IntN(300)
		words := []string{"seq", strconv.Itoa(from), strconv.Itoa(from + n)}
		return "seq -- " + words[1] + " " + words[2], words, ""
	}},
	{name: "seq with a step", source: true, make: seqOracle},
	{name: "sort -k", make: sortKeysOracle},
	alike("sort", func(c *Case) []string { return append(c.flags("rus"), "-M") }),
	alike("uniq", func(c *Case) []string {
		words := pick(c, nil, []string{"-c"}, []string{"-d"}, []string{"-u"}, []string{"-D"})
		for _, option := range []string{"-f", "-s", "-w"} {
			if c.oneIn(3) {
				words = append(words, option, strconv.Itoa(c.IntN(4)))
			}
		}
		if c.oneIn(2) {
			words = append(words, "-i")
		}
		return words
	}),
	{name: "head and tail with signs", open: true, make: func(c *Case) (string, []string, string) {
		words := pick(c, []string{"head", "-n", "-N"}, []string{"head", "-N"}, []string{"tail", "-n", "+N"}, []string{"tail", "-N"})
		for i, w := range words {
			words[i] = strings.Replace(w, "N", strconv.Itoa(c.IntN(12)), 1)
		}
		return strings.Join(words, " "), words, c.bytesLines()
	}},
	{name: "grep with context", make: contextOracle},
	{name: "cut of ranges", make: rangesOracle},
	{name: "paste", source: true, make: pasteOracle},
	{name: "join", source: true, make: joinOracle},
	{name: "comm", source: true, make: commOracle},
	{name: "shuf", make: shufOracle},
	{name: "split", make: splitOracle, files: sameParts},
}

func quoteWords(words []string) string {
	list := slices.Clone(words)
	for i, w := range list[1:] {
		list[i+1] = "'" + w + "'"
	}
	return strings.Join(list, " ")
}

// ascii returns s without bytes that stand in characters of several.
func ascii(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return 'x'
		}
		return r
	}, strings.ToValidUTF8(s, "y"))
}

func grepOracle(c *Case) (string, []string, string) {
	flags := c.flags("iwxvF")
	if c.oneIn(3) {
		flags = slices.DeleteFunc(append(flags, "-o"), func(f string) bool { return f == "-v" })
		if slices.Contains(flags, "-x") { // then -w says nothing, and grep of GNU puts an empty line after each match
			flags = slices.DeleteFunc(flags, func(f string) bool { return f == "-w" })
		}
	}
	if slices.Contains(flags, "-o") && slices.Contains(flags, "-x") { // with -w, too, grep 3.8 puts an empty line after each match
		flags = slices.DeleteFunc(flags, func(f string) bool { return f == "-w" })
	}
	pattern := pick(c, "a", "ab", "A", "b", "1", "a b", "aa")
	if !slices.Contains(flags, "-F") {
		pattern = pick(c, pattern, "[ab]", "a+", "a*b", "^a", "b$", "[0-9]+", "x?a", "[^ab]b")
	}
	words := append([]string{"grep", "-a", "-E"}, append(flags, "-e", pattern)...)
	if slices.Contains(flags, "-F") {
		words = slices.DeleteFunc(words, func(w string) bool { return w == "-E" })
	}
	return quoteWords(append(append([]string{"grep"}, flags...), "--", pattern)), words, ascii(c.bytesLines())
}

func cutOracle(c *Case) (string, []string, string) {
	n := 1 + c.IntN(3)
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimSuffix(c.bytesLines(), "\n"), "\n") {
		for range 3 { // cut prints lines without a delimiter as they are
			b.WriteByte(',')
			if c.oneIn(2) {
				b.WriteString(line)
			}
		}
		b.WriteByte('\n')
	}
	return fmt.Sprintf("field -d , %d", n), []string{"cut", "-d", ",", "-f", strconv.Itoa(n)}, b.String()
}

func pasteOracle(c *Case) (string, []string, string) {
	lines := strings.SplitAfter(c.closed(), "\n") // the last one is no line
	half := (len(lines) - 1) / 2
	for i, part := range [][]string{lines[:half], lines[half : 2*half]} {
		if err := os.WriteFile(filepath.Join(c.Dir, "p"+strconv.Itoa(i)), []byte(strings.Join(part, "")), 0o600); err != nil {
			panic(err)
		}
	}
	return `zip { lines DIR/p0 } { lines DIR/p1 } | format '{it[0]},{it[1]}'`, []string{"paste", "-d", ",", "p0", "p1"}, ""
}

// joinOracle joins two tables that are sorted by their keys, each key a word.
func joinOracle(c *Case) (string, []string, string) {
	for i, name := range []string{"l.csv", "r.csv"} {
		rows := []string{"zz,both"} // without a row there is no record that says which fields there are
		for n := range c.rows() % 300 {
			rows = append(rows, fmt.Sprintf("%s,%s%d", pick(c, "a", "b", "c", "7", "07", "7.0", "1e1", "10", "é", "k"+strconv.Itoa(c.IntN(50))), pick(c, "x", "y"), n))
		}
		slices.SortStableFunc(rows, func(a, b string) int {
			x, _, _ := strings.Cut(a, ",")
			y, _, _ := strings.Cut(b, ",")
			return strings.Compare(x, y)
		})
		text := "k,v" + strconv.Itoa(i) + "\n" + strings.Join(rows, "\n")
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte(ended(text)), 0o600); err != nil {
			panic(err)
		}
	}
	option := pick(c, "", "", " --left")
	tool := []string{"join", "-t", ",", "--header", "l.csv", "r.csv"}
	if option != "" {
		tool = slices.Insert(tool, 1, "-a", "1", "-o", "auto")
	}
	return "csv DIR/l.csv | join DIR/r.csv --on k" + option + " | to_csv", tool, ""
}
