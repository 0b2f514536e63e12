package pipeline

import (
	"fmt"
	"strconv"
	"strings"

	"mtpipe/internal/expression"
	"mtpipe/pipeline/syntax"
)

// boundStage is a stage of a pipeline with its arguments, or a call of a definition.
type boundStage struct {
	Call    *syntax.Call
	Stage   *Stage     // nil for a definition
	Args    any        // a pointer to the struct of its arguments
	Body    *boundList // what a definition stands for
	name    string
	file    string   // the script that it stands in, or ""
	onError *OnError // what its option says of records that are wrong; nil when it says nothing
	asks    []ask    // the names of fields that its arguments name, but for those that are made later
	late    *late    // how its arguments are made of the value that a block is run for; nil when they are not
}

// Name returns the name that the stage was called by.
func (b *boundStage) Name() string { return b.name }

// IsSource reports whether the stage reads no stdin.
func (b *boundStage) IsSource() bool {
	if b.Body != nil {
		return b.Body.isSource()
	}
	if s, ok := b.Args.(Sourcer); ok {
		return s.IsSource()
	}
	return b.Stage.Trait&Source != 0
}

// isSource reports whether no pipeline of the list reads an input.
func (l *boundList) isSource() bool {
	for _, p := range l.Pipelines {
		if !p.Stages[0].IsSource() {
			return false
		}
	}
	return true
}

// needsFeed reports whether some pipeline of the list begins with a stage that reads an input
// which has to be read for it.
func (l *boundList) needsFeed() bool {
	for _, p := range l.Pipelines {
		first := p.Stages[0]
		switch {
		case first.Body != nil:
			if first.Body.needsFeed() {
				return true
			}
		case !first.IsSource() && first.Stage.Trait&Inherits == 0:
			return true
		}
	}
	return false
}

// boundPipeline is stages joined by pipes.
type boundPipeline struct{ Stages []*boundStage }

// boundList is pipelines that run one after another into the same stdout.
type boundList struct{ Pipelines []*boundPipeline }

// Sub is a block among a stage's arguments: a nested list. The stage runs it with
// Job.RunHere, Job.Start or, when the block is for one value at a time, Job.StartFor.
type Sub struct {
	list  *boundList
	level int     // of a block for one value: how many there are, with those around it
	late  []*late // of the stages in it that the value is among the words of
}

// bind looks up the names in list and binds all arguments. It reads the files that the
// text imports, and does no other I/O. The error is an
// *Error with the source, for the caret.
func bind(list *syntax.List, src, file string, scope Scope) (*boundList, error) {
	b := &binder{scope: scope, sourceText: &sourceText{src: src, file: file}}
	f := &frame{}
	if err := b.imports(list, f); err != nil {
		return nil, err
	}
	return b.list(list, f)
}

// sourceText is a text with definitions and pipelines, and its script's name, or "".
type sourceText struct{ src, file string }

type binder struct {
	*sourceText // that what is being bound stands in
	scope       Scope
	within      []*syntax.Definition // that are being bound, outermost first
	libraries   []*library           // that were imported
	calls       int                  // that definitions stand for
	open        []*Sub               // the blocks for one value that are being bound, outermost first
	level       int                  // of the innermost of them whose value was asked for; see asked
	texts       int                  // how often the text of such a value was asked for
	given       *given               // when a block is at work; nil before
	failed      error                // that the text of a variable cannot be had; only when a block is at work
}

// frame is the definitions and parameters that are visible in one list.
type frame struct {
	parent *frame
	defs   map[string]*definition
	params map[string]variable
}

// variable is a parameter's text. When that is made of the value that a block is run for, it
// is a placeholder until then.
type variable struct {
	text  string
	level int // of the block; 0 when the text is as it was written
	word  *syntax.Word
	home  *frame // where the variables of word are looked up; nil for the value itself
}

// itName is the variable that stands for the value that a block is run for, and placeholder
// what it and all that is made of it are taken for until then.
const (
	itName      = "it"
	placeholder = "0"
)

// BracesName is not a variable's name: looking it up tells a SetArg whether braces in its
// text stand for the value that a block is run for.
const BracesName = "{}"

func (b *binder) errorAt(pos syntax.Pos, stage, format string, args ...any) *syntax.Error {
	return &syntax.Error{File: b.file, Src: b.src, Pos: pos, Stage: stage, Msg: fmt.Sprintf(format, args...)}
}

// lookup returns a variable: a parameter, a positional argument, or one of the scope.
func (b *binder) lookup(inner *frame) func(string) (string, bool) {
	return func(name string) (string, bool) {
		if later, ok := strings.CutPrefix(name, expression.Given); ok {
			v, _ := inner.variable(later)
			b.level = max(b.level, v.level)
			return "", v.level > 0
		}
		if v, ok := inner.variable(name); ok {
			return b.textOf(v), true
		}
		switch n, err := strconv.Atoi(name); {
		case name == BracesName:
			return "", false
		case name == "#":
			return strconv.Itoa(len(b.scope.Args)), true
		case name == "@":
			return strings.Join(b.scope.Args, " "), true
		case err == nil:
			if n >= 1 && n <= len(b.scope.Args) {
				return b.scope.Args[n-1], true
			}
			return "", false
		}
		if b.scope.Lookup == nil {
			return "", false
		}
		return b.scope.Lookup(name)
	}
}

