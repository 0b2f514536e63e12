package cli

import (
	"bufio"
	"fmt"
	"strings"

	"mtpipe/docs"
	"mtpipe/internal/expression"
	"mtpipe/internal/format"
)

// topic is what help knows besides stages and commands.
type topic struct {
	name, title string
	write       func(a *app, w *bufio.Writer)
}

// otherNames are the names by which a topic is asked for that has another one.
var otherNames = map[string]string{
	"from-agrind": "from-angle-grinder", "from-duckdb": "from-sql", "from-gawk": "from-awk", "from-grep": "from-coreutils",
	"from-mlr": "from-miller", "from-nu": "from-nushell", "from-parallel": "from-xargs", "from-sed": "from-coreutils",
	"from-shell": "from-coreutils", "from-sqlite": "from-sql",
	"exit": "streams", "exit-status": "streams", "status": "streams", "def": "definitions", "import": "definitions", "syntax": "language", "grammar": "language", "speed": "performance",
}

// topics returns those that are texts, and those that are made of declarations.
func topics() []topic {
	list := []topic{
		{"functions", "Functions: what an expression can call, each with an example", (*app).writeFunctions},
		{"formats", "Formats: what is read and written", (*app).writeFormats},
	}
	for _, t := range docs.Topics() {
		list = append(list, topic{t.Name, t.Title, func(_ *app, w *bufio.Writer) { w.WriteString(t.Plain()) }})
	}
	return list
}

func (t topic) show(a *app) error {
	w := bufio.NewWriter(a.stdout)
	fmt.Fprintf(w, "%s\n\n", t.title)
	t.write(a, w)
	return w.Flush()
}

func (a *app) writeFunctions(w *bufio.Writer) {
	for _, family := range expression.Functions() {
		fmt.Fprintf(w, "%s\n", strings.ToUpper(family.Name))
		for _, f := range family.Functions {
			writeFunction(w, f)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, "In a form, ? stands after what may be left out, and ... for more of the same. EXPR is an\nexpression for each element, which is # in it. help expressions tells the rest.")
}

func writeFunction(w *bufio.Writer, f expression.Function) {
	fmt.Fprintf(w, "  %s\n      %s\n      %s  gives  %s\n", f.Form, f.Does, f.Example, f.Result)
}

func (a *app) writeFormats(w *bufio.Writer) {
	fmt.Fprintln(w, "Read, by -i, by these stages, and by the endings of names in FILE, read and join:")
	for _, s := range a.registry.Readers() {
		fmt.Fprintf(w, "  %-10s %s\n", s.Name, s.Short)
	}
	fmt.Fprintln(w, "\nWritten, by -o, and by the endings of names in >, write, append and split_by:")
	for _, f := range format.Writable() {
		fmt.Fprintf(w, "  %-10s %s\n", f.Name, f.Summary)
	}
	fmt.Fprintln(w, "\nFiles that are packed by gzip, zstd, bzip2 or xz are unpacked, whatever their names are;\nwritten ones are packed when their names end so: .gz, .zst.")
}

// functionsNamed returns the forms of a function; there is more than one where the last
// arguments may be an expression.
func functionsNamed(name string) (list []expression.Function) {
	for _, family := range expression.Functions() {
		for _, f := range family.Functions {
			if strings.HasPrefix(f.Form, name+"(") {
				list = append(list, f)
			}
		}
	}
	return list
}

// functionHelp shows what a function of expressions does.
func (a *app) functionHelp(list []expression.Function) error {
	w := bufio.NewWriter(a.stdout)
	fmt.Fprintln(w, "A function of expressions (mtpipe help functions lists all):")
	for _, f := range list {
		writeFunction(w, f)
	}
	return w.Flush()
}
