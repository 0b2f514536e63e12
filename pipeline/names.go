package pipeline

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"mtpipe/internal/expression"
	"mtpipe/pipeline/syntax"
)

// The rule of names: a name of a field that no record has is told. Where the names of a stage's
// input are known, because a header or a stage before says them, it is an error before the
// first record; elsewhere it is a note at the end of the run (see noted).
//
// What names an argument asks for is gathered when it is bound. The names that are known are
// followed from stage to stage: while planning, from stages that make names of their own, and
// when a reader has read a header, from there.

// FieldName is a name of a field by which an argument reads records.
type FieldName struct {
	Name   string
	Also   string // another spelling under which the field will do; "" for none
	Offset int    // in the argument's text
	Text   string // how the argument would be written if the name was meant as text; "" if it cannot be
	Beside bool   // the name is one in the file that a FieldJoiner reads beside its input

	Matches *regexp.Regexp // any name that it matches will do; nil: the name is meant

	member *expression.Member // of a field of a value in the record; only a note tells of it
}

// among reports whether names has the name, or one that will do.
func (n *FieldName) among(names []string) bool {
	return slices.Contains(names, n.Name) || n.Also != "" && slices.Contains(names, n.Also) || n.Matches != nil && slices.ContainsFunc(names, n.Matches.MatchString)
}

// FieldNamer is implemented by argument types that name fields of the records that the stage
// reads. Arguments of type string do so by their tag: names:"yes".
type FieldNamer interface{ FieldNames() []FieldName }

// FieldSetter is implemented by argument types that give records a field, which the same
// arguments after it may name.
type FieldSetter interface{ SetsField() string }

// maxSets is how often a FieldSetter may stand in a call. Each knows the records as those before it
// make them, with all their names: together they take the square of their number.
const maxSets = 2000

// FieldMaker is implemented by the arguments of a stage whose records have other fields than
// those that it reads: NamesAfter returns their names when those of the input are in. Nil
// stands for names that are not known. A stage without it, and without the trait Passes, puts
// records of which nothing is known.
type FieldMaker interface {
	NamesAfter(in []string) []string
}

// BlockMaker is implemented by a FieldMaker whose records are made of those that its blocks put:
// NamesAfter is given the names of these, when they are the same for all.
type BlockMaker interface{ MadeByBlock() }

// OfBlocks is a part of the arguments of a stage that puts what its blocks put.
type OfBlocks struct{}

// MadeByBlock is that of BlockMaker.
func (OfBlocks) MadeByBlock() {}

// NamesAfter returns the names of what the blocks put.
func (OfBlocks) NamesAfter(put []string) []string { return put }

// FieldJoiner is a FieldMaker that reads a file beside its input, whose names it tells with
// Job.TellNames: NamesJoined returns what NamesAfter does, given those as well.
type FieldJoiner interface {
	NamesJoined(in, file []string) []string
}

// joinedFile returns how messages call the file of a FieldJoiner: that of its first argument.
func joinedFile(s *boundStage) string {
	if f := reflect.ValueOf(s.Args).Elem().FieldByIndex(s.Stage.tags().args[0].field); f.Kind() == reflect.String {
		return f.String()
	}
	return "the file"
}

// FieldNames returns the fields that the expression reads.
func (e Expr) FieldNames() []FieldName {
	if e.compiled == nil {
		return nil
	}
	return NamesIn(e.compiled.Names())
}

// NamesAfter returns the names of the fields of the records that the expression makes of those
// with the names in; nil when they are not known.
func (e Expr) NamesAfter(in []string) []string {
	if e.program().It() {
		return in
	}
	return e.program().Makes()
}

// NamesIn returns the names in an expression as those of an argument.
func NamesIn(names []expression.Name) []FieldName {
	var list []FieldName
	for _, n := range names {
		list = append(list, FieldName{Name: n.Name, Offset: n.Offset, Text: n.Text, member: n.Member})
	}
	return list
}

// FieldNames returns the fields that the expressions of the template read.
func (t *Template) FieldNames() []FieldName {
	var list []FieldName
	for i := range t.Parts {
		for _, n := range t.Parts[i].Expr.FieldNames() {
			n.Offset += t.Parts[i].at
			list = append(list, n)
		}
	}
	return list
}

// ask is a name that a stage asks for, and its place.
type ask struct {
	FieldName
	place func(offset int) syntax.Pos // in the argument's text
	src   string                      // for the caret
}

// asksOf returns what an argument, whose value is in field, asks for.
func (a *argBinder) asksOf(arg lateArg, field reflect.Value) []ask {
	p := arg.param
	var names []FieldName
	switch n := fieldNamer(field); {
	case n != nil:
		names = n.FieldNames()
	case p.namesField && field.Kind() == reflect.String:
		names = []FieldName{{Name: field.String()}}
	}
	var list []ask
	for _, n := range names {
		list = append(list, ask{n, a.placeOfName(arg, n.Offset, len(names)), a.src})
	}
	return list
}

