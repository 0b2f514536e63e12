package pipeline

import (
	"fmt"
	"strings"

	"mtpipe/internal/format"
	"mtpipe/internal/redact"
	"mtpipe/internal/terminal"
)

// Drawing returns what Explain says as a picture for a terminal with so many columns: a row for each stage,
// what runs on one thread or as copies, what is fused, what joins it to the next, which stages stream and
// which wait for the end of their input, and how much they may keep. Colours say nothing that the words do not.
func (p *Plan) Drawing(columns int, colours bool) string {
	d := &drawing{plan: p, columns: min(max(columns, leastColumns), mostColumns), colours: colours}
	for _, u := range p.feed[:min(1, len(p.feed))] {
		d.threads++
		d.row("", fmt.Sprintf("thread %d", d.threads), " ", describe(u.stages[0]), "reads for the first stage")
		d.pipe("", "batches")
	}
	d.list(p.main, "")
	if !p.main.sinks() {
		d.out.WriteString("   ▼ the output\n")
	}
	return redact.Text(d.out.String())
}

// sinks reports whether the last stage of the list puts nothing.
func (l *plannedList) sinks() bool {
	units := l.pipelines[len(l.pipelines)-1].units
	last := units[len(units)-1].stages[0]
	return last.body != nil && last.body.sinks() || last.Stage != nil && last.Stage.Trait&Sink != 0
}

const (
	leastColumns = 60
	mostColumns  = 110
	whoColumns   = 10 // "16 copies "
	noteColumns  = 28
)

type drawing struct {
	plan    *Plan
	columns int
	colours bool
	out     strings.Builder
	threads int
	inBlock bool
}

func (d *drawing) list(l *plannedList, indent string) {
	for i, p := range l.pipelines {
		if i > 0 {
			d.out.WriteString(indent + "then\n")
		}
		for k, u := range p.units {
			d.unit(u, indent)
			if k < len(p.units)-1 {
				d.pipe(indent, joinOf(u))
			}
		}
	}
}

// joinOf says how the values of a unit go to the next one.
func joinOf(u *unit) string {
	switch {
	case u.capacity == 1:
		return "one value at a time"
	case u.combine:
		return "merged"
	case u.copies > 0:
		return "batches, in the order of the input"
	}
	return "batches"
}

func (d *drawing) unit(u *unit, indent string) {
	who := ""
	switch {
	case u.copies > 0:
		who = fmt.Sprintf("%d copies", u.copies)
		d.threads++
	case !d.inBlock && u.stages[0].body == nil:
		d.threads++
		who = fmt.Sprintf("thread %d", d.threads)
	}
	for i, s := range u.stages {
		mark := "│"
		switch {
		case len(u.stages) == 1:
			mark = " "
		case i == 0:
			mark = "┌"
		case i == len(u.stages)-1:
			mark = "└"
		}
		d.row(indent, who, mark, describe(s), d.note(s))
		who = ""
		inside := indent + strings.Repeat(" ", whoColumns) + "  "
		if s.body != nil {
			d.list(s.body, inside)
		}
		d.blocks(s, inside)
	}
}

// note says how the stage deals with its input.
func (d *drawing) note(s *planned) string {
	if s.body != nil {
		return "a definition:"
	}
	trait := s.Stage.Trait
	note := "streams"
	switch {
	case s.parses:
	case s.source:
		note = "reads"
		if s.effect {
			note = "acts"
		}
	case trait&(Combine|Global) != 0 || s.Stage.partial != nil:
		note = "waits for the end"
	case trait&Sink != 0:
		note = "takes in"
	}
	if trait&Retains != 0 && !s.parses {
		note = strings.TrimSuffix(note, " for the end") + ", keeps up to " + size(float64(d.plan.budget))
	}
	if s.effect && note != "acts" {
		note += ", acts"
	}
	return note
}

// blocks draws the blocks of a stage.
func (d *drawing) blocks(s *planned, indent string) {
	for i, b := range s.blocks {
		what := "a block:"
		if b.sub.level > 0 {
			what = "a block for each value:"
		} else if len(s.blocks) > 1 {
			what = fmt.Sprintf("block %d of %d:", i+1, len(s.blocks))
		}
		d.out.WriteString(indent + what + "\n")
		inBlock, threads := d.inBlock, d.threads
		d.inBlock = true
		d.list(b.list, indent+"  ")
		d.inBlock, d.threads = inBlock, threads
	}
}

// row draws a stage. What runs it stands before it, and what is said of it after it.
func (d *drawing) row(indent, who, mark, words, note string) {
	before := indent + who + strings.Repeat(" ", whoColumns-len(who)) + mark + " "
	if d.inBlock {
		before = indent + mark + " "
	}
	room := d.columns - format.Width(before) - 2
	words = format.Fit(string(terminal.AppendCell(nil, []byte(words))), max(room-len(note), 16))
	pad := strings.Repeat(" ", max(room-noteColumns-format.Width(words), 0)+2)
	name, rest, _ := strings.Cut(words, " ")
	colour := terminal.Dim
	if strings.HasPrefix(note, "waits") {
		colour = terminal.Yellow
	}
	d.out.WriteString(before + d.paint(terminal.Bold, name))
	if rest != "" {
		d.out.WriteString(" " + rest)
	}
	d.out.WriteString(pad + d.paint(colour, note) + "\n")
}

// pipe draws what joins a row to the next one.
func (d *drawing) pipe(indent, what string) {
	if d.inBlock {
		d.out.WriteString(indent + "│ " + d.paint(terminal.Dim, what) + "\n")
		return
	}
	d.out.WriteString(indent + "   │ " + d.paint(terminal.Dim, what) + "\n")
}

func (d *drawing) paint(c terminal.Colour, text string) string {
	if !d.colours {
		return text
	}
	return string(c.Append(nil, text))
}
