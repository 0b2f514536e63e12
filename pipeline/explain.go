package pipeline

import (
	"fmt"
	"strings"

	"mtpipe/pipeline/syntax"
)

// Compile parses, binds and plans src. File is the script's name, or "" for a text from
// the command line. The error is an *Error.
func Compile(src, file string, scope Scope, settings Settings) (*Plan, error) {
	list, err := syntax.ParseNamed(file, src)
	if err != nil {
		return nil, err
	}
	bound, err := Bind(list, src, file, scope)
	if err != nil {
		return nil, err
	}
	return NewPlan(bound, file, scope.Registry, settings)
}

// Explain returns what a run of the plan would do: each stage with its arguments and
// traits, the thread that it runs on or the copies that work side by side, and what joins
// it to the next.
func (p *Plan) Explain() string {
	e := &explainer{jobs: p.jobs}
	if p.feed != nil {
		e.threads++
		fmt.Fprintf(&e.out, "%s\n  feeds the first stage; thread %d; a pipe of batches to the next stage\n", describe(p.feed), e.threads)
	}
	e.list(p.list, p.feed != nil, 0)
	return e.out.String()
}

type explainer struct {
	out     strings.Builder
	jobs    int
	threads int
	shared  bool // the pipelines being explained share an input
}

// list explains the pipelines of a list. Fed says that their first stages have an input.
func (e *explainer) list(l *BoundList, fed bool, depth int) {
	for i, p := range l.Pipelines {
		if i > 0 {
			e.line(depth, "then")
		}
		jobs := e.jobs
		if fed && (e.shared || len(l.Pipelines) > 1) {
			jobs = 1
		}
		us := units(p.Stages, fed, jobs)
		for k, u := range us {
			e.unit(u, fed || k > 0, depth, k == len(us)-1)
		}
	}
}

func (e *explainer) unit(u unit, fed bool, depth int, last bool) {
	e.threads++
	where := fmt.Sprintf("thread %d", e.threads)
	if u.copies {
		where = fmt.Sprintf("%d copies, merged in order on thread %d", e.jobs, e.threads)
	}
	join := "its values go to the output"
	switch {
	case !last && u.stages[0].hasEffect():
		join = "a pipe of capacity 1 to the next stage"
	case !last:
		join = "a pipe of batches to the next stage"
	case depth > 0:
		join = "its values go where the stage around it puts"
	}
	for i, s := range u.stages {
		e.line(depth, describe(s))
		if s.Body != nil {
			e.line(depth+1, "a definition; "+where+":")
			e.threads--
			before := e.shared
			e.shared = before && i == 0
			e.list(s.Body, fed, depth+2)
			e.shared = before
			continue
		}
		to := join
		if i < len(u.stages)-1 {
			to = "a pipe of batches to the next stage"
		}
		e.line(depth+1, fmt.Sprintf("%s; %s; %s", s.Stage.Trait, where, to))
	}
}

func (e *explainer) line(depth int, text string) {
	e.out.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

// describe returns a stage as it was called.
func describe(s *Bound) string {
	words := []string{s.name}
	for _, a := range s.Call.Args {
		if s, ok := a.(fmt.Stringer); ok {
			words = append(words, s.String())
		}
	}
	switch {
	case s.parses:
		words = append(words, "(finds the records)")
	case s.fusedWith != nil:
		return strings.Join(words, " ") + " | " + describe(s.fusedWith) + " (as one stage)"
	}
	return strings.Join(words, " ")
}
