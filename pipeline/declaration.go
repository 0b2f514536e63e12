package pipeline

import (
	"errors"
	"fmt"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// kinds are the traits of which a stage has exactly one.
const kinds = Source | PerValue | Combine | Ordered | Global | Sink

const longestShort = 60 // characters

// check wants what a stage says about itself to have the form that help and the planner
// rely on.
func (d *Doc) check() error {
	if !isSnakeCase(d.Name) {
		return fmt.Errorf("%q cannot be a name: small letters, digits and single underscores", d.Name)
	}
	if n := utf8.RuneCountInString(d.Short); n > longestShort {
		return fmt.Errorf("the text of Short has %d characters, more than %d", n, longestShort)
	}
	if strings.HasSuffix(d.Short, ".") {
		return errors.New("the text of Short ends with a full stop")
	}
	if kind := d.Trait & kinds; bits.OnesCount16(uint16(kind)) != 1 {
		return fmt.Errorf("must have exactly one of the traits %s, not %q", kinds, kind)
	}
	return nil
}

// isSnakeCase reports whether s is words of small letters and digits, the first one beginning
// with a letter, with an underscore between them.
func isSnakeCase(s string) bool { return isWords(s, '_') }

// isWords reports whether s is words of small letters and digits with separators between
// them, and begins with a letter.
func isWords(s string, separator byte) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == separator && s[i-1] != separator && i+1 < len(s) {
			continue
		}
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// tags are the parameters of a stage, as the tags of its arguments tell them.
type tags struct {
	args     []*param // in order
	opts     []*param
	verbatim bool // behind its first argument nothing is an option
}

// read finds the parameters among the fields of the stage, and sets their defaults.
func (t *tags) read(s *Stage) error {
	if t := embeddedPointer(s.fields); t != nil {
		return fmt.Errorf("the arguments embed %s, which may be nil", t)
	}
	if err := checkOptional(reflect.PointerTo(s.fields), ofArguments); err != nil {
		return err
	}
	for _, f := range declared(s.fields) {
		p, isArg, err := newParam(f)
		if err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
		t.verbatim = t.verbatim || f.Tag.Get("verbatim") != ""
		if isArg {
			t.args = append(t.args, p)
		} else {
			t.opts = append(t.opts, p)
		}
	}
	if err := t.setDefaults(s.usual); err != nil {
		return err
	}
	if err := t.checkNames(); err != nil {
		return err
	}
	if _, reader := reflect.New(s.fields).Interface().(FileReader); reader && s.Safe && !slices.ContainsFunc(t.params(), func(p *param) bool { return p.reach == reads }) {
		return errors.New("is safe and reads files, but none of its arguments has the tag reach")
	}
	return t.checkOrder()
}

// declared returns the fields of t that are arguments and options, those of structs that
// stand in it among them.
func declared(t reflect.Type) []reflect.StructField {
	var list []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		switch {
		case !f.IsExported() || f.Anonymous:
		case f.Tag.Get("inline") != "":
			for _, inner := range declared(f.Type) {
				inner.Index = append(slices.Clone(f.Index), inner.Index...)
				list = append(list, inner)
			}
		default:
			list = append(list, f)
		}
	}
	return list
}

