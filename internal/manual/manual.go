// Package manual writes the manual pages, in the man(7) macros, from the same declarations
// that the program's help is made of. What it returns depends on them alone: no date, no
// environment, so that a test can say when the pages kept with the source are stale.
package manual

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/docs"
	"mtpipe/examples"
	"mtpipe/internal/expression"
	"mtpipe/pipeline"
)

// page is a manual page under construction.
type page struct{ bytes.Buffer }

func newPage(name, section, source, about string) *page {
	p := &page{}
	fmt.Fprintf(p, ".TH %s %s \"\" \"%s\" \"\"\n.nh\n", strings.ToUpper(escape(name)), section, escape(source))
	p.section("NAME")
	fmt.Fprintf(p, "%s \\- %s\n", escape(name), escape(about))
	return p
}

func (p *page) section(title string) { fmt.Fprintf(p, ".SH %s\n", escape(title)) }

// text writes paragraphs, which blank lines separate. A line that is indented is kept as it
// is.
func (p *page) text(s string) {
	verbatim := false
	begun := false
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		switch {
		case indented && !verbatim:
			p.WriteString(".PP\n.EX\n")
		case !indented && verbatim:
			p.WriteString(".EE\n")
			begun = false
		}
		verbatim = indented
		switch {
		case strings.TrimSpace(line) == "":
			begun = false
			continue
		case !indented && !begun:
			p.WriteString(".PP\n")
			begun = true
		}
		p.line(line)
	}
	if verbatim {
		p.WriteString(".EE\n")
	}
}

// line writes a line of text, which must not look like a macro.
func (p *page) line(s string) {
	s = escape(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		p.WriteString(`\&`)
	}
	p.WriteString(s + "\n")
}

// item writes a term and what it means.
func (p *page) item(term, meaning string) {
	fmt.Fprintf(p, ".TP\n.B \"%s\"\n", strings.ReplaceAll(escape(term), `"`, `\(dq`))
	p.line(meaning)
}

// verbatim writes lines as they are.
func (p *page) verbatim(lines ...string) {
	p.WriteString(".PP\n.EX\n")
	for _, l := range lines {
		p.line(l)
	}
	p.WriteString(".EE\n")
}

// escape writes s so that it prints as it is, hyphens and quotes among the rest.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, "…", "...").Replace(s)
}

// Command returns the page of the program: its usage, flags and commands as cobra has them.
func Command(root *cobra.Command) []byte {
	p := newPage(root.Name(), "1", root.Name(), lowerFirst(root.Short))
	p.section("SYNOPSIS")
	forms, about := usages(root)
	for i, form := range forms {
		if i > 0 {
			p.WriteString(".br\n")
		}
		fmt.Fprintf(p, ".B \"%s\"\n", escape(form))
	}
	p.section("DESCRIPTION")
	p.text(about)
	p.text(language)
	p.section("OPTIONS")
	for line := range strings.Lines(root.LocalFlags().FlagUsages()) {
		if form, help, ok := strings.Cut(strings.TrimSpace(line), "   "); ok {
			p.item(form, sentence(upperFirst(strings.TrimSpace(help))))
		}
	}
	p.section("COMMANDS")
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			p.item(root.Name()+" "+strings.TrimSuffix(c.Use, " [flags]"), sentence(c.Short))
		}
	}
	p.section("EXIT STATUS")
	for _, s := range statuses {
		p.item(s[0], s[1])
	}
	p.section("SEE ALSO")
	p.WriteString(".BR " + escape(root.Name()) + `\-stages (7),` + "\n.BR " + escape(root.Name()) + `\-topics (7)` + "\n")
	return p.Bytes()
}

// usages returns the forms of the command line, and the rest of the command's long text:
// the forms are its indented lines, up to where a column of remarks begins.
func usages(root *cobra.Command) (forms []string, about string) {
	var rest []string
	for line := range strings.SplitSeq(root.Long, "\n") {
		if form, ok := strings.CutPrefix(line, "  "+root.Name()+" "); ok && len(rest) > 0 {
			form, _, _ = strings.Cut(form, "  ")
			forms = append(forms, root.Name()+" [flags] "+strings.TrimPrefix(form, "[flags] "))
		}
		rest = append(rest, line)
	}
	if len(forms) == 0 {
		forms = []string{root.Use}
	}
	return forms, strings.Join(rest, "\n")
}

