package pipeline

import (
	"fmt"
	"strings"

	"mtpipe/internal/redact"
)

// Graph returns what a run of the plan would do as a graph in the language DOT, which Graphviz
// draws: a node for each stage, an edge for each pipe, and a cluster for stages that run as copies,
// for each definition and for each block.
func (p *Plan) Graph() string {
	g := new(grapher)
	g.line("digraph pipeline {")
	g.depth++
	g.line("rankdir=LR")
	g.line(`node [shape=box, fontname="monospace"]`)
	before := ends{}
	for _, u := range p.feed[:min(1, len(p.feed))] {
		before = g.node(u.stages[0], "feeds the first stage")
	}
	inside := g.list(p.main)
	g.edge(before.last, inside.first, "")
	g.depth--
	g.line("}")
	return redact.Text(g.out.String())
}

// ends are the first and the last node of a part of a graph; 0 is none.
type ends struct{ first, last int }

// grapher writes a graph.
type grapher struct {
	out      strings.Builder
	depth    int
	nodes    int
	clusters int
}

func (g *grapher) line(format string, args ...any) {
	g.out.WriteString(strings.Repeat("  ", g.depth))
	fmt.Fprintf(&g.out, format+"\n", args...)
}

// quoted returns text as DOT has it between quotes.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

func (g *grapher) node(s *planned, what string) ends {
	g.nodes++
	label := describe(s)
	if what != "" {
		label += "\n" + what
	}
	g.line("n%d [label=%s]", g.nodes, quoted(label))
	return ends{g.nodes, g.nodes}
}

func (g *grapher) edge(from, to int, attributes string) {
	if from > 0 && to > 0 {
		g.line("n%d -> n%d%s", from, to, attributes)
	}
}

// cluster draws what is inside of it.
func (g *grapher) cluster(label string, inside func() ends) ends {
	g.clusters++
	g.line("subgraph cluster_%d {", g.clusters)
	g.depth++
	g.line("label=%s", quoted(label))
	of := inside()
	g.depth--
	g.line("}")
	return of
}

// list draws pipelines that run one after another.
func (g *grapher) list(l *plannedList) (all ends) {
	for i, p := range l.pipelines {
		var of ends
		for k, u := range p.units {
			e := g.unit(u)
			if k == 0 {
				of = e
				continue
			}
			joined := ""
			if p.units[k-1].capacity == 1 {
				joined = ` [label="one at a time"]`
			}
			g.edge(of.last, e.first, joined)
			of.last = e.last
		}
		if i == 0 {
			all = of
			continue
		}
		g.edge(all.last, of.first, ` [style=dashed, label="then"]`)
		all.last = of.last
	}
	return all
}

func (g *grapher) unit(u *unit) ends {
	if u.copies == 0 {
		return g.stages(u)
	}
	return g.cluster(fmt.Sprintf("%d copies, merged in order", u.copies), func() ends { return g.stages(u) })
}

// stages draws those of a unit, with what runs inside of them.
func (g *grapher) stages(u *unit) (all ends) {
	for i, s := range u.stages {
		var e ends
		if s.body != nil {
			e = g.cluster("definition "+describe(s), func() ends { return g.list(s.body) })
		} else {
			e = g.node(s, "")
			g.blocks(s, e)
		}
		if i == 0 {
			all = e
			continue
		}
		g.edge(all.last, e.first, "")
		all.last = e.last
	}
	return all
}

// blocks draws the blocks of a stage.
func (g *grapher) blocks(s *planned, of ends) {
	for _, b := range s.blocks {
		label := "a block of " + s.name
		if b.sub.level > 0 {
			label = "a block of " + s.name + ", for each value"
		}
		inside := g.cluster(label, func() ends { return g.list(b.list) })
		g.edge(of.last, inside.first, " [style=dotted]")
	}
}
