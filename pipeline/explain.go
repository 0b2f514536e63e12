package pipeline

import (
	"fmt"
	"strings"
)

// Compile parses, binds and plans src. File is the script's name, or "" for a text from
// the command line. The error is an *Error.
func Compile(src, file string, scope Scope, settings Settings) (*Plan, error) {
	list, err := ParseNamed(file, src)
	if err != nil {
		return nil, err
	}
	bound, err := Bind(list, src, file, scope)
	if err != nil {
		return nil, err
	}
	return NewPlan(bound, file, scope.Registry, settings)
}

// Explain returns what a run of the plan would do: each stage with its arguments, its
// traits, the thread that it runs on and what joins it to the next.
func (p *Plan) Explain() string {
	var b strings.Builder
	threads := 0
	if p.feed != nil {
		fmt.Fprintf(&b, "%s  feeds the first stage, on thread 1\n", describe(p.feed))
		threads = 1
	}
	e := &explainer{out: &b, threads: threads}
	e.list(p.list, 0)
	return b.String()
}

type explainer struct {
	out     *strings.Builder
	threads int
}

func (e *explainer) list(l *BoundList, depth int) {
	for i, p := range l.Pipelines {
		if i > 0 {
			fmt.Fprintf(e.out, "%sthen\n", indent(depth))
		}
		for k, s := range p.Stages {
			e.threads++
			fmt.Fprintf(e.out, "%s%s\n", indent(depth), describe(s))
			if s.Body != nil {
				fmt.Fprintf(e.out, "%s  a definition, run on thread %d:\n", indent(depth), e.threads)
				e.threads--
				e.list(s.Body, depth+2)
				continue
			}
			join := "its values go to the output"
			if k < len(p.Stages)-1 {
				join = "a pipe of batches to the next stage"
				if s.Stage.Trait&Effect != 0 {
					join = "a pipe of capacity 1 to the next stage"
				}
			}
			fmt.Fprintf(e.out, "%s  %s; thread %d; %s\n", indent(depth), s.Stage.Trait, e.threads, join)
		}
	}
}

func indent(depth int) string { return strings.Repeat("  ", depth) }

// describe returns a stage with its arguments as they were bound.
func describe(s *Bound) string {
	words := []string{s.name}
	for _, a := range s.Call.Args {
		words = append(words, argText(a))
	}
	return strings.Join(words, " ")
}

func argText(a Arg) string {
	if s, ok := a.(fmt.Stringer); ok {
		return s.String()
	}
	return ""
}
