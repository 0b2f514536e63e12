package pipeline

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bound is a stage of a pipeline with its arguments, or a call of a definition.
type Bound struct {
	Call  *Call
	Stage *Stage     // nil for a definition
	Args  any        // a pointer to the struct of its arguments
	Body  *BoundList // what a definition stands for
	name  string
}

// Name returns the name that the stage was called by.
func (b *Bound) Name() string { return b.name }

// IsSource reports whether the stage reads no stdin.
func (b *Bound) IsSource() bool {
	if b.Body != nil {
		for _, p := range b.Body.Pipelines {
			if !p.Stages[0].IsSource() {
				return false
			}
		}
		return true
	}
	if s, ok := b.Args.(Sourcer); ok {
		return s.IsSource()
	}
	return b.Stage.Trait&Source != 0
}

// BoundPipeline is stages joined by pipes.
type BoundPipeline struct{ Stages []*Bound }

// BoundList is pipelines that run one after another into the same stdout.
type BoundList struct{ Pipelines []*BoundPipeline }

// Sub is a block among a stage's arguments: a nested list. The stage runs it with
// Job.RunHere or Job.Start.
type Sub struct {
	List *BoundList
	pos  Pos
}

// Scope is where names are looked up.
type Scope struct {
	Registry *Registry
	Args     []string                         // $1, $2 …
	Lookup   func(name string) (string, bool) // other variables
}

// Bind looks up the names in list and binds all arguments. It does no I/O. The error is an
// *Error with the source, for the caret.
func Bind(list *List, src, file string, scope Scope) (*BoundList, error) {
	b := &binder{scope: scope, src: src, file: file}
	return b.list(list, &frame{})
}

type binder struct {
	scope     Scope
	src, file string
	depth     int
}

// frame is the definitions and parameters that are visible in one list.
type frame struct {
	parent *frame
	defs   map[string]*Definition
	params map[string]string
}

func (f *frame) find(name string) (*Definition, *frame) {
	for ; f != nil; f = f.parent {
		if d := f.defs[name]; d != nil {
			return d, f
		}
	}
	return nil, nil
}

func (b *binder) errorAt(pos Pos, stage, format string, args ...any) *Error {
	return &Error{File: b.file, Src: b.src, Pos: pos, Stage: stage, Msg: fmt.Sprintf(format, args...)}
}