// placeOfName returns what tells the place of one of the names in an argument. Where many stand in
// a text without values it is looked for when it is told: each look goes through the text.
func (a *argBinder) placeOfName(arg lateArg, offset, names int) func(int) syntax.Pos {
	if item, skip := arg.item, arg.skip; names > 1 && arg.param.fills {
		return func(offset int) syntax.Pos { return item.inside(offset+skip, nil) }
	}
	pos := a.inside(arg, offset)
	return func(int) syntax.Pos { return pos }
}

// fieldNamer returns the argument in field as a FieldNamer, nil when it is none.
func fieldNamer(field reflect.Value) FieldNamer {
	if field.Kind() == reflect.Pointer {
		if field.IsNil() {
			return nil
		}
		n, _ := field.Interface().(FieldNamer)
		return n
	}
	n, _ := field.Addr().Interface().(FieldNamer)
	return n
}

// noteAsks notes what the argument that was read last into field asks for, unless arguments
// before it have set it.
func (a *argBinder) noteAsks(arg lateArg, field reflect.Value) {
	one := field
	if arg.param.rest {
		one = field.Index(field.Len() - 1)
	}
	for _, n := range a.asksOf(arg, one) {
		if !a.sets[n.Name] {
			a.asks = append(a.asks, n)
		}
	}
}

// noteSets notes the field that a repeated argument, which was read last into field, sets.
func (a *argBinder) noteSets(p *param, field reflect.Value) {
	if !p.rest || !p.sets {
		return
	}
	if a.sets == nil {
		a.sets = make(map[string]bool)
	}
	a.sets[field.Index(field.Len()-1).Addr().Interface().(FieldSetter).SetsField()] = true
}

// asksFor returns what the stage asks for in a block that was given g.
func (b *boundStage) asksFor(g *given) []ask {
	for ; b.late != nil && g != nil; g = g.outer {
		if slot := b.late.slots[g.level-1]; slot >= 0 {
			return g.asks[slot]
		}
	}
	return b.asks
}

// missing returns the first of asks whose name is not among those that are known, nil when all
// are there. Beside says which names these are: those of a FieldJoiner's file, or of the input.
func missing(asks []ask, names []string, beside bool) *ask {
	for i := range asks {
		n := &asks[i]
		if n.member == nil && n.Beside == beside && !n.among(names) {
			return n
		}
	}
	return nil
}

// hint says what may have been meant with the name, of those that there are.
func (n *ask) hint(s *boundStage, names []string) string {
	if n.Matches != nil {
		return ""
	}
	if len(n.Name) > 2 && strings.HasPrefix(n.Name, "/") && strings.HasSuffix(n.Name, "/") {
		return fmt.Sprintf("; %s takes one name there, not a pattern", s.name)
	}
	if outer, inner, dot := strings.Cut(n.Name, "."); dot && n.member == nil && slices.Contains(names, outer) {
		return fmt.Sprintf("; %s takes names of whole fields; the field %s of %s is read by an expression: map %s", s.name, syntax.Short(inner), syntax.Short(outer), syntax.Short(n.Name))
	}
	near := n.nearest(s, names)
	parts := strings.FieldsFunc(n.Name, func(r rune) bool { return r == ',' || r == ' ' })
	switch {
	case near != "" && n.Text != "":
		return fmt.Sprintf("; did you mean %s, or the text %s?", near, syntax.Cut(n.Text))
	case near != "":
		return "; did you mean " + near + "?"
	case n.Text != "":
		return "; text stands in quotes: " + syntax.Cut(n.Text)
	case strings.Contains(n.Name, ",") && slices.ContainsFunc(parts, func(p string) bool { return slices.Contains(names, p) }):
		return fmt.Sprintf("; names are separated by blanks: %s %s", s.name, syntax.Cut(strings.Join(parts, " ")))
	}
	return ""
}

// nearest returns the name that was probably meant, as it is written in a message, "" when there
// is none.
func (n *ask) nearest(s *boundStage, names []string) string {
	if n.member == nil {
		for i := range s.asks { // a.b where a.b is one name
			if m := &s.asks[i]; m.member != nil && strings.HasPrefix(m.Name, n.Name+".") && slices.Contains(names, m.Name) {
				return "it[" + syntax.Quote(m.Name) + "]"
			}
		}
		if near := nearestField(n.Name, names); near != "" || !s.calls(n.Name) {
			return near
		}
		return n.Name + "()"
	}
	dot := strings.LastIndexByte(n.Name, '.') + 1
	if near := nearestField(n.Name[dot:], names); near != "" {
		return syntax.Cut(n.Name[:dot]) + near
	}
	return ""
}

