package pipeline

import (
	"fmt"
	"sort"
	"strings"
)

// Family is stages that belong together, in the order in which help lists them.
type Family struct {
	Name    string
	Stages  []*Stage
	Fusions []Fusion // of its stages with others
}

// Registry is the stages that a pipeline may name.
type Registry struct {
	families []Family
	byName   map[string]*Stage
}

// NewRegistry returns the registry of the families' stages. It panics when two stages have
// one name.
func NewRegistry(families ...Family) *Registry {
	r := &Registry{families: families, byName: make(map[string]*Stage)}
	for _, f := range families {
		for _, s := range f.Stages {
			if r.byName[s.Name] != nil {
				panic(fmt.Sprintf("pipeline: two stages are called %s", s.Name))
			}
			s.Family = f.Name
			r.byName[s.Name] = s
		}
		for _, fusion := range f.Fusions {
			first := r.byName[fusion.First]
			first.fusions = append(first.fusions, fusion)
		}
	}
	return r
}

// Families returns the families in their order.
func (r *Registry) Families() []Family { return r.families }

// Stage returns the stage of that name, or nil.
func (r *Registry) Stage(name string) *Stage { return r.byName[name] }

// Names returns the names of all stages, sorted.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for n := range r.byName {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Nearest returns the candidate that a misspelt name most likely means, or "".
func Nearest(name string, candidates []string) string {
	best, bestDistance := "", (len(strings.TrimLeft(name, "-"))+1)/3
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), c); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with their
// neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}

// meant returns the hint for an unknown name: "; did you mean x?" or nothing.
func meant(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return "; did you mean " + n + "?"
	}
	return ""
}
