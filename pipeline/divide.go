package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/internal/format"
	"mtpipe/internal/redact"
	"mtpipe/pipeline/syntax"
)

// Division is a plan as it runs over parts of its input, in other processes or on other machines, with the
// result of a run in one place. It is four steps. RunPart runs what may run in parts over each part of the
// input. Merge makes results of what the parts have made for one shard of the keys, where the stage that
// ends the parts is one that combines. Finish puts the results together and runs the stages that follow.
// What the parts are, the fourth, is said by the reader: see Input.
//
// A division is not changed by what runs of it; any goroutine may call its methods, several at a time.
type Division struct {
	plan    *Plan
	source  *boundStage
	each    []*boundStage // that run over each part
	combine *boundStage   // that takes in what these put, and hands over what it made of it; nil for none
	rest    []*boundStage // that run where the results come together
	keyed   bool          // what combine hands over is divided by keys
}

// InParts says how a stage may run over parts of its input.
type InParts uint8

// The ways.
const (
	InOne  InParts = iota // not at all: it has to have all of its input
	Apart                 // over each part by itself; what it puts, part after part, is that of one run
	Again                 // over each part, and then, once more, over what came of them, part after part
	Merged                // over each part; what it has made of them is merged
)

// PartRunner is implemented by the arguments of stages whose traits do not tell how they may run over parts.
type PartRunner interface{ InParts() InParts }

// inParts returns how a stage runs over parts.
func (p *planned) inParts() InParts {
	if r, ok := p.Args.(PartRunner); ok {
		return r.InParts()
	}
	switch {
	case p.combines():
		return Merged
	case p.mayCopy():
		return Apart
	}
	return InOne
}

// Divide returns how the plan may run over parts of its input. The error is an *Error with the place of the stage
// because of which it may not, and why.
func (p *Plan) Divide() (*Division, error) {
	if p.settings.ErrorsTo != "" {
		return nil, &syntax.Error{Msg: "--errors-to writes one file, which parts cannot write together"}
	}
	if p.settings.MaxErrors > 0 {
		return nil, &syntax.Error{Msg: "--max-errors counts the records of one run, which no part knows"}
	}
	if p.settings.OnError == Keep {
		return nil, &syntax.Error{Msg: "--on-error keep makes values of errors, which other processes cannot be given"}
	}
	if len(p.fed.Pipelines) != 1 {
		return nil, p.refuse(p.fed.Pipelines[1].Stages[0], "stands in a second pipeline, and only one at a time runs in parts")
	}
	stages, err := p.inlined(p.fed.Pipelines[0].Stages)
	if err != nil {
		return nil, err
	}
	d := &Division{plan: p}
	if len(p.feed) > 0 {
		d.source = p.feed[0].stages[0].boundStage
	} else {
		d.source, stages = stages[0], stages[1:]
	}
	if files, _ := d.Input(); len(files) == 0 || slices.Contains(files, "-") {
		return nil, p.refuse(d.source, "does not read files in parts; such a pipeline begins with a reader of files, or has FILEs behind it")
	}
	return d, d.divide(stages)
}

// divide says where each of the stages behind the reader runs.
func (d *Division) divide(stages []*boundStage) error {
	at := d.plan.place(true)
	text := d.source.Stage.Trait&Textual != 0
	for i, s := range stages {
		p := newPlanned(s)
		switch {
		case p.effect:
			return d.plan.refuse(s, "does something that the world sees, which would be done twice where a part runs again")
		case p.source:
			return d.plan.refuse(s, "reads no input")
		}
		switch p.inParts() {
		case InOne:
			return d.plan.refuse(s, "needs all of its input in one place and in order, and no stage before it makes that little")
		case Merged:
			if p.inOrder(at) {
				return d.plan.refuse(s, "finds what does not go together by the order of all of its input when errors of records do not end the run")
			}
			return d.combineAt(s, stages[i+1:])
		case Again:
			both := fuseNext(stages, i, text)
			switch {
			case both == nil:
				d.each, d.rest = append(d.each, s), stages[i:]
				return nil
			case combines(both):
				return d.combineAt(both, stages[i+2:])
			}
			d.each, d.rest = append(d.each, both), append([]*boundStage{both}, stages[i+2:]...)
			return nil
		}
		d.each = append(d.each, s)
		text = text && s.Stage.Trait&Textual != 0
	}
	return nil
}

