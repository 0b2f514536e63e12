package pipeline

import (
	"fmt"
	"strings"

	"mtpipe/internal/redact"
	"mtpipe/pipeline/syntax"
)

// Compile parses, binds and plans src. File is the script's name, or "" for a text from
// the command line. The error is an *Error.
func Compile(src, file string, scope Scope, settings Settings) (*Plan, error) {
	if scope.Registry == nil {
		if scope.Registry = builtIn(); scope.Registry == nil {
			return nil, ErrNoStages
		}
	}
	list, err := syntax.ParseNamed(file, src)
	if err != nil {
		return nil, err
	}
	bound, err := bind(list, src, file, scope)
	if err != nil {
		return nil, err
	}
	return newPlan(bound, file, scope, scope.Sandbox.limits(settings))
}

// Explain returns what a run of the plan would do: each stage with its arguments and
// traits, the thread that it runs on or the copies that work side by side, and what joins
// it to the next.
func (p *Plan) Explain() string {
	e := &explainer{}
	for _, u := range p.feed[:min(1, len(p.feed))] {
		e.threads++
		fmt.Fprintf(&e.out, "%s\n  feeds the first stage; thread %d; a pipe of batches to the next stage\n", describe(u.stages[0]), e.threads)
	}
	e.list(p.main, 0)
	return redact.Text(e.out.String())
}

type explainer struct {
	out     strings.Builder
	threads int
	inBlock bool // which may run many times, so that its threads have no numbers
}

// list explains the pipelines of a list.
func (e *explainer) list(l *plannedList, depth int) {
	for i, p := range l.pipelines {
		if i > 0 {
			e.line(depth, "then")
		}
		for k, u := range p.units {
			e.unit(u, depth, k == len(p.units)-1)
		}
	}
}

func (e *explainer) unit(u *unit, depth int, last bool) {
	where := e.thread(last)
	if u.copies > 0 {
		where = fmt.Sprintf("%d copies, merged in order on %s", u.copies, where)
	}
	join := "its values go to the output"
	switch {
	case !last && u.capacity == 1:
		join = "a pipe of capacity 1 to the next stage"
	case !last:
		join = "a pipe of batches to the next stage"
	case depth > 0:
		join = "its values go where the stage around it puts"
	}
	for i, s := range u.stages {
		e.line(depth, describe(s))
		if s.body != nil {
			e.line(depth+1, "a definition; "+where+":")
			e.threads--
			e.list(s.body, depth+2)
			continue
		}
		to := join
		if i < len(u.stages)-1 {
			to = "a pipe of batches to the next stage"
		}
		e.line(depth+1, fmt.Sprintf("%s; %s; %s", s.Stage.Trait, where, to))
		e.blocks(s, depth+1)
	}
}

// thread returns how to call the thread of the next unit.
func (e *explainer) thread(last bool) string {
	switch {
	case !e.inBlock:
		e.threads++
		return fmt.Sprintf("thread %d", e.threads)
	case last:
		return "the thread of the block"
	}
	return "a thread of its own"
}

// blocks explains the blocks of a stage.
func (e *explainer) blocks(s *planned, depth int) {
	for _, b := range s.blocks {
		what := "a block:"
		if b.sub.level > 0 {
			what = "a block for each value:"
		} else if len(s.blocks) > 1 {
			what = fmt.Sprintf("a block, one of %d:", len(s.blocks))
		}
		e.line(depth, what)
		inBlock, threads := e.inBlock, e.threads
		e.inBlock = true
		e.list(b.list, depth+1)
		e.inBlock, e.threads = inBlock, threads
	}
}

func (e *explainer) line(depth int, text string) {
	e.out.WriteString(strings.Repeat("  ", depth) + text + "\n")
}

// describe returns a stage as it was called.
func describe(s *planned) string {
	words := called(s.boundStage)
	switch {
	case s.parses:
		words += " (finds the records)"
	case s.fusedWith != nil:
		words += " | " + called(s.fusedWith) + " (as one stage)"
	}
	return words
}

func called(s *boundStage) string {
	words := []string{s.name}
	for _, a := range s.Call.Args {
		if s, ok := a.(fmt.Stringer); ok {
			words = append(words, s.String())
		}
	}
	return strings.Join(words, " ")
}
