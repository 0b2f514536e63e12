package pipeline

import (
	"fmt"
	"html"
	"strings"

	"github.com/mattn/go-runewidth"

	"mtpipe/internal/redact"
	"mtpipe/pipeline/syntax"
)

// Figure sizes, in pixels.
const (
	letterWidth  = 8
	lineHeight   = 18
	padding      = 10
	gap          = 34 // for an arrow
	labelLetters = 44 // of a line in a box; more are cut
)

// figure is a part of a picture: its size, the height at which arrows come and go, and how it is drawn
// with its upper left corner somewhere.
type figure struct {
	width, height, middle int
	draw                  func(out *strings.Builder, x, y int)
}

// SVG returns what Graph does as a picture: pipes from the left to the right, blocks below their stages.
func (p *Plan) SVG() string {
	var row []figure
	for _, u := range p.feed[:min(1, len(p.feed))] {
		row = append(row, textBox(describe(u.stages[0]), "feeds the first stage"))
	}
	whole := inRow(append(row, listFigure(p.main)), nil)
	var b strings.Builder
	width, height := whole.width+2*padding, whole.height+2*padding
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">`+"\n", width, height, width, height)
	b.WriteString(svgStyle)
	fmt.Fprintf(&b, `<rect class="paper" width="%d" height="%d"/>`+"\n", width, height)
	whole.draw(&b, padding, padding)
	b.WriteString("</svg>\n")
	return redact.Text(b.String())
}

// svgStyle are the colours, on light and on dark.
const svgStyle = `<style>
.paper { fill: #ffffff } .box { fill: #eef3fb; stroke: #4a6fa5 } .frame { fill: none; stroke: #9aa5b1; stroke-dasharray: 4 3 }
text { fill: #1b1f24 } .note { fill: #5c6773; font-size: 11px } path { fill: none; stroke: #4a6fa5 } .head { fill: #4a6fa5 } .block { stroke-dasharray: 2 3 }
@media (prefers-color-scheme: dark) {
.paper { fill: #14171c } .box { fill: #1f2937 } text { fill: #e6e9ee } .note { fill: #9aa5b1 } }
</style>
`

// label writes a line of text, cut where it is long.
func label(s string) string {
	return runewidth.Truncate(syntax.Printable(strings.ReplaceAll(s, "\n", " ")), labelLetters, "…")
}

func writeText(out *strings.Builder, class, s string, x, y int) {
	fmt.Fprintf(out, `<text%s x="%d" y="%d" xml:space="preserve">%s</text>`+"\n", class, x, y, html.EscapeString(s))
}

// textBox is a stage: its text, which is told whole when the pointer rests on it, and a note below.
func textBox(text, note string) figure {
	shown, below := label(text), label(note)
	f := figure{width: max(runewidth.StringWidth(shown), runewidth.StringWidth(below))*letterWidth + 2*padding, height: lineHeight + padding}
	f.middle = f.height / 2
	if note != "" {
		f.height += lineHeight
	}
	f.draw = func(out *strings.Builder, x, y int) {
		fmt.Fprintf(out, `<g class="stage"><title>%s</title><rect class="box" x="%d" y="%d" width="%d" height="%d" rx="5"/>`+"\n",
			html.EscapeString(syntax.Printable(text)), x, y, f.width, f.height)
		writeText(out, "", shown, x+padding, y+lineHeight)
		if note != "" {
			writeText(out, ` class="note"`, below, x+padding, y+2*lineHeight)
		}
		out.WriteString("</g>\n")
	}
	return f
}

// inRow puts figures beside each other with arrows between them, which may have labels.
func inRow(parts []figure, labels []string) (f figure) {
	at := make([]int, len(parts))
	below := 0
	for i, p := range parts {
		if i > 0 {
			f.width += gap
			if i-1 < len(labels) {
				f.width += len(labels[i-1]) * letterWidth
			}
		}
		at[i] = f.width
		f.width += p.width
		f.middle, below = max(f.middle, p.middle), max(below, p.height-p.middle)
	}
	f.height = f.middle + below
	f.draw = func(out *strings.Builder, x, y int) {
		for i, p := range parts {
			p.draw(out, x+at[i], y+f.middle-p.middle)
			if i == 0 {
				continue
			}
			from := x + at[i-1] + parts[i-1].width
			arrow(out, "", from, y+f.middle, x+at[i], y+f.middle)
			if i-1 < len(labels) && labels[i-1] != "" {
				writeText(out, ` class="note"`, labels[i-1], from+padding, y+f.middle-4)
			}
		}
	}
	return f
}