// newParam reads the tags of a field.
func newParam(f reflect.StructField) (p *param, isArg bool, err error) {
	arg, isArg := f.Tag.Lookup("arg")
	opt, isOpt := f.Tag.Lookup("opt")
	if isArg == isOpt {
		return nil, false, errors.New("must have one of the tags arg and opt")
	}
	p = &param{field: f.Index, kind: f.Type, help: f.Tag.Get("help"), def: f.Tag.Get("default"), namesField: f.Tag.Get("names") != ""}
	switch f.Tag.Get("for") {
	case "":
	case "value":
		p.perValue = true
	case "turn":
		p.inTurn = true
	case "errors":
		p.ofErrors = true
	default:
		return nil, false, fmt.Errorf("for is value, turn or errors, not %q", f.Tag.Get("for"))
	}
	switch p.reach = f.Tag.Get("reach"); p.reach {
	case "", reads, writes:
	default:
		return nil, false, fmt.Errorf("reach is reads or writes, not %q", p.reach)
	}
	switch f.Tag.Get("variable") {
	case "":
	case "names":
		p.isField = true
	case "value":
		p.namesValue = true
	default:
		return nil, false, fmt.Errorf("variable is names or value, not %q", f.Tag.Get("variable"))
	}
	if v := f.Tag.Get("values"); v != "" {
		p.values = strings.Split(v, ",")
	} else if e, ok := reflect.Zero(f.Type).Interface().(Enumerated); ok {
		p.values = e.Values()
	}
	if p.help == "" {
		return nil, false, errors.New("has no help")
	}
	if isArg {
		p.setArity(arg)
	} else {
		p.names, p.optional = strings.Split(opt, ","), true
		p.rest = f.Type.Kind() == reflect.Slice
	}
	if err := p.check(isArg); err != nil {
		return nil, false, err
	}
	p.askType()
	return p, isArg, p.setBounds(f.Tag.Get("min"), f.Tag.Get("max"))
}

// askType notes what the type of the argument can do besides being set.
func (p *param) askType() {
	zero := reflect.New(p.element())
	p.continuer, _ = zero.Interface().(Continuer)
	p.fixed, _ = zero.Interface().(Fixed)
	if p.element().Kind() == reflect.Pointer {
		zero = zero.Elem()
	}
	_, p.fills = zero.Interface().(Filler)
	_, p.computes = zero.Interface().(Computing)
	_, p.sets = zero.Interface().(FieldSetter)
}

func (p *param) setArity(tag string) {
	name := tag
	switch {
	case strings.HasSuffix(tag, "...+"):
		name, p.rest = strings.TrimSuffix(tag, "...+"), true
	case strings.HasSuffix(tag, "..."):
		name, p.rest, p.optional = strings.TrimSuffix(tag, "..."), true, true
	case strings.HasSuffix(tag, "?"):
		name, p.optional = strings.TrimSuffix(tag, "?"), true
	}
	p.names = []string{name}
}

func (p *param) check(isArg bool) error {
	if p.rest && p.kind.Kind() != reflect.Slice {
		return fmt.Errorf("a repeated argument must be a slice, not %s", p.kind)
	}
	t := p.element()
	if setterFor(t) == nil {
		return fmt.Errorf("arguments of type %s are not known", t)
	}
	if e := embeddedPointer(t); e != nil {
		return fmt.Errorf("arguments of type %s embed %s, which may be nil", t, e)
	}
	if err := checkOptional(reflect.PointerTo(t), ofOneArgument); err != nil {
		return err
	}
	if p.namesValue && (isArg || t.Kind() != reflect.String) {
		return errors.New("only an option of type string names the value of a block")
	}
	if p.isField && t != exprType {
		return errors.New("only an expression has a variable for a field")
	}
	if (p.perValue || p.inTurn || p.ofErrors) && t != subType {
		return errors.New("only a block is for something")
	}
	for _, n := range p.names {
		letter := !isArg && len(n) == 1 && n != "-" && n != "="
		if !letter && !isWords(n, '-') {
			return fmt.Errorf("%q cannot be a name", n)
		}
	}
	return nil
}

// optional is an interface with one method that a type may have.
type optional struct {
	of     reflect.Type
	method string
}

