package complete

import (
	"strings"
	"testing"
)

// program is a command line like that of the program.
func program() *Command {
	list := []Flag{
		{Long: "in", Short: "i", Takes: true, Value: OneOf, Values: []Candidate{{Text: "csv"}, {Text: "json"}}, Use: func(g *Given, v string) { g.In = v }},
		{Long: "define", Short: "D", Takes: true, Use: func(g *Given, v string) { g.Define = append(g.Define, v) }},
		{Long: "file", Short: "f", Takes: true, Value: FileName, Use: func(g *Given, _ string) { g.Script = true }},
		{Long: "sandbox"},
	}
	flags := func() []Flag { return list }
	return &Command{Takes: PipelineText, Flags: flags, Commands: []Command{
		{Name: "explain", Takes: PipelineText, Flags: flags},
		{Name: "help", Takes: OneOf, Values: func() []Candidate { return []Candidate{{Text: "sort"}, {Text: "dates"}} }},
		{Name: "fmt", Takes: FileName},
	}}
}

func TestLine(t *testing.T) {
	inFiles(t)
	tests := []struct {
		name, shell, line string // the cursor is at ¦
		want              string
	}{
		{"a command or a stage", "bash", "mtpipe expl¦", "expl→explain expl→'explode "},
		{"a command with a path", "bash", "./bin/mtpipe expla¦", "expla→explain"},
		{"after another program", "bash", "sudo mtpipe expla¦", "expla→explain"},
		{"after other commands", "bash", "cd x && mtpipe expla¦", "expla→explain"},
		{"a flag", "bash", "mtpipe --sand¦", "--sand→--sandbox"},
		{"a value", "bash", "mtpipe --in js¦", "js→json"},
		{"a value after =", "bash", "mtpipe --in=js¦", "js→json"},
		{"of a short flag", "bash", "mtpipe -i js¦", "js→json"},
		{"help", "bash", "mtpipe help da¦", "da→dates"},
		{"a file of a flag", "bash", "mtpipe -f or¦", "files"},
		{"arguments of a script", "bash", "mtpipe -f x.mtp or¦", "files"},
		{"files after the pipeline", "bash", "mtpipe 'csv' or¦", "files"},
		{"the file of fmt", "bash", "mtpipe fmt or¦", "files"},

		{"in single quotes", "bash", "mtpipe 'seq 3 | revers¦", "revers→reverse "},
		{"in double quotes", "bash", `mtpipe "seq 3 | revers¦`, "revers→reverse "},
		{"in the middle", "bash", "mtpipe 'seq 3 | revers¦ | sum'", "revers→reverse "},
		{"after an option", "bash", "mtpipe -i csv --sandbox 'seq 3 | revers¦", "revers→reverse "},
		{"of explain", "bash", "mtpipe explain 'seq 3 | revers¦", "revers→reverse "},
		{"fields of a FILE after the cursor", "bash", "mtpipe 'sort --by pric¦' orders.csv", "pric→price"},
		{"fields as --in says", "bash", `mtpipe -i "csv -d ';'" 'get ¦' semi.txt`, "→k →v"},
		{"a variable of -D", "bash", `mtpipe -D most=3 'head $mo¦`, "mo→most"},
		{"an odd field in single quotes", "bash", "mtpipe 'csv orders.csv | get uni¦", `uni→"unit price"`},
		{"and in double quotes", "bash", `mtpipe "csv orders.csv | get uni¦`, `uni→'unit price'`},
		{"quotes within single quotes", "bash", `mtpipe 'csv orders.csv | get '\''uni¦`, "uni→unit price"},
		{"a file that needs quotes", "bash", `mtpipe "csv \"or¦`, `or→orders.csv`},

		{"fish quotes a quote", "fish", `mtpipe 'csv orders.csv | get \'uni¦`, "uni→unit price"},
		{"in fish's single quotes", "fish", "mtpipe 'seq 3 | revers¦", "revers→reverse "},
		{"PowerShell doubles it", "powershell", "mtpipe 'csv orders.csv | get ''uni¦", "uni→unit price"},
		{"in nushell", "nushell", "mtpipe 'seq 3 | revers¦", "revers→reverse "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, after, _ := strings.Cut(tt.line, "¦")
			l := Line{Dialect: DialectOf(tt.shell), Text: before + after, Cursor: len(before), Program: "mtpipe"}
			a := newEngine().Line(l, program())
			var got []string
			for _, c := range a.Candidates {
				text := before[a.From:] + "→" + c.Text
				if c.Space && c.Stage {
					text += " "
				}
				got = append(got, text)
			}
			if a.Files {
				got = append(got, "files")
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