// arrow draws a line with a head, that goes right at its end.
func arrow(out *strings.Builder, class string, x, y, toX, toY int) {
	fmt.Fprintf(out, `<path%s d="M%d %dV%dH%d"/><path class="head" d="M%d %dl-7 -4v8z"/>`+"\n", class, x, y, toY, toX-7, toX, toY)
}

// inColumn puts figures below each other.
func inColumn(parts []figure) (f figure) {
	for i, p := range parts {
		if i > 0 {
			f.height += padding
		} else {
			f.middle = p.middle
		}
		f.width, f.height = max(f.width, p.width), f.height+p.height
	}
	f.draw = func(out *strings.Builder, x, y int) {
		for _, p := range parts {
			p.draw(out, x, y)
			y += p.height + padding
		}
	}
	return f
}

// framed draws a frame with a label around a figure.
func framed(text string, inside figure) figure {
	text = label(text)
	f := figure{width: max(inside.width, runewidth.StringWidth(text)*letterWidth) + 2*padding, height: inside.height + lineHeight + 2*padding,
		middle: inside.middle + lineHeight + padding}
	f.draw = func(out *strings.Builder, x, y int) {
		fmt.Fprintf(out, `<rect class="frame" x="%d" y="%d" width="%d" height="%d" rx="5"/>`+"\n", x, y, f.width, f.height)
		writeText(out, ` class="note"`, text, x+padding, y+lineHeight-2)
		inside.draw(out, x+padding, y+lineHeight+padding)
	}
	return f
}

// listFigure is pipelines that run one after another.
func listFigure(l *plannedList) figure {
	var rows []figure
	for i, p := range l.pipelines {
		var parts []figure
		var labels []string
		for k, u := range p.units {
			parts = append(parts, unitFigure(u))
			if k > 0 {
				labels = append(labels, map[bool]string{true: "one at a time"}[p.units[k-1].capacity == 1])
			}
		}
		row := inRow(parts, labels)
		if i > 0 {
			row = framed("then", row)
		}
		rows = append(rows, row)
	}
	return inColumn(rows)
}

func unitFigure(u *unit) figure {
	var parts []figure
	for _, s := range u.stages {
		parts = append(parts, stageFigure(s))
	}
	row := inRow(parts, nil)
	if u.copies > 0 {
		return framed(fmt.Sprintf("%d copies, merged in order", u.copies), row)
	}
	return row
}

// stageFigure is a stage, with its blocks below it, or a definition.
func stageFigure(s *planned) figure {
	if s.body != nil {
		return framed("definition "+describe(s), listFigure(s.body))
	}
	note := map[bool]string{true: "waits for its whole input"}[s.Stage.Trait&(Global|Combine) != 0]
	stage := textBox(describe(s), note)
	if len(s.blocks) == 0 {
		return stage
	}
	var blocks []figure
	for _, b := range s.blocks {
		what := "a block"
		if b.sub.level > 0 {
			what = "a block for each value"
		}
		blocks = append(blocks, framed(what, listFigure(b.list)))
	}
	below := inColumn(blocks)
	f := figure{width: max(stage.width, below.width+2*gap), height: stage.height + padding + below.height, middle: stage.middle}
	f.draw = func(out *strings.Builder, x, y int) {
		stage.draw(out, x, y)
		for at, i := y+stage.height+padding, 0; i < len(blocks); i++ {
			arrow(out, ` class="block"`, x+gap/2, y+stage.height, x+gap, at+blocks[i].middle)
			blocks[i].draw(out, x+gap, at)
			at += blocks[i].height + padding
		}
		if f.width > stage.width { // the pipe goes on from the stage itself
			fmt.Fprintf(out, `<path d="M%d %dH%d"/>`+"\n", x+stage.width, y+stage.middle, x+f.width)
		}
	}
	return f
}