// combineAt makes s the stage that combines.
func (d *Division) combineAt(s *boundStage, rest []*boundStage) error {
	if !combines(s) {
		return d.plan.refuse(s, "cannot hand over to another process what it has made of a part")
	}
	d.combine, d.rest, d.keyed = s, rest, s.Stage.keyed
	return nil
}

// combines reports whether other processes may merge what the stage makes.
func combines(s *boundStage) bool { return s.Stage != nil && s.Stage.portable }

// fuseNext returns the stage that does what stage i and the next one do, if there is one that does less and
// runs in parts. Text says that it reads nothing but untyped text.
func fuseNext(stages []*boundStage, i int, text bool) *boundStage {
	if i+1 == len(stages) {
		return nil
	}
	both := fuse(newPlanned(stages[i]), newPlanned(stages[i+1]), text)
	if both == nil || both.inParts() != Again && both.inParts() != Merged {
		return nil
	}
	return both.boundStage
}

// inlined returns the stages with calls of definitions replaced by what these stand for.
func (p *Plan) inlined(stages []*boundStage) ([]*boundStage, error) {
	var list []*boundStage
	for _, s := range stages {
		switch {
		case s.Body == nil:
			list = append(list, s)
			continue
		case s.onError != nil || len(s.Body.Pipelines) != 1:
			return nil, p.refuse(s, "is a definition of several pipelines, or with an --on-error of its own, which does not run in parts")
		}
		inner, err := p.inlined(s.Body.Pipelines[0].Stages)
		if err != nil {
			return nil, err
		}
		list = append(list, inner...)
	}
	return list, nil
}

// refuse returns the error that the stage s does not run in parts.
func (p *Plan) refuse(s *boundStage, why string) error {
	return &syntax.Error{File: s.file, Pos: s.Call.Pos, Stage: s.name, Msg: "cannot run in parts: it " + why}
}

// Input returns the files that are read in parts, or patterns of their names, and what finds the records in a
// file of some name.
func (d *Division) Input() (files []string, cutter func(name string) format.Cutter) {
	parts, ok := d.source.Args.(FileParts)
	if !ok {
		return nil, nil
	}
	return parts.Parts()
}

// Combines reports whether the parts hand over what a stage has made of them, for Merge, and not values.
func (d *Division) Combines() bool { return d.combine != nil }

// Keyed reports whether what the parts hand over is divided by keys, so that shards of them are merged apart
// from each other.
func (d *Division) Keyed() bool { return d.keyed }

// Passes reports whether what the parts put is the result as it is, in their order.
func (d *Division) Passes() bool { return d.combine == nil && len(d.rest) == 0 }

// Explain says what runs where.
func (d *Division) Explain() string {
	var b strings.Builder
	section := func(title string, stages ...*boundStage) {
		if len(stages) == 0 || stages[0] == nil {
			return
		}
		fmt.Fprintf(&b, "%s\n", title)
		for _, s := range stages {
			fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(describe(newPlanned(s)), "\n", "\n  "))
		}
	}
	section("read in parts", d.source)
	section("over each part", d.each...)
	title := "over each part, merged in one place"
	if d.keyed {
		title = "over each part, merged by shards of its keys"
	}
	section(title, d.combine)
	section("at the end, in one place", d.rest...)
	if d.Passes() {
		b.WriteString("at the end, in one place\n  what the parts have put, one after another\n")
	}
	return redact.Text(b.String())
}