// variable returns a parameter that is visible in f.
func (f *frame) variable(name string) (v variable, ok bool) {
	for ; f != nil && !ok; f = f.parent {
		v, ok = f.params[name]
	}
	return v, ok
}

// asked calls f and returns the level of the innermost block whose value was asked for in it;
// 0 when none was.
func (b *binder) asked(f func()) int {
	before := b.level
	b.level = 0
	f()
	level := b.level
	b.level = max(before, level)
	return level
}

// expand returns the text of a word and the level of the block whose value it is made of.
func (b *binder) expand(w *syntax.Word, f *frame) (text string, level int, err *syntax.Error) {
	level = b.asked(func() { text, err = w.Expand(b.lookup(f)) })
	return text, level, err
}

func (b *binder) list(list *syntax.List, f *frame) (*boundList, error) {
	bound := &boundList{}
	for _, item := range list.Items {
		switch item := item.(type) {
		case *syntax.Definition:
			if err := b.define(&definition{item, b.sourceText, f}, f); err != nil {
				return nil, err
			}
		case *syntax.Pipeline:
			p, err := b.pipeline(item, f)
			if err != nil {
				return nil, err
			}
			bound.Pipelines = append(bound.Pipelines, p)
		}
	}
	return bound, nil
}

func (b *binder) pipeline(p *syntax.Pipeline, f *frame) (*boundPipeline, error) {
	bound := &boundPipeline{}
	for i, call := range p.Calls {
		s, err := b.call(call, f)
		if err != nil {
			return nil, err
		}
		before, after, err := b.redirections(call, i == 0, i == len(p.Calls)-1, f)
		if err != nil {
			return nil, err
		}
		if i > 0 && s.IsSource() {
			return nil, b.errorAt(call.Pos, s.name, noInput)
		}
		if before != nil && s.IsSource() {
			return nil, b.errorAt(call.Redirs[0].Pos, s.name, "reads no input")
		}
		for _, e := range []*boundStage{before, s, after} {
			if e != nil {
				bound.Stages = append(bound.Stages, e)
			}
		}
	}
	return bound, nil
}

const (
	maxCalls = 100 // how deep definitions may call each other

	// maxExpansion is how many calls all that definitions stand for may have together: two that
	// each call the next one twice are four, and soon more than any machine has room for.
	maxExpansion = 100_000
)

func (b *binder) call(call *syntax.Call, f *frame) (*boundStage, error) {
	name, level, err := b.expand(call.Name, f)
	if err != nil {
		return nil, b.complete(err, "")
	}
	if n, ok := variableIn([]*syntax.Word{call.Name}); ok && n != itName && b.scope.ArgsAreValues {
		return nil, b.errorAt(call.Pos, "", "%s is a value, and cannot be the name of a stage", syntax.Short("$"+n))
	}
	if level > 0 {
		return nil, b.errorAt(call.Pos, "", "the value that a block is run for cannot be the name of a stage")
	}
	if len(b.within) > 0 {
		if b.calls++; b.calls > maxExpansion {
			return nil, b.errorAt(call.Pos, name, "is one of more than %d stages that the definitions stand for", maxExpansion)
		}
	}
	if def := f.find(name); def != nil {
		return b.definition(call, name, def, f)
	}
	s := b.scope.Registry.Stage(name)
	if answer, ok := b.scope.Registry.Answer(name); ok && s == nil {
		return nil, b.errorAt(call.Pos, "", "there is no stage %s; %s", shortName(name), answer)
	}
	if s == nil && name == "import" {
		return nil, b.errorAt(call.Pos, "", "import stands where a pipeline begins, and names a file: import lib.mtp")
	}
	if s == nil {
		return nil, b.errorAt(call.Pos, "", "there is no stage %s%s", shortName(name), syntax.Meant(name, b.names(f)))
	}
	bound, bindErr := b.arguments(s, call, f)
	if bindErr != nil {
		return nil, bindErr
	}
	bound.name = name
	late := bound.late
	if late != nil {
		late.bound = bound
	}
	return bound, nil
}

func shortName(name string) string {
	if syntax.IsName(name) {
		return syntax.Short(name)
	}
	return syntax.Quote(name)
}

func (b *binder) names(f *frame) []string {
	names := b.scope.Registry.Names()
	for ; f != nil; f = f.parent {
		for n := range f.defs {
			names = append(names, n)
		}
	}
	return names
}

func (b *binder) complete(err *syntax.Error, stage string) *syntax.Error {
	err.File, err.Src = b.file, b.src
	if err.Stage == "" {
		err.Stage = stage
	}
	return err
}

func count(n int, what string) string {
	switch n {
	case 0:
		return "no " + what + "s"
	case 1:
		return "one " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// IsSource reports whether the block reads no input.
func (s *Sub) IsSource() bool { return s.list.isSource() }