// calls reports whether name is a function that an expression of the stage may call.
func (s *boundStage) calls(name string) bool {
	is := func(form string) bool { return strings.HasPrefix(form, name+"(") }
	for _, family := range expression.Functions() {
		if slices.ContainsFunc(family.Functions, func(f expression.Function) bool { return is(f.Form) }) {
			return true
		}
	}
	return s.Stage != nil && slices.ContainsFunc(s.Stage.params(), func(p *param) bool { return slices.ContainsFunc(p.calls(), is) })
}

func nearestField(name string, names []string) string {
	near := syntax.Nearest(name, names)
	if i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), name) }); i >= 0 {
		near = names[i]
	}
	if near == "" {
		return ""
	}
	return syntax.Short(near)
}

// noField is the error for a name that is not among those that are known.
func (p *Plan) noField(s *boundStage, n *ask, names []string) error {
	of := ""
	if n.Beside {
		of = " in " + joinedFile(s)
	}
	what := "there is no field " + syntax.Short(n.Name)
	if n.Matches != nil {
		what = "no field matches " + syntax.Short(n.Name)
	}
	return &syntax.Error{File: s.file, Src: n.src, Pos: n.place(n.Offset), Stage: s.name, Msg: what + of + n.hint(s, names) + listed(names)}
}

// fewNames is how many names a message lists.
const fewNames = 12

// listed returns the names as they stand behind a message, if they are few.
func listed(names []string) string {
	if len(names) == 0 || len(names) > fewNames {
		return ""
	}
	short := make([]string, len(names))
	for i, n := range names {
		short[i] = syntax.Short(n)
	}
	return " (fields: " + strings.Join(short, ", ") + ")"
}

// flow follows the names of fields from stage to stage.
type flow struct {
	plan  *Plan
	given *given
	ready func(at joinerRun, in []string) []string // what comes of a FieldJoiner
	heads func(at joinerRun, in []string)          // is told what a stage with the trait AsksNames reads

	lenient bool // a name that is not there is no error
}

// list follows the names in of the input of a list, and returns those that it puts.
func (f *flow) list(l *boundList, in []string) (out []string, err error) {
	for _, p := range l.Pipelines {
		if out, err = f.stages(p.Stages, in); err != nil {
			return nil, err
		}
	}
	if len(l.Pipelines) != 1 {
		return nil, nil
	}
	return out, nil
}

func (f *flow) stages(stages []*boundStage, names []string) (out []string, err error) {
	for _, s := range stages {
		if names, err = f.stage(s, names); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// stage wants all names that a stage asks for to be among those of its input.
func (f *flow) stage(s *boundStage, in []string) (out []string, err error) {
	if s.Body != nil {
		return f.list(s.Body, in)
	}
	if in != nil {
		if n := missing(s.asksFor(f.given), in, false); n != nil && !f.lenient {
			return nil, f.plan.noField(s, n, in)
		}
		if s.Stage.Trait&AsksNames != 0 {
			f.heads(joinerRun{s, f.given}, in)
		}
	}
	var put []string // by all blocks
	blocks := 0
	for _, p := range s.Stage.tags().args {
		for _, block := range s.blocksOf(p) {
			names, err := f.list(block.list, namesInside(s, p, block, in))
			if err != nil {
				return nil, err
			}
			if blocks == 0 {
				put = names
			} else if !slices.Equal(put, names) {
				put = nil
			}
			blocks++
		}
	}
	if _, ok := s.Args.(BlockMaker); ok {
		in = put
	}
	return f.after(s, in), nil
}

// namesInside returns the names that a block of the stage, which is the argument p, reads.
func namesInside(s *boundStage, p *param, block *Sub, in []string) []string {
	switch {
	case block.list.isSource() || s.Stage.Trait&Source != 0:
		return nil
	case p.ofErrors:
		return reportNames
	}
	return in
}

// after returns the names that the stage puts.
func (f *flow) after(s *boundStage, in []string) []string {
	args := s.argsFor(f.given)
	if _, ok := args.(FieldJoiner); ok {
		if in == nil || !s.argsKnown(f.given) {
			return nil
		}
		return f.ready(joinerRun{s, f.given}, in)
	}
	if m, ok := args.(FieldMaker); ok {
		if !s.argsKnown(f.given) {
			return nil
		}
		return m.NamesAfter(in)
	}
	if s.Stage.Trait&Passes != 0 {
		return in
	}
	return nil
}

// argsKnown reports whether all arguments of the stage are known in a block that was given g.
func (b *boundStage) argsKnown(g *given) bool {
	return b.late == nil || g != nil && b.late.level <= g.level
}
