package pipeline

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Doc is what a stage says about itself.
type Doc struct {
	Name  string // snake_case
	Short string // third person, at most 60 characters, no full stop
	Long  string // paragraphs for help, may be empty
	Trait Trait
	Role  Role
}

// Role is what the language itself uses a stage for. In a registry at most one stage has it.
type Role uint8

// The roles; most stages have none.
const (
	NoRole        Role = iota
	ReadsPlain         // "<" stands for it, and it feeds a pipeline that nothing else is said of
	ReadsByName        // feeds a pipeline with files whose names tell their formats
	WritesFile         // ">" stands for it
	AppendsToFile      // ">>" stands for it
)

var roleNames = []string{"", "reads a file", "reads a file by its name", "writes a file", "appends to a file"}

// String says what the stage does in its role.
func (r Role) String() string { return roleNames[r] }

// Trait says what the planner may do with a stage.
type Trait uint16

// The traits; a stage has one of the first six and perhaps some of the others.
const (
	Source   Trait = 1 << iota // reads no stdin
	PerValue                   // each value by itself, without memory: may be copied
	Combine                    // partial results that merge
	Ordered                    // state over the stream
	Global                     // needs everything before it puts anything
	Sink                       // puts nothing
	Effect                     // the world sees it run: it never runs ahead of need
	Retains                    // keeps up to Job.Budget bytes in memory
	Textual                    // puts untyped text when that is all it reads
	Inherits                   // with no input it has the standard input of the run
	Light                      // takes less time for a batch than handing it to another reactor
)

var traitNames = []string{"source", "per value", "combine", "ordered", "global", "sink", "effect", "retains", "textual", "inherits", "light"}