const language = `
A pipeline is stages joined by |. Each stage reads the values that the one before it puts
and puts values of its own; pipelines separated by ; or newlines run one after another. A
block, { ... }, is a pipeline given to the stage before it. "def NAME { ... }" defines a
stage. Words are quoted as in a shell: between single quotes nothing is special, between
double quotes $name and ${name} are replaced, and so they are outside of quotes. Variables
are the parameters of a definition, the arguments of a script ($1, $@, $#), those set with
-D, and the environment. "< FILE" reads a file, "> FILE" writes one, ">> FILE" appends to
it. A # begins a comment.

Results that are text are printed as they are; records as a table on a terminal and as
JSON lines otherwise.

A failing stage fails the run. Each root cause is told once on standard error, with the
place in the pipeline and in the input: FILE:LINE, or line N of standard input. Where stages
before have put values in another order, or have made them, no line is named. A stage whose
reader has had enough ends silently.

What becomes of a record that is wrong is what --on-error says, for the run, or as an option
of one stage, which any stage takes: "map --on-error skip EXPR". With fail, the run ends; with
skip, the record is left out, and the number of them is told at the end; with continue, each
error is told as well, and the run fails when all is done; with keep, the error goes on as a
value in the record's place. "try { ... } catch { ... }" gives errors to a block, as records.

The file of --errors-to holds a line of JSON for each record that is wrong, as soon as that is
known, with the fields message, stage, place, file, line and value, and with base64, the bytes
of the record, where they are no UTF-8; "mtpipe 'jsonl FILE | get value'" gives the records
back. It has no part in what becomes of them: with fail, it holds the one error. With -j, errors
come in the order in which the copies of a stage find them.

With --errors json, each message is a line of JSON with the fields kind (error, warning or
note), message, stage, place, file, line, value and status, as far as they are known.`

var statuses = [][2]string{
	{"0", "The run has succeeded; also when the reader of standard output has gone away. A stage that leaves early, such as head, has what it wanted: what is wrong after that concerns nobody, in any run. What a sink, such as write in a block of tee, could not write is an error all the same."},
	{"1", "The run has failed."},
	{"2", "The pipeline or the command line is wrong; nothing was run."},
	{"128+N", "Signal N has ended the run."},
}

// Stages returns the page of the stages, by family, with their arguments, options and
// examples.
func Stages(registry *pipeline.Registry) []byte {
	p := newPage("mtpipe-stages", "7", "mtpipe", "the stages of mtpipe pipelines")
	p.section("DESCRIPTION")
	p.text(`These are the stages that a pipeline of mtpipe(1) can name, by family. In the usage of a
stage, [ ] stands around what may be left out, and ... behind what may be repeated. Options
stand anywhere among the arguments; -- ends them. "mtpipe help STAGE" shows the same.`)
	for _, f := range registry.Families() {
		p.section(strings.ToUpper(f.Name))
		for _, s := range f.Stages {
			p.stage(s)
		}
	}
	p.section("SEE ALSO")
	p.WriteString(".BR mtpipe (1)\n")
	return p.Bytes()
}

// Topics returns the page of the topics of help: each text, and the functions of expressions.
func Topics(topics []docs.Topic, functions []expression.FunctionFamily) []byte {
	p := newPage("mtpipe-topics", "7", "mtpipe", "expressions, their functions, and other topics of mtpipe")
	p.section("DESCRIPTION")
	p.text(`These are the topics that "mtpipe help TOPIC" shows.`)
	for _, t := range topics {
		p.section(strings.ToUpper(t.Name))
		p.text(t.Plain())
	}
	p.section("FUNCTIONS")
	for _, family := range functions {
		fmt.Fprintf(p, ".SS \"%s\"\n", escape(upperFirst(family.Name)))
		for _, f := range family.Functions {
			p.item(f.Form, sentence(upperFirst(f.Does)))
			p.WriteString(".br\n")
			p.line(f.Example + "  gives  " + f.Result)
		}
	}
	p.section("SEE ALSO")
	p.WriteString(".BR mtpipe (1),\n.BR mtpipe\\-stages (7)\n")
	return p.Bytes()
}

func (p *page) stage(s *pipeline.Stage) {
	fmt.Fprintf(p, ".SS \"%s\"\n", strings.ReplaceAll(escape(s.Usage()), `"`, `\(dq`))
	p.line(sentence(s.Short))
	if s.Long != "" {
		p.text(s.Long)
	}
	for _, a := range s.Params() {
		help := upperFirst(a.Help)
		if a.Default != "" {
			help += " (default " + a.Default + ")"
		}
		p.item(a.Form, sentence(help))
	}
	list := examples.Of(s.Name)
	if len(list) == 0 {
		return
	}
	p.WriteString(".PP\nExamples:\n")
	p.WriteString(".RS 4\n")
	p.verbatim(examples.Session(list)...)
	p.WriteString(".RE\n")
}

// sentence returns s with a full stop, unless it ends with one.
func sentence(s string) string {
	if strings.HasSuffix(s, "…") || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	if word, _, _ := strings.Cut(s, " "); word != strings.ToLower(word) {
		return s // a placeholder such as FILE
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
