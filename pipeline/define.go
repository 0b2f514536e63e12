package pipeline

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Doc is what a stage says about itself. Define panics when it has not the form told here.
type Doc struct {
	Name  string // snake_case: how help, messages and pipelines call the stage
	Short string // third person, at most 60 characters, no full stop
	Long  string // paragraphs for help, may be empty
	Trait Trait  // exactly one of the first six, and perhaps some of the others
	Role  Role   // none for most

	// Safe says that a sandbox may allow the stage: it touches nothing but its input, its output
	// and the messages, and what its arguments have the tag reach for. See Sandbox.
	Safe bool

	// Instead has, for options that are not there but that the stage's namesakes have, what is
	// written instead: by the option with its dashes, and by "" for an argument too many.
	Instead map[string]string
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

// The traits; a stage has exactly one of the first six and perhaps some of the others.
const (
	Source    Trait = 1 << iota // reads no stdin
	PerValue                    // each value by itself, without memory: may be copied
	Combine                     // partial results that merge
	Ordered                     // state over the stream
	Global                      // needs everything before it puts anything
	Sink                        // puts nothing
	Effect                      // the world sees it run: it never runs ahead of need
	Retains                     // keeps up to Job.Budget bytes in memory
	Textual                     // puts untyped text when that is all it reads
	Inherits                    // with no input it has the standard input of the run
	Light                       // takes less time for a batch than handing it to another reactor
	Passes                      // what it puts are values that it reads, unchanged but for their order
	AsksNames                   // asks for the names of the fields of its input when no record comes: see Job.Names
	Unread                      // takes text that was not read yet: see Job.UnreadBatches
	Previews                    // its result so far can be seen while it goes on reading: see Job.Preview
)

var traitNames = []string{"source", "per value", "combine", "ordered", "global", "sink", "effect", "retains", "textual", "inherits", "light", "passes"} // but those of AsksNames, Unread and Previews, which say nothing of how the stage runs

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

// Varied is implemented by arguments of which some ask for another way to run: Variant returns the
// stage that does what they say, which has arguments of the same type, or nil for the one that
// was declared. Which arguments are given decides, not those that are made of a block's value.
type Varied interface{ Variant() *Stage }

// Conflicter is implemented by the arguments of a stage that combines, when a record may be wrong
// because of those before it: Conflicts reports that. Unless the first error ends the run, one
// partial takes in all of the input, in its order; see Job.TellsEach.
type Conflicter interface{ Conflicts() bool }

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
	tags   func() *tags // read when somebody asks first: most stages are not in a pipeline
	fields reflect.Type
	usual  reflect.Value // a struct of its arguments with nothing but the defaults
	body   func(*Job, any) error
	plain  func(*Job, any) error // body without its quick ways, or nil

	partial  func(*Job, any) partial // of a combine stage that may run as copies
	portable bool                    // its partial is Portable
	keyed    bool                    // and Sharded
	fusions  []Fusion                // with stages behind it
	records  bool                    // body puts text whose records are found by parseRecords

	traitOf func(args any) Trait
}

// param is one argument or option, read from the tags of a field.
type param struct {
	names      []string // an argument has one; an option may have a long and a short one
	field      []int    // its index, through the structs that it is embedded in
	kind       reflect.Type
	optional   bool
	rest       bool // takes all that are left
	help       string
	values     []string
	min, max   *bound // nil for none
	def        string
	namesField bool   // its text is the name of a field
	reach      string // reads, writes or ""
	perValue   bool   // a block that is run for one value at a time, which is $it in it
	inTurn     bool   // a block beside which no other of the stage runs
	ofErrors   bool   // a block that reads what goes wrong in another
	isField    bool   // an expression that is read by SetField
	sets       bool   // its type is a FieldSetter
	namesValue bool   // its text is one more name of the value that the stage's blocks are run for

	// What the type of the argument can do besides.
	continuer Continuer
	fixed     Fixed
	fills     bool // it is a Filler, or points to one
	computes  bool // it is Computing, or points to what is
}