// lookup returns a variable: a parameter, a positional argument, or one of the scope.
func (b *binder) lookup(f *frame) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for ; f != nil; f = f.parent {
			if v, ok := f.params[name]; ok {
				return v, true
			}
		}
		switch n, err := strconv.Atoi(name); {
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

func (b *binder) list(list *List, f *frame) (*BoundList, error) {
	bound := &BoundList{}
	for _, item := range list.Items {
		switch item := item.(type) {
		case *Definition:
			name, _ := item.Name.Literal()
			if f.defs == nil {
				f.defs = make(map[string]*Definition)
			}
			if f.defs[name] != nil {
				return nil, b.errorAt(item.Name.Pos, "", "%s is defined twice", name)
			}
			f.defs[name] = item
		case *Pipeline:
			p, err := b.pipeline(item, f)
			if err != nil {
				return nil, err
			}
			bound.Pipelines = append(bound.Pipelines, p)
		}
	}
	return bound, nil
}

func (b *binder) pipeline(p *Pipeline, f *frame) (*BoundPipeline, error) {
	bound := &BoundPipeline{}
	for i, call := range p.Calls {
		before, after, err := b.redirections(call, i == 0, i == len(p.Calls)-1, f)
		if err != nil {
			return nil, err
		}
		s, err := b.call(call, f)
		if err != nil {
			return nil, err
		}
		if i > 0 && s.IsSource() {
			return nil, b.errorAt(call.Pos, s.name, "reads no input, so what comes before it would be lost")
		}
		if before != nil && s.IsSource() {
			return nil, b.errorAt(call.Redirs[0].Pos, s.name, "reads no input")
		}
		for _, e := range []*Bound{before, s, after} {
			if e != nil {
				bound.Stages = append(bound.Stages, e)
			}
		}
	}
	return bound, nil
}

// redirections returns the stages that the redirections of a call stand for.
func (b *binder) redirections(call *Call, first, last bool, f *frame) (before, after *Bound, err error) {
	for _, r := range call.Redirs {
		name := map[string]string{"<": "lines", ">": "write", ">>": "append"}[r.Op]
		switch {
		case r.Op == "<" && !first:
			return nil, nil, b.errorAt(r.Pos, "", "only the first stage of a pipeline can read a file with <")
		case r.Op != "<" && !last:
			return nil, nil, b.errorAt(r.Pos, "", "only the last stage of a pipeline can write a file with %s", r.Op)
		case r.Op == "<" && before != nil || r.Op != "<" && after != nil:
			return nil, nil, b.errorAt(r.Pos, "", "%s stands twice", r.Op)
		}
		if n, _ := call.Name.Literal(); b.takesPredicate(n) {
			return nil, nil, b.errorAt(r.Pos, n, "an expression with %s is quoted: %s '… %s …'", r.Op, n, r.Op)
		}
		stand := &Call{Name: &Word{Parts: []Part{{Text: name, Pos: r.Pos}}, Pos: r.Pos, End: r.Pos, Raw: name}, Args: []Arg{r.Target}, Pos: r.Pos}
		bound, err := b.call(stand, f)
		if err != nil {
			return nil, nil, err
		}
		if r.Op == "<" {
			before = bound
		} else {
			after = bound
		}
	}
	return before, after, nil
}

func (b *binder) takesPredicate(name string) bool {
	s := b.scope.Registry.Stage(name)
	if s == nil {
		return false
	}
	for _, p := range s.args {
		if p.element() == predicateType {
			return true
		}
	}
	return false
}

const maxCalls = 100 // how deep definitions may call each other

func (b *binder) call(call *Call, f *frame) (*Bound, error) {
	name, err := call.Name.Expand(b.lookup(f))
	if err != nil {
		return nil, b.complete(err, "")
	}
	if def, home := f.find(name); def != nil {
		return b.definition(call, name, def, home, f)
	}
	s := b.scope.Registry.Stage(name)
	if s == nil {
		return nil, b.errorAt(call.Pos, "", "there is no stage %s%s", shortName(name), meant(name, b.names(f)))
	}
	args, bindErr := b.arguments(s, call, f)
	if bindErr != nil {
		return nil, bindErr
	}
	return &Bound{Call: call, Stage: s, Args: args, name: name}, nil
}

func shortName(name string) string {
	if isName(name) {
		return name
	}
	return shortQuote(name)
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

func (b *binder) complete(err *Error, stage string) *Error {
	err.File, err.Src = b.file, b.src
	if err.Stage == "" {
		err.Stage = stage
	}
	return err
}

// definition binds a call of def, whose name was found in the frame home.
func (b *binder) definition(call *Call, name string, def *Definition, home, f *frame) (*Bound, error) {
	items, err := b.items(call, name, f)
	if err != nil {
		return nil, err
	}
	params := make(map[string]string)
	for i, it := range items {
		if it.block != nil {
			return nil, b.errorAt(it.pos, name, "a definition takes no blocks")
		}
		if i == len(def.Params) {
			return nil, b.errorAt(it.pos, name, "takes %s", count(len(def.Params), "argument"))
		}
		p, _ := def.Params[i].Literal()
		params[p] = it.text
	}
	if len(items) < len(def.Params) {
		p, _ := def.Params[len(items)].Literal()
		return nil, b.errorAt(call.Pos, name, "%s is missing", p)
	}
	if b.depth++; b.depth > maxCalls {
		return nil, b.errorAt(call.Pos, name, "calls itself without end")
	}
	defer func() { b.depth-- }()
	body, err := b.list(def.Body.List, &frame{parent: home, params: params})
	if err != nil {
		return nil, err
	}
	if len(body.Pipelines) == 0 {
		return nil, b.errorAt(def.Pos, name, "is empty")
	}
	return &Bound{Call: call, Body: body, name: name}, nil
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

// item is one argument after expansion: a word's text or a block.
type item struct {
	text  string
	word  *Word
	block *Block
	pos   Pos
}

// items expands the words of a call. A word that is $@ gives one item for each argument.
func (b *binder) items(call *Call, stage string, f *frame) ([]item, error) {
	var items []item
	for _, a := range call.Args {
		switch a := a.(type) {
		case *Block:
			items = append(items, item{block: a, pos: a.Pos})
		case *Word:
			if a.IsAll() {
				for _, text := range b.scope.Args {
					items = append(items, item{text: text, word: a, pos: a.Pos})
				}
				continue
			}
			text, err := a.Expand(b.lookup(f))
			if err != nil {
				return nil, b.complete(err, stage)
			}
			items = append(items, item{text: text, word: a, pos: a.Pos})
		}
	}
	return items, nil
}

// arguments binds a call of s to a new struct of its arguments.
func (b *binder) arguments(s *Stage, call *Call, f *frame) (any, error) {
	items, err := b.items(call, s.Name, f)
	if err != nil {
		return nil, err
	}
	args := reflect.New(s.fields)
	a := &argBinder{binder: b, stage: s, call: call, frame: f, fields: args.Elem(), given: make(map[*param]bool), at: make(map[string]Pos)}
	for _, p := range append(append([]*param(nil), s.args...), s.opts...) {
		if p.def != "" {
			_ = p.set(a.fields.Field(p.field), p.def, nil) // checked by Define
		}
	}
	if err := a.bind(items); err != nil {
		return nil, err
	}
	if c, ok := args.Interface().(Checker); ok {
		if err := c.Check(); err != nil {
			return nil, b.errorAt(a.placeOf(err), s.Name, "%v", err)
		}
	}
	return args.Interface(), nil
}

// argBinder binds the items of one call.
type argBinder struct {
	*binder
	stage  *Stage
	call   *Call
	frame  *frame
	fields reflect.Value
	given  map[*param]bool
	at     map[string]Pos // where the arguments stand
}

func (a *argBinder) bind(items []item) error {
	options := true
	for i := 0; i < len(items); i++ {
		it := items[i]
		if options && it.block == nil && it.text == "--" {
			options = false
			continue
		}
		if options && it.block == nil && a.looksLikeOption(it.text) {
			used, err := a.option(items[i:])
			if err != nil {
				return err
			}
			i += used
			continue
		}
		if err := a.plain(it); err != nil {
			return err
		}
	}
	for _, p := range a.stage.args {
		if !p.optional && !a.given[p] {
			return a.errorAt(a.call.Pos, a.stage.Name, "%s is missing; usage: %s", p.names[0], a.stage.Usage())
		}
	}
	return nil
}

// placeOf returns where the argument stands that err is about, or the stage's name.
func (a *argBinder) placeOf(err error) Pos {
	var e *ArgError
	if errors.As(err, &e) {
		if pos, ok := a.at[e.Arg]; ok {
			return pos
		}
	}
	return a.call.Pos
}

// looksLikeOption reports whether a word is an option: it begins with - and is neither -
// alone nor a negative number.
func (a *argBinder) looksLikeOption(text string) bool {
	if len(text) < 2 || text[0] != '-' {
		return false
	}
	return text[1] < '0' || text[1] > '9' && text[1] != '.' || a.find(text[1:2]) != nil
}

func (a *argBinder) find(name string) *param {
	for _, p := range a.stage.opts {
		if contains(p.names, name) {
			return p
		}
	}
	return nil
}

// option binds the option items[0], and perhaps the item behind it as its value; it
// returns how many items behind the first it used.
func (a *argBinder) option(items []item) (used int, err error) {
	it := items[0]
	if strings.HasPrefix(it.text, "--") {
		name, val, has := strings.Cut(it.text[2:], "=")
		return a.one(it, "--"+name, name, val, has, items[1:])
	}
	letters := it.text[1:]
	for len(letters) > 0 {
		_, size := utf8.DecodeRuneInString(letters)
		name := letters[:size]
		letters = letters[size:]
		p := a.find(name)
		if p != nil && p.kind.Kind() == reflect.Bool {
			if _, err := a.one(it, "-"+name, name, "", false, nil); err != nil {
				return 0, err
			}
			continue
		}
		return a.one(it, "-"+name, name, letters, letters != "", items[1:])
	}
	return 0, nil
}

// one binds the option called name, written as flag; val is what was joined to it.
func (a *argBinder) one(it item, flag, name, val string, has bool, rest []item) (used int, err error) {
	p := a.find(name)
	if p == nil {
		var all []string
		for _, p := range a.stage.opts {
			all = append(all, strings.Fields(p.flag())[0])
			for _, n := range p.names {
				if len(n) > 1 {
					all = append(all, "--"+n)
				}
			}
		}
		return 0, a.errorAt(it.pos, a.stage.Name, "there is no option %s%s", flag, meant(flag, all))
	}
	if a.given[p] && !p.rest {
		return 0, a.errorAt(it.pos, a.stage.Name, "the option %s stands twice", flag)
	}
	a.given[p], a.at[p.names[0]] = true, it.pos
	valueAt := it
	switch {
	case p.kind.Kind() == reflect.Bool && !has:
		val = "true"
	case p.kind.Kind() == reflect.Bool:
		return 0, a.errorAt(it.pos, a.stage.Name, "the option %s takes no value", flag)
	case !has && (len(rest) == 0 || rest[0].block != nil):
		return 0, a.errorAt(it.pos, a.stage.Name, "the option %s needs a value: %s", flag, p.flag())
	case !has:
		val, used, valueAt = rest[0].text, 1, rest[0]
	}
	if err := p.set(a.fields.Field(p.field), val, a.lookup(a.frame)); err != nil {
		return 0, a.wrong(flag, valueAt, has, err)
	}
	return used, nil
}

// open returns the next argument that has no value yet, among those that are blocks or
// among those that are words; nil when there is none.
func (a *argBinder) open(block bool) *param {
	for _, p := range a.stage.args {
		if (p.element() == subType) == block && (p.rest || !a.given[p]) {
			return p
		}
	}
	return nil
}

// plain binds an item that is no option: words fill the arguments that are words in order,
// blocks those that are blocks.
func (a *argBinder) plain(it item) error {
	p := a.open(it.block != nil)
	if p == nil && it.block != nil && a.open(false) != nil {
		return a.errorAt(it.pos, a.stage.Name, "%s cannot be a block; a brace that is data is quoted", a.open(false).names[0])
	}
	if p == nil && it.block == nil && a.open(true) != nil {
		return a.errorAt(it.pos, a.stage.Name, "%s must be a block: { … }, not %s", a.open(true).names[0], shortQuote(it.text))
	}
	if p == nil {
		return a.tooMany(it)
	}
	a.given[p], a.at[p.names[0]] = true, it.pos
	if it.block != nil {
		return a.block(p, it)
	}
	if err := p.set(a.fields.Field(p.field), it.text, a.lookup(a.frame)); err != nil {
		return a.wrong(p.names[0], it, false, err)
	}
	return nil
}

func (a *argBinder) tooMany(it item) error {
	for _, p := range a.stage.args {
		if t := p.element(); (t == exprType || t == predicateType) && !p.rest && it.block == nil {
			return a.errorAt(it.pos, a.stage.Name, "an expression of several words is quoted: %s '…'", a.stage.Name)
		}
	}
	if it.block != nil {
		return a.errorAt(it.pos, a.stage.Name, "takes no block here; a brace that is data is quoted")
	}
	return a.errorAt(it.pos, a.stage.Name, "takes %s, and %s is one more", count(len(a.stage.args), "argument"), shortQuote(it.text))
}

func (a *argBinder) block(p *param, it item) error {
	list, err := a.list(it.block.List, &frame{parent: a.frame})
	if err != nil {
		return err
	}
	if len(list.Pipelines) == 0 {
		return a.errorAt(it.pos, a.stage.Name, "the block defines, but runs nothing")
	}
	sub := reflect.ValueOf(&Sub{List: list, pos: it.pos})
	field := a.fields.Field(p.field)
	if p.rest {
		field.Set(reflect.Append(field, sub))
	} else {
		field.Set(sub)
	}
	return nil
}

// wrong is the error of an argument's value, at the place inside the word where it is known.
func (a *argBinder) wrong(name string, it item, joined bool, err error) error {
	msg := err.Error()
	if strings.HasPrefix(msg, "must ") || strings.HasPrefix(msg, "is ") {
		msg = name + " " + msg
	}
	pos := it.pos
	var o *offsetError
	if errors.As(err, &o) && !joined {
		pos = inside(it, o.offset)
	}
	e := a.errorAt(pos, a.stage.Name, "%s", msg)
	e.Err = err
	return e
}

// inside returns the position of a byte of a word's text, when the word is one piece of
// the source, perhaps in quotes; otherwise that of the word.
func inside(it item, offset int) Pos {
	at := strings.Index(it.word.Raw, it.text)
	if at < 0 || offset > len(it.text) {
		return it.pos
	}
	before := it.word.Raw[:at+offset]
	pos := it.pos
	pos.Offset += len(before)
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		pos.Line += strings.Count(before, "\n")
		pos.Col, before = 1, before[i+1:]
	}
	pos.Col += utf8.RuneCountInString(before)
	return pos
}

// IsSource reports whether the block reads no input.
func (s *Sub) IsSource() bool { return (&Bound{Body: s.List}).IsSource() }
