package pipeline

import (
	"slices"
	"strings"
)

// Sought is what a part has found of a name that a stage asks for.
type Sought struct {
	Stage  string   `json:"stage"`
	Line   int      `json:"line"`   // of the stage in the text
	Offset int      `json:"offset"` // of the stage in the text
	Name   string   `json:"name"`
	Beside bool     `json:"beside,omitempty"` // it is asked for in the file beside the input
	Member bool     `json:"member,omitempty"` // it is asked for in a record in a field
	Met    bool     `json:"met,omitempty"`    // there was something that might have had it
	Found  bool     `json:"found,omitempty"`
	Names  []string `json:"names,omitempty"` // that there were instead, at most mostSought
}

const mostSought = 100

// sought returns what was found of the names that stages asked for.
func (n *noted) sought() (list []Sought) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for stage, t := range n.list {
		for _, side := range []*side{&t.input, &t.file} {
			for _, of := range side.asks {
				names, missing := of.missing(side)
				s := Sought{Stage: stage.name, Line: stage.Call.Pos.Line, Offset: stage.Call.Pos.Offset, Name: of.Name, Beside: of.Beside, Member: of.member != nil}
				if s.Met, s.Found = missing || side.came && of.found, of.foundIn(); missing {
					s.Names = names[:min(len(names), mostSought)]
				}
				list = append(list, s)
			}
		}
	}
	slices.SortFunc(list, func(a, b Sought) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// foundIn reports whether a record had the field.
func (n *tallied) foundIn() bool {
	if n.member == nil {
		return n.found
	}
	return slices.ContainsFunc(n.members, func(m ask) bool { _, _, found := m.member.Seen(); return found })
}

// take adds what other processes have found of the names that the stages ask for.
func (n *noted) take(list []Sought, stages []*boundStage) {
	for _, stage := range stages {
		n.tally(stage, nil)
		t := n.list[stage]
		if t == nil {
			continue
		}
		for _, s := range list {
			if s.Stage == stage.name && s.Line == stage.Call.Pos.Line && s.Offset == stage.Call.Pos.Offset {
				t.take(s)
			}
		}
		t.done.Store(t.input.open+t.file.open == 0)
	}
}

func (t *tally) take(s Sought) {
	side := &t.input
	if s.Beside {
		side = &t.file
	}
	i := slices.IndexFunc(side.asks, func(of *tallied) bool { return of.Name == s.Name && (of.member != nil) == s.Member })
	if i < 0 {
		return
	}
	of := side.asks[i]
	if s.Member {
		of.parts.Met, of.parts.Found = of.parts.Met || s.Met, of.parts.Found || s.Found
		if len(of.parts.Names) == 0 {
			of.parts.Names = s.Names
		}
		return
	}
	side.came = side.came || s.Met
	if s.Found && !of.found {
		of.found = true
		side.open--
	}
	if side.names == nil {
		side.names = make(map[string]bool)
	}
	for _, name := range s.Names {
		if len(side.names) < mostNames {
			side.names[name] = true
		}
	}
}