// The optional interfaces of a stage's arguments together, of the type of one, and of what
// combines.
var (
	ofArguments = []optional{{reflect.TypeFor[Sourcer](), "IsSource"}, {reflect.TypeFor[Checker](), "Check"}, {reflect.TypeFor[Varied](), "Variant"}, {reflect.TypeFor[FileReader](), "WithFiles"}, {reflect.TypeFor[Reaching](), "Reaches"},
		{reflect.TypeFor[FieldMaker](), "NamesAfter"}, {reflect.TypeFor[BlockMaker](), "MadeByBlock"}, {reflect.TypeFor[FieldJoiner](), "NamesJoined"}, {reflect.TypeFor[Conflicter](), "Conflicts"}}
	ofOneArgument = []optional{{setterType, "SetArg"}, {comparingType, "Compares"}, {reflect.TypeFor[Continuer](), "Continues"},
		{reflect.TypeFor[Fixed](), "Fixed"}, {reflect.TypeFor[Filler](), "Fill"}, {reflect.TypeFor[Enumerated](), "Values"},
		{reflect.TypeFor[FieldNamer](), "FieldNames"}, {reflect.TypeFor[Computing](), "OnJob"}, {reflect.TypeFor[FieldSetter](), "SetsField"},
		{reflect.TypeFor[Caller](), "Calls"}}
	ofPartials = []optional{{reflect.TypeFor[Finisher](), "Finish"}, {reflect.TypeFor[Closer](), "Close"}}
)

// checkOptional complains about a method of t that has the name of one in the optional
// interfaces, but not its signature: it would never be called.
func checkOptional(t reflect.Type, list []optional) error {
	if t.NumMethod() == 0 {
		return nil
	}
	for _, o := range list {
		if t.Implements(o.of) {
			continue
		}
		if _, has := t.MethodByName(o.method); has {
			return fmt.Errorf("%s of %s is not that of %s, which is %v", o.method, t, o.of, o.of.Method(0).Type)
		}
	}
	return nil
}

// embeddedPointer returns the type of a pointer or interface that t embeds, or nil: its
// methods are t's, and would crash when the argument is not given.
func embeddedPointer(t reflect.Type) reflect.Type {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.Anonymous && f.Tag.Get("inline") == "" {
			continue
		}
		if k := f.Type.Kind(); k == reflect.Pointer || k == reflect.Interface {
			return f.Type
		}
		if e := embeddedPointer(f.Type); e != nil {
			return e
		}
	}
	return nil
}

// element returns the type of one value of the parameter.
func (p *param) element() reflect.Type {
	if p.rest {
		return p.kind.Elem()
	}
	return p.kind
}

func (t *tags) setDefaults(usual reflect.Value) error {
	for _, p := range t.params() {
		if p.def != "" {
			if err := p.set(usual.FieldByIndex(p.field), p.def, nil); err != nil {
				return fmt.Errorf("the default of %s: %w", p.names[0], err)
			}
		}
	}
	return nil
}

// defaults returns a pointer to a new struct of arguments that has the defaults.
func (s *Stage) defaults() reflect.Value {
	s.tags()
	args := reflect.New(s.fields)
	args.Elem().Set(s.usual)
	return args
}

// params returns the arguments, then the options.
func (s *Stage) params() []*param { return s.tags().params() }

func (t *tags) params() []*param { return slices.Concat(t.args, t.opts) }

// checkNames wants each name to stand for one argument, and one option.
func (t *tags) checkNames() error {
	if n := twice(t.args); n != "" {
		return fmt.Errorf("two arguments are called %s", n)
	}
	if n := twice(t.opts); n != "" {
		return fmt.Errorf("two options are called %s", n)
	}
	return nil
}

// twice returns a name that two of the parameters have, or "".
func twice(params []*param) string {
	var seen []string
	for _, p := range params {
		for _, n := range p.names {
			if slices.Contains(seen, n) {
				return n
			}
			seen = append(seen, n)
		}
	}
	return ""
}

// checkOrder wants the arguments that are words, and those that are blocks, each in an
// order that leaves no doubt which is meant.
func (t *tags) checkOrder() error {
	var optional, rest [2]bool
	for _, p := range t.args {
		class := 0
		if p.element() == subType {
			class = 1
		}
		if rest[class] {
			return fmt.Errorf("only the last argument can be repeated")
		}
		if optional[class] && !p.optional {
			return fmt.Errorf("a required argument stands behind an optional one")
		}
		optional[class] = optional[class] || p.optional
		rest[class] = p.rest
	}
	return nil
}