// Define declares a stage. The exported fields of A are its arguments, in order, and its
// options, by tag:
//
//	arg:"n"         a required argument; "n?" an optional one; "n..." any number of them (a
//	                slice); "n...+" at least one
//	opt:"from"      an option; "n,numeric" gives it two names; of type bool it takes no value
//	help:"how many" what it is; every one has it
//	values:"a,b"    the words that it may be
//	min:"1" max:"9" bounds of a number or duration
//	default:"5"     what it is when it is not given
//	for:"value"     a block that is run for one value at a time: $it stands for it there
//	for:"errors"    a block that reads what goes wrong in another, as records
//	for:"turn"      a block beside which no other block of the stage runs, so that its stages
//	                may run as copies
//	variable:"names" an expression in which a variable alone names a field: see Expr.SetField
//	variable:"value" an option of type string whose text is one more variable for the value of
//	                the stage's blocks
//	names:"yes"     it is the name of a field of the records that are read
//	reach:"reads"   it is the name of a file that is read, which a sandbox may refuse
//	reach:"writes"  it is the name of a file that is written, which a sandbox refuses
//	verbatim:"yes"  an argument behind which no word is an option, and none is a block
//
// Fields of an embedded struct count as if they stood in its place, so that stages can have
// options in common, and so do those of a field tagged inline:"yes". A field's type is string,
// int, int64, float64, bool, time.Duration, Expr, Predicate, Pattern, *Sub (a block), any type
// whose pointer is an ArgSetter, a pointer to one of these, which is nil when it is not given,
// or a slice of them. The zero value of such a type stands for an argument that is not given,
// and is safe to ask: it embeds no pointer.
//
// *A may implement more, each of which is optional:
//
//	Sourcer     whether the stage reads its stdin depends on its arguments
//	Checker     conditions on several arguments together
//	Varied      some of its arguments ask for another way to run
//	Reaching    arguments together make a safe stage reach further than a sandbox allows
//	FileReader  the stage can be given files to read, those behind the pipeline among them
//	FieldMaker  the fields of what the stage puts are others than those of what it reads
//	FieldJoiner the same, for a stage that reads a file beside its input
//
// and so may a pointer to the type of an argument or option:
//
//	ArgSetter   it reads itself from a word
//	Continuer   its text may go on in the next word
//	Comparing   its text is an expression, so that > and < beside it may be a mistake
//	Fixed       it has no variables
//	Filler      it holds expressions or a template: variables stand in it for values, and are never a part of its text
//	Enumerated  the words that it may be, as the tag values has them
//	FieldNamer  it names fields of the records that are read
//	FieldSetter it gives records a field, which the same arguments after it may name
//	Caller      its expression may call functions that others do not have
//
// A malformed declaration panics: Define about the name and the traits, and the first that binds
// the stage, or asks how it is used, about a tag, a default or a bound.
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
	mustBeSound(doc, doc.check())
	s.tags = sync.OnceValue(func() *tags {
		t := &tags{}
		mustBeSound(doc, t.read(s))
		return t
	})
	return s
}

// mustBeSound panics with what is wrong with a declaration.
func mustBeSound(doc Doc, err error) {
	if err != nil {
		panic(fmt.Sprintf("pipeline: stage %s: %v", doc.Name, err))
	}
}

// WithTrait says that some arguments make another stage of s, whose trait of returns; 0 stands for
// that of s. The argument is a pointer to the struct.
func (s *Stage) WithTrait(of func(args any) Trait) *Stage {
	s.traitOf = of
	return s
}

// as returns the stage that these arguments make of s.
func (s *Stage) as(args any) *Stage {
	if v, ok := args.(Varied); ok {
		if variant := v.Variant(); variant != nil {
			return variant
		}
	}
	if s.traitOf == nil {
		return s
	}
	trait := s.traitOf(args)
	if trait == 0 {
		return s
	}
	other := *s
	other.Trait = trait
	return &other
}

// takesBlocks reports whether there may be blocks among the stage's arguments.
func (s *Stage) takesBlocks() bool {
	return slices.ContainsFunc(s.tags().args, func(p *param) bool { return p.element() == subType })
}

// Copies reports whether copies of the stage may work on different parts of its input: on each
// value by itself, on partial results that merge, or on text in which they find records.
func (s *Stage) Copies() bool {
	return (s.Trait&PerValue != 0 || s.partial != nil || s.records) && s.Trait&Effect == 0
}

// Usage returns the stage's name, arguments and options as help shows them.
func (s *Stage) Usage() string {
	var b strings.Builder
	b.WriteString(s.Name)
	for _, p := range s.tags().opts {
		b.WriteString(" [" + p.flag() + "]")
	}
	for _, p := range s.tags().args {
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
	if embeds(p.element(), exprType) {
		return "EXPR"
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
	for _, p := range s.tags().args {
		list = append(list, Param{p.usage(), p.help, p.def})
	}
	for _, p := range s.tags().opts {
		list = append(list, Param{strings.ReplaceAll(p.flag(), "|-", ", -"), p.help, p.def})
	}
	return list
}