// String returns the traits' names.
func (t Trait) String() string {
	var names []string
	for i, n := range traitNames {
		if t&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

// Sourcer is implemented by the arguments of a stage that reads its stdin or not as they
// say: IsSource reports that it does not.
type Sourcer interface{ IsSource() bool }

// Checker is implemented by arguments that hold conditions beyond those of each one alone.
type Checker interface{ Check() error }

// Enumerated is implemented by types of arguments that have one of a few values, as those of
// the tag "values" do.
type Enumerated interface{ Values() []string }

// ArgError is an error of Check that is about one argument or option. Any error with its
// method Argument is.
type ArgError struct {
	Arg string // its name in the tag
	Err error
}

func (e *ArgError) Error() string { return e.Err.Error() }

// Argument returns the name of the argument or option in its tag.
func (e *ArgError) Argument() string { return e.Arg }

// Unwrap returns the error itself.
func (e *ArgError) Unwrap() error { return e.Err }

// Stage is a declared stage.
type Stage struct {
	Doc
	Family string
	args   []*param // in order
	opts   []*param
	fields reflect.Type
	usual  reflect.Value // a struct of its arguments with nothing but the defaults
	body   func(*Job, any) error

	partial func(*Job, any) partial // of a combine stage that may run as copies
	fusions []Fusion                // with stages behind it
	records bool                    // body puts text whose records are found by parseRecords

	verbatim bool // behind its first argument nothing is an option
}

// param is one argument or option, read from the tags of a field.
type param struct {
	names    []string // an argument has one; an option may have a long and a short one
	field    []int    // its index, through the structs that it is embedded in
	kind     reflect.Type
	optional bool
	rest     bool // takes all that are left
	help     string
	values   []string
	min, max string
	def      string
	perValue bool // a block that is run for one value at a time, which is $it in it
	inTurn   bool // a block beside which no other of the stage runs
}

// Define declares a stage. The exported fields of A are its arguments, in order, and its
// options, by tag:
//
//	arg:"n"         a required argument; "n?" an optional one; "n..." any number of them (a
//	                slice); "n...+" at least one
//	opt:"from"      an option; "n,numeric" gives it two names; of type bool it takes no value
//	help, values, min, max, default
//	for:"value"     a block that is run for one value at a time: $it stands for it there
//	for:"turn"      a block beside which no other block of the stage runs, so that its stages
//	                may run as copies
//	verbatim:"yes"  an argument behind which no word is an option, and none is a block
//
// Fields of an embedded struct count as if they stood in its place, so that stages can have
// options in common, and so do those of a field tagged inline:"yes". A field's type is string, int, int64, float64, bool, time.Duration, Expr, Predicate,
// Pattern, *Sub (a block), any type whose pointer is an ArgSetter, a pointer to one of
// these, which is nil when it is not given, or a slice of them.
// A malformed declaration panics.
func Define[A any](doc Doc, body func(j *Job, a *A) error) *Stage {
	return DefineAs(doc, new(A), func(j *Job, a any) error { return body(j, a.(*A)) })
}

// DefineAs declares a stage whose arguments have a type that is known only when the program
// runs: that of usual, a pointer to a struct with tags as Define has them. Body gets a pointer
// to a copy of that struct, in which the arguments are set that were given.
func DefineAs(doc Doc, usual any, body func(j *Job, a any) error) *Stage {
	given := reflect.ValueOf(usual).Elem()
	s := &Stage{Doc: doc, fields: given.Type(), usual: reflect.New(given.Type()).Elem(), body: body}
	s.usual.Set(given)
	if err := s.readTags(); err != nil {
		panic(fmt.Sprintf("pipeline: stage %s: %v", doc.Name, err))
	}
	return s
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

func (s *Stage) readTags() error {
	for _, f := range declared(s.fields) {
		arg, isArg := f.Tag.Lookup("arg")
		opt, isOpt := f.Tag.Lookup("opt")
		if !isArg && !isOpt {
			return fmt.Errorf("field %s has neither arg nor opt", f.Name)
		}
		p := &param{field: f.Index, kind: f.Type, help: f.Tag.Get("help"), min: f.Tag.Get("min"),
			max: f.Tag.Get("max"), def: f.Tag.Get("default"), perValue: f.Tag.Get("for") == "value", inTurn: f.Tag.Get("for") == "turn"}
		s.verbatim = s.verbatim || f.Tag.Get("verbatim") != ""
		if v := f.Tag.Get("values"); v != "" {
			p.values = strings.Split(v, ",")
		} else if e, ok := reflect.Zero(f.Type).Interface().(Enumerated); ok {
			p.values = e.Values()
		}
		if p.help == "" {
			return fmt.Errorf("field %s has no help", f.Name)
		}
		if isArg {
			p.setArity(arg)
			s.args = append(s.args, p)
		} else {
			p.names, p.optional = strings.Split(opt, ","), true
			p.rest = f.Type.Kind() == reflect.Slice
			s.opts = append(s.opts, p)
		}
		if err := p.check(); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	for _, p := range append(slices.Clone(s.args), s.opts...) {
		if p.def != "" {
			if err := p.set(s.usual.FieldByIndex(p.field), p.def, nil); err != nil {
				return fmt.Errorf("the default of %s: %w", p.names[0], err)
			}
		}
	}
	return s.checkOrder()
}

// defaults returns a pointer to a new struct of arguments that has the defaults.
func (s *Stage) defaults() reflect.Value {
	args := reflect.New(s.fields)
	args.Elem().Set(s.usual)
	return args
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

func (p *param) check() error {
	if p.rest && p.kind.Kind() != reflect.Slice {
		return fmt.Errorf("a repeated argument must be a slice, not %s", p.kind)
	}
	if setterFor(p.element()) == nil {
		return fmt.Errorf("arguments of type %s are not known", p.element())
	}
	for _, n := range p.names {
		if n == "" || strings.ContainsAny(n, " =") {
			return fmt.Errorf("%q cannot be a name", n)
		}
	}
	for _, bound := range []string{p.min, p.max} {
		if bound != "" {
			if _, err := strconv.ParseInt(bound, 10, 64); err != nil {
				return fmt.Errorf("the bound %q is not a whole number", bound)
			}
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

// checkOrder wants the arguments that are words, and those that are blocks, each in an
// order that leaves no doubt which is meant.
func (s *Stage) checkOrder() error {
	var optional, rest [2]bool
	for _, p := range s.args {
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

// takesBlocks reports whether there may be blocks among the stage's arguments.
func (s *Stage) takesBlocks() bool {
	return slices.ContainsFunc(s.args, func(p *param) bool { return p.element() == subType })
}

// Usage returns the stage's name, arguments and options as help shows them.
func (s *Stage) Usage() string {
	var b strings.Builder
	b.WriteString(s.Name)
	for _, p := range s.opts {
		b.WriteString(" [" + p.flag() + "]")
	}
	for _, p := range s.args {
		b.WriteString(" " + p.usage())
	}
	return b.String()
}

// flag returns an option as it is written.
func (p *param) flag() string {
	var forms []string
	for _, n := range p.names {
		if len(n) == 1 {
			forms = append(forms, "-"+n)
		} else {
			forms = append(forms, "--"+n)
		}
	}
	flag := strings.Join(forms, "|")
	if p.kind.Kind() != reflect.Bool {
		flag += " " + p.placeholder()
	}
	return flag
}

// placeholder names the kind of value that an option takes.
func (p *param) placeholder() string {
	if len(p.values) > 0 {
		return strings.Join(p.values, "|")
	}
	switch p.element() {
	case exprType, predicateType:
		return "EXPR"
	case patternType:
		return "PATTERN"
	case durationType:
		return "DURATION"
	}
	kind := p.element().Kind()
	if kind == reflect.Pointer {
		kind = p.element().Elem().Kind()
	}
	switch kind {
	case reflect.Int, reflect.Int64:
		return "N"
	case reflect.Float64:
		return "NUMBER"
	}
	return "TEXT"
}

func (p *param) usage() string {
	name := strings.ToUpper(p.names[0])
	if p.element() == subType {
		name = "{ " + p.names[0] + " }"
	}
	switch {
	case p.rest && p.optional:
		return "[" + name + "...]"
	case p.rest:
		return name + "..."
	case p.optional:
		return "[" + name + "]"
	}
	return name
}

// Param is an argument or option as documentation shows it.
type Param struct{ Form, Help, Default string }

// Params returns the stage's arguments, then its options.
func (s *Stage) Params() []Param {
	var list []Param
	for _, p := range s.args {
		list = append(list, Param{p.usage(), p.help, p.def})
	}
	for _, p := range s.opts {
		list = append(list, Param{strings.ReplaceAll(p.flag(), "|-", ", -"), p.help, p.def})
	}
	return list
}
