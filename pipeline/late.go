package pipeline

import (
	"reflect"
	"slices"
	"strings"

	"mtpipe/internal/expression"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// A block that is run for one value at a time is bound and planned once, with a placeholder
// where its words have $it. When it runs for a value, it is given that: the stages which have
// $it among their words get a copy of their arguments in which these are set; all others are
// shared by all runs.

// given is the value that a block runs for, and those of the blocks around it.
type given struct {
	value value.Value
	level int // of the block
	outer *given
	args  []any   // of the block's late stages, in their order
	asks  [][]ask // and the names of fields in those
}

// at returns what the block of that level was given, nil when there is none.
func (g *given) at(level int) *given {
	for g != nil && g.level != level {
		g = g.outer
	}
	return g
}

// late is how the arguments of a stage are made of the values of the blocks around it.
type late struct {
	scope Scope
	text  *sourceText
	bound *boundStage // with placeholders
	stage *Stage
	call  *syntax.Call
	frame *frame
	at    map[string]syntax.Pos // where the arguments stand
	args  []lateArg
	level int   // from which on all are known
	slots []int // by levels, from 1: where the stage is in Sub.late; -1: nowhere
}

// lateArg is an argument as it was written; when it is late, it is set for each value.
type lateArg struct {
	param *param
	item  item
	name  string // how messages call it
	skip  int    // how much of the word is the option
	index int    // among the values of a repeated argument
	level int    // of the innermost block whose value it has to do with
	again bool   // it is read again for a value; otherwise only its variables are filled in
}

// Filler is implemented by argument types that are expressions or templates, or have some in
// them. Variables are no part of their text: SetArg has them as references, each the name between
// two syntax.Reference, and its lookup knows their values. Fill puts the values of those that are
// known only when the block around them runs; see expression.Given.
type Filler interface {
	Fill(of func(name string) value.Value)
}

// LateNamer is implemented by a Filler that is a FieldNamer, too. NamesLate reports whether the
// names are made of values that Fill has given; before that there are none.
type LateNamer interface {
	FieldNamer
	NamesLate() bool
}

// latePlaces returns how many late stages each of the open blocks has.
func (b *binder) latePlaces() []int {
	var places []int
	for _, s := range b.open {
		places = append(places, len(s.late))
	}
	return places
}

// noteLate tells the blocks around whose values the arguments have to do with. Places are
// those of the stage among the late ones of each.
func (a *argBinder) noteLate(places []int) *late {
	l := &late{scope: a.scope, text: a.binder.sourceText, stage: a.stage, call: a.call, frame: a.frame, at: a.at, args: a.late}
	for range places {
		l.slots = append(l.slots, -1)
	}
	for _, arg := range a.late {
		l.level = max(l.level, arg.level)
		if i := arg.level - 1; l.slots[i] < 0 {
			l.slots[i] = places[i] // the block counts anew when it is whole
			a.binder.open[i].late = slices.Insert(a.binder.open[i].late, places[i], l)
		}
	}
	return l
}

// argsFor returns the arguments of the stage in a block that was given g.
func (b *boundStage) argsFor(g *given) any {
	for ; b.late != nil && g != nil; g = g.outer {
		if slot := b.late.slots[g.level-1]; slot >= 0 {
			return g.args[slot]
		}
	}
	return b.Args
}

// give returns what a run of the block for v is given. The error is that of words that v does
// not fit.
func (s *Sub) give(v value.Value, outer *given) (*given, error) {
	g := &given{value: v, level: s.level, outer: outer}
	for _, l := range s.late {
		args, asks, err := l.set(g)
		if err != nil {
			return nil, err
		}
		g.args, g.asks = append(g.args, args), append(g.asks, asks)
	}
	return g, nil
}

// set returns a copy of the stage's arguments with those that are made of the value of g, and
// the names of fields in all that are known by then.
func (l *late) set(g *given) (any, []ask, error) {
	b := &binder{scope: l.scope, sourceText: l.text, given: g}
	args := reflect.New(l.stage.fields)
	args.Elem().Set(reflect.ValueOf(l.bound.argsFor(g.outer)).Elem())
	a := &argBinder{binder: b, stage: l.stage, call: l.call, frame: l.frame, fields: args.Elem(), at: l.at}
	a.asks = slices.Clip(l.bound.asksFor(g.outer))
	for _, arg := range l.args {
		if arg.level == g.level {
			err := a.fill(&arg)
			if b.failed != nil {
				return nil, nil, b.failed
			}
			if err != nil {
				return nil, nil, a.wrong(arg, err)
			}
		}
	}
	if l.level > g.level {
		return args.Interface(), a.asks, nil
	}
	return args.Interface(), a.asks, a.check(args.Interface())
}

// fill sets an argument again, now that there is a value, with which its text is, too.
func (a *argBinder) fill(arg *lateArg) error {
	p := arg.param
	field := a.fields.FieldByIndex(p.field)
	if p.rest {
		a.disown(p, field)
		field = field.Index(arg.index)
	}
	if arg.again {
		text, err := a.lateText(*arg)
		if err != nil {
			return err
		}
		field.SetZero()
		if err := p.read(field, text, a.variables(p)); err != nil {
			return err
		}
		a.asks = append(a.asks, a.asksOf(*arg, field)...)
	} else if field.Kind() == reflect.Pointer {
		pointed := reflect.New(p.element().Elem())
		pointed.Elem().Set(field.Elem())
		field.Set(pointed)
	}
	if p.fills {
		f := filler(field)
		f.Fill(func(name string) value.Value { return a.value(name, a.frame) })
		if n, ok := f.(LateNamer); ok && !arg.again && n.NamesLate() {
			a.asks = append(a.asks, a.asksOf(*arg, field)...)
		}
	}
	return nil
}

// disown gives a repeated argument, which is in field, values that no other run has, once.
func (a *argBinder) disown(p *param, field reflect.Value) {
	if a.own[p] {
		return
	}
	if a.own == nil {
		a.own = make(map[*param]bool)
	}
	a.own[p] = true
	own := reflect.MakeSlice(p.kind, field.Len(), field.Len())
	reflect.Copy(own, field)
	field.Set(own)
}

// variables returns what a parameter is read with. One that is no Filler gets all variables as
// text, and is read again for each value.
func (a *argBinder) variables(p *param) func(string) (string, bool) {
	lookup := a.lookup(a.frame)
	if p.fills {
		return lookup
	}
	return func(name string) (string, bool) {
		if strings.HasPrefix(name, expression.Given) {
			return "", false
		}
		return lookup(name)
	}
}

// filler returns the argument in field, which is a Filler, as one.
func filler(field reflect.Value) Filler {
	if field.Kind() != reflect.Pointer {
		field = field.Addr()
	}
	return field.Interface().(Filler)
}

// lateText returns the text of an argument that is made of a value.
func (a *argBinder) lateText(arg lateArg) (string, error) {
	if arg.param.fills {
		return a.references(arg)
	}
	text := arg.item.text
	if arg.item.level > 0 {
		var pieces []string
		for _, w := range arg.item.words {
			piece, _, err := a.expand(w, a.frame)
			if err != nil {
				return "", err
			}
			pieces = append(pieces, piece)
		}
		text = strings.Join(pieces, " ")
	}
	return text[min(arg.skip, len(text)):], nil
}

// textOf returns the text of a variable.
func (b *binder) textOf(v variable) string {
	if v.level > 0 {
		b.level, b.texts = max(b.level, v.level), b.texts+1
	}
	g := b.given.at(v.level)
	switch {
	case g == nil:
		return v.text
	case v.home == nil:
		return string(g.value.AppendText(nil))
	}
	text, err := v.word.Expand(b.lookup(v.home))
	if err != nil { // only its length was not known before
		b.failed = b.complete(err, "")
		return ""
	}
	return text
}

// value returns the value of a variable that is visible in f: what a block is run for, or untyped
// text.
func (b *binder) value(name string, f *frame) value.Value {
	v, ok := f.variable(name)
	g := b.given.at(v.level)
	switch {
	case !ok || g == nil:
		return value.Null
	case v.home == nil:
		return g.value
	case v.home != nil && len(v.word.Parts) == 1 && v.word.Parts[0].Kind == syntax.Variable:
		return b.value(v.word.Parts[0].Text, v.home)
	}
	return value.TextOf(b.textOf(v))
}
