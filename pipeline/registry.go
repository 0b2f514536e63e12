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
	Answers []Answer // to names that are no stages
}

// Answer says of a name that people know from elsewhere what does the same here.
type Answer struct {
	Name string // of a program, a verb or a word of another language
	From string // where it is known from
	Say  string // the stage or stages, and perhaps a word about the difference
	Use  string // a pipeline, or a part of one, that does what the name most often does
}

// String returns the answer as messages and help have it.
func (a Answer) String() string { return a.Say + ": " + a.Use }

// Registry is the stages that a pipeline may name.
type Registry struct {
	families []Family
	byName   map[string]*Stage
	byRole   map[Role]*Stage
	answers  []Answer
}

// NewRegistry returns the registry of the families' stages. It panics when two stages have
// one name or one role.
func NewRegistry(families ...Family) *Registry {
	r := &Registry{byName: make(map[string]*Stage), byRole: make(map[Role]*Stage)}
	for _, f := range families {
		r.answers = append(r.answers, f.Answers...)
		if len(f.Stages) > 0 {
			r.families = append(r.families, f)
		}
		for _, s := range f.Stages {
			if r.byName[s.Name] != nil {
				panic(fmt.Sprintf("pipeline: two stages are called %s", s.Name))
			}
			if s.Role != NoRole && r.byRole[s.Role] != nil {
				panic(fmt.Sprintf("pipeline: %s and %s both have the role %q", r.byRole[s.Role].Name, s.Name, s.Role))
			}
			s.Family = f.Name
			r.byName[s.Name], r.byRole[s.Role] = s, s
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

// Readers returns the stages that read files that they are given, or else their input: an
// input format is the name of one of them.
func (r *Registry) Readers() []*Stage {
	var list []*Stage
	for _, f := range r.families {
		for _, s := range f.Stages {
			if s.isReader() {
				list = append(list, s)
			}
		}
	}
	return list
}

// Stage returns the stage of that name, or nil.
func (r *Registry) Stage(name string) *Stage { return r.byName[name] }

// Answers returns what is known of names that are no stages.
func (r *Registry) Answers() []Answer { return r.answers }

// Answer returns what is known of a name that is no stage; capitals count as small letters, and _
// as - where neither an answer nor a stage has the very name.
func (r *Registry) Answer(name string) (Answer, bool) {
	for _, like := range []string{name, strings.ReplaceAll(name, "_", "-")} {
		for _, a := range r.answers {
			if strings.EqualFold(a.Name, like) && r.byName[name] == nil && (like == name || r.byName[strings.ToLower(name)] == nil) {
				return a, true
			}
		}
	}
	return Answer{}, false
}

// inRole returns the stage that has the role, or nil.
func (r *Registry) inRole(role Role) *Stage {
	if role == NoRole {
		return nil
	}
	return r.byRole[role]
}

// Names returns the names of all stages, sorted.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for n := range r.byName {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
