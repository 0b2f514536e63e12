package pipeline

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"mtpipe/pipeline/syntax"
)

// item is one argument after expansion: a word's text or a block.
type item struct {
	text   string
	words  []*syntax.Word // that it stands in; mostly one
	block  *syntax.Block
	param  *param // that a block is for, which is bound later
	pos    syntax.Pos
	number int  // of an argument of the script, when it is one of $@
	level  int  // of the block whose value the text is made of; 0 when it is as it was written
	data   bool // it begins with the value of a block, or what is made of that: no option
}

// maxArguments is how many words and blocks may stand after the name of a stage. Each takes about a
// kilobyte when it is bound.
const maxArguments = 100_000

// items expands the words of a call. A word that is $@ gives one item for each argument.
func (b *binder) items(call *syntax.Call, stage string, f *frame) ([]item, error) {
	if len(call.Args) > maxArguments {
		return nil, b.errorAt(call.Args[maxArguments].Position(), stage, "takes at most %d arguments", maxArguments)
	}
	var items []item
	for _, a := range call.Args {
		switch a := a.(type) {
		case *syntax.Block:
			items = append(items, item{block: a, pos: a.Pos})
		case *syntax.Word:
			if a.IsAll() {
				for i, text := range b.scope.Args {
					items = append(items, item{text: text, number: i + 1, words: []*syntax.Word{a}, pos: a.Pos, data: b.scope.ArgsAreValues})
				}
				continue
			}
			if a.IsPlain("&") || a.IsPlain("&&") {
				return nil, b.errorAt(a.Pos, stage, "pipelines are separated by ; and %s as data is quoted", a.Raw)
			}
			text, level, err := b.expand(a, f)
			if err != nil {
				return nil, b.complete(err, stage)
			}
			_, first, _ := b.expand(&syntax.Word{Parts: a.Parts[:1]}, f)
			items = append(items, item{text: text, words: []*syntax.Word{a}, pos: a.Pos, level: level,
				data: first > 0 || b.scope.ArgsAreValues && a.Parts[0].Kind == syntax.Variable})
		}
	}
	return items, nil
}

// arguments binds a call of s to a new struct of its arguments; the caller gives it its name.
func (b *binder) arguments(s *Stage, call *syntax.Call, f *frame) (*boundStage, error) {
	if err := b.allowStage(s, call.Pos); err != nil {
		return nil, err
	}
	items, err := b.items(call, s.Name, f)
	if err != nil {
		return nil, err
	}
	fields := s.defaults()
	a := &argBinder{binder: b, stage: s, call: call, frame: f, fields: fields.Elem(), given: make(map[*param]bool), at: make(map[string]syntax.Pos)}
	places := b.latePlaces()
	if err := a.bind(items); err != nil {
		return nil, err
	}
	if err := a.comparison(); err != nil {
		return nil, err
	}
	bound := &boundStage{Call: call, Stage: s.as(fields.Interface()), Args: fields.Interface(), file: b.file, asks: a.asks, onError: a.policy}
	if len(a.late) > 0 {
		bound.late = a.noteLate(places)
		return bound, nil
	}
	return bound, a.check(bound.Args)
}

// check looks at the conditions that the arguments as a whole have to meet.
func (a *argBinder) check(args any) error {
	if c, ok := args.(Checker); ok {
		if err := c.Check(); err != nil {
			return a.errorAt(a.placeOf(err), a.stage.Name, "%v", err)
		}
	}
	return a.allowAll(args)
}

// argBinder binds the items of one call.
type argBinder struct {
	*binder
	stage  *Stage
	call   *syntax.Call
	frame  *frame
	fields reflect.Value
	given  map[*param]bool
	at     map[string]syntax.Pos // where the arguments stand
	late   []lateArg             // those that are known when the pipeline runs
	policy *OnError              // what the option says that every stage has
	asks   []ask                 // the names of fields in the others
	sets   map[string]bool       // the fields that repeated arguments set
	own    map[*param]bool       // repeated ones whose values are no longer those of all runs; see fill
	last   *param                // what was set last
	blocks []item                // that are bound when all words are
}

func (a *argBinder) bind(items []item) error {
	options := true
	for i := 0; i < len(items); i++ {
		it := items[i]
		if options && it.block == nil && it.text == "--" && !it.data {
			options = false
			continue
		}
		if options && it.block == nil && a.looksLikeOption(it.text) && !it.data {
			used, err := a.option(items[i:])
			if err != nil {
				return err
			}
			i += used
			continue
		}
		for a.continues(it) && i+1 < len(items) && items[i+1].block == nil {
			i++
			it.text += " " + items[i].text
			it.words = append(it.words, items[i].words...)
			it.level = max(it.level, items[i].level)
		}
		if err := a.plain(it); err != nil {
			return err
		}
		options = options && !a.stage.tags().verbatim
	}
	if err := a.bindBlocks(); err != nil {
		return err
	}
	for _, p := range a.stage.tags().args {
		if !p.optional && !a.given[p] {
			return a.errorAt(a.call.Pos, a.stage.Name, "%s is missing; usage: %s", p.names[0], a.stage.Usage())
		}
	}
	return nil
}

// continues reports whether the next word belongs to the same argument as it.
func (a *argBinder) continues(it item) bool {
	p := a.open(false)
	if it.block != nil || p == nil {
		return false
	}
	return p.continuer != nil && p.continuer.Continues(it.text)
}

// set reads the text of an argument into its parameter. What is known only when the pipeline
// runs is taken for a placeholder, which need not fit.
func (a *argBinder) set(arg lateArg, text string) error {
	p, it := arg.param, arg.item
	a.last = p
	if err := a.allowArg(arg, text); err != nil {
		return err
	}
	if name, ok := variableIn(it.words); ok && p.fixed != nil {
		return p.fixed.Fixed(name)
	}
	if p.fills {
		var err error
		if text, err = a.references(arg); err != nil {
			return err
		}
	}
	field := a.fields.FieldByIndex(p.field)
	if p.rest {
		arg.index = field.Len()
	}
	if p.sets && arg.index == maxSets {
		return fmt.Errorf("must not stand more than %d times; more of them stand in one more %s", maxSets, a.stage.Name)
	}
	var err error
	texts := a.texts
	variables := a.asked(func() { err = p.set(field, text, a.variables(p)) })
	if it.level > 0 && err != nil && !p.fills {
		if err = p.set(field, placeholder, a.variables(p)); err != nil && p.rest {
			field.Set(reflect.Append(field, reflect.Zero(p.element())))
		}
		err = nil
	}
	if arg.level = max(it.level, variables); arg.level > 0 {
		arg.again = it.level > 0 && !p.fills || a.texts > texts
		a.late = append(a.late, arg)
	}
	if err == nil && !arg.again {
		a.noteAsks(arg, field)
	}
	if err == nil {
		a.noteSets(p, field)
	}
	return err
}

// placeOf returns where the argument stands that err is about, or the stage's name.
func (a *argBinder) placeOf(err error) syntax.Pos {
	var e interface{ Argument() string }
	if errors.As(err, &e) {
		if pos, ok := a.at[e.Argument()]; ok {
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
	for _, p := range a.stage.tags().opts {
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
	if instead := a.stage.Instead[it.text]; instead != "" && len(it.text) > 2 {
		return 0, a.errorAt(it.pos, a.stage.Name, "there is no option %s: %s", it.text, instead)
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
	if p == nil && name == policyOption {
		return a.onError(it, val, has, rest)
	}
	if p == nil {
		if instead := a.stage.Instead[flag]; instead != "" {
			return 0, a.errorAt(it.pos, a.stage.Name, "there is no option %s: %s", flag, instead)
		}
		all := []string{"--" + policyOption}
		for _, p := range a.stage.tags().opts {
			all = append(all, strings.Fields(p.flag())[0])
			for _, n := range p.names {
				if len(n) > 1 {
					all = append(all, "--"+n)
				}
			}
		}
		return 0, a.errorAt(it.pos, a.stage.Name, "there is no option %s%s", syntax.Short(flag), syntax.Meant(flag, all))
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
		hint := ""
		if after := strings.TrimLeft(a.src[min(it.pos.Offset+len(flag), len(a.src)):], " \t"); strings.HasPrefix(after, "#") {
			hint = "; # begins a comment unless it is quoted"
		}
		return 0, a.errorAt(it.pos, a.stage.Name, "the option %s needs a value: %s%s", flag, p.flag(), hint)
	case !has:
		val, used, valueAt = rest[0].text, 1, rest[0]
	}
	arg := lateArg{param: p, item: valueAt, name: flag}
	if has {
		arg.skip = len(it.text) - len(val)
	}
	if err := a.set(arg, val); err != nil {
		return 0, a.wrong(arg, err)
	}
	return used, nil
}

// onError binds the option that every stage has.
func (a *argBinder) onError(it item, val string, has bool, rest []item) (used int, err error) {
	flag := "--" + policyOption
	switch {
	case a.policy != nil:
		return 0, a.errorAt(it.pos, a.stage.Name, "the option %s stands twice", flag)
	case !has && (len(rest) == 0 || rest[0].block != nil):
		return 0, a.errorAt(it.pos, a.stage.Name, "the option %s needs a value: %s %s", flag, flag, strings.Join(onErrorNames, "|"))
	case !has:
		val, used, it = rest[0].text, 1, rest[0]
	}
	a.last = nil
	if it.level > 0 {
		return 0, a.errorAt(it.pos, a.stage.Name, "%s must be the same for all values that a block is run for", flag)
	}
	how, err := ParseOnError(val)
	if err != nil {
		return 0, a.errorAt(it.pos, a.stage.Name, "%s %v", flag, err)
	}
	a.policy = &how
	return used, nil
}

// open returns the next argument that has no value yet, among those that are blocks or
// among those that are words; nil when there is none.
func (a *argBinder) open(block bool) *param {
	for _, p := range a.stage.tags().args {
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
		return a.errorAt(it.pos, a.stage.Name, "%s must be a block: { … }, not %s", a.open(true).names[0], syntax.Quote(it.text))
	}
	if p == nil {
		return a.tooMany(it)
	}
	a.given[p], a.at[p.names[0]] = true, it.pos
	if it.block != nil && a.valueOption() != nil {
		it.param = p
		a.blocks = append(a.blocks, it)
		return nil
	}
	if it.block != nil {
		return a.block(p, it, "")
	}
	arg := lateArg{param: p, item: it, name: p.names[0]}
	if err := a.set(arg, it.text); err != nil {
		return a.wrong(arg, err)
	}
	return nil
}

// references returns the text of an argument with its variables as references.
func (a *argBinder) references(arg lateArg) (string, error) {
	if arg.item.words[0].IsAll() {
		return syntax.Reference + strconv.Itoa(arg.item.number) + syntax.Reference, nil
	}
	var texts []string
	for _, w := range arg.item.words {
		for _, p := range w.Parts {
			if p.Kind == syntax.Literal && strings.Contains(p.Text, syntax.Reference) {
				return "", errors.New(`must have no zero byte; it is written \0`)
			}
		}
		texts = append(texts, w.References())
	}
	text := strings.Join(texts, " ")
	if strings.Contains(text[:min(arg.skip, len(text))], syntax.Reference) {
		return "", errors.New("must not follow a variable in the same word")
	}
	return text[min(arg.skip, len(text)):], nil
}

func (a *argBinder) tooMany(it item) error {
	for _, p := range a.stage.tags().args {
		if t := p.element(); (t == exprType || t == predicateType) && !p.rest && it.block == nil {
			return a.errorAt(it.pos, a.stage.Name, "an expression of several words is quoted: %s '…'", a.stage.Name)
		}
	}
	if it.block != nil {
		return a.errorAt(it.pos, a.stage.Name, "takes no block here; a brace that is data is quoted")
	}
	instead := a.stage.Instead[""]
	if instead != "" {
		instead = "; " + instead
	}
	return a.errorAt(it.pos, a.stage.Name, "takes %s, and %s is one more%s", count(len(a.stage.tags().args), "argument"), syntax.Quote(it.text), instead)
}

// valueOption returns the option that names the value of the stage's blocks, nil if it has none.
func (a *argBinder) valueOption() *param {
	for _, p := range a.stage.tags().opts {
		if p.namesValue {
			return p
		}
	}
	return nil
}

// bindBlocks binds the blocks of a stage with an option that names their value.
func (a *argBinder) bindBlocks() error {
	if len(a.blocks) == 0 {
		return nil
	}
	p := a.valueOption()
	name := a.fields.FieldByIndex(p.field).String()
	if a.given[p] && (!syntax.IsName(name) || name == itName) {
		return a.errorAt(a.at[p.names[0]], a.stage.Name, "%s must be a name of letters, digits and _, not %s", strings.Fields(p.flag())[0], syntax.Quote(name))
	}
	for _, it := range a.blocks {
		if err := a.block(it.param, it, name); err != nil {
			return err
		}
	}
	return nil
}

// block binds the block it; name is one more name of the value that it is run for, or "".
func (a *argBinder) block(p *param, it item, name string) error {
	inner, block := &frame{parent: a.frame}, &Sub{}
	if p.perValue {
		a.binder.open = append(a.binder.open, block)
		block.level = len(a.binder.open)
		defer func() { a.binder.open = a.binder.open[:block.level-1] }()
		inner.params = map[string]variable{itName: {text: placeholder, level: block.level}, BracesName: {}}
		if name != "" {
			inner.params[name] = inner.params[itName]
		}
	}
	var err error
	if block.list, err = a.list(it.block.List, inner); err != nil {
		return err
	}
	if len(block.list.Pipelines) == 0 {
		return a.errorAt(it.pos, a.stage.Name, "the block defines, but runs nothing")
	}
	for i, l := range block.late {
		l.slots[block.level-1] = i
	}
	sub := reflect.ValueOf(block)
	field := a.fields.FieldByIndex(p.field)
	if p.rest {
		field.Set(reflect.Append(field, sub))
	} else {
		field.Set(sub)
	}
	return nil
}

// wrong is the error of an argument's value, at the place inside the word where it is known.
func (a *argBinder) wrong(arg lateArg, err error) error {
	msg := err.Error()
	if strings.HasPrefix(msg, "must ") || strings.HasPrefix(msg, "is ") {
		msg = arg.name + " " + msg
	}
	pos := arg.item.pos
	var o *offsetError
	if errors.As(err, &o) {
		pos = a.inside(arg, o.offset)
		if slices.ContainsFunc(arg.item.words, (*syntax.Word).LosesQuotes) {
			msg += "; quotes within a word are taken away, as a shell does it: an expression with a text in it stands in single quotes as a whole"
		}
	}
	e := a.errorAt(pos, a.stage.Name, "%s", msg)
	e.Err = err
	return e
}

// inside returns the position of a byte of an argument's text.
func (a *argBinder) inside(arg lateArg, offset int) syntax.Pos {
	lookup := a.lookup(a.frame)
	if arg.param.fills {
		lookup = nil
	}
	return arg.item.inside(offset+arg.skip, lookup)
}

// inside returns the position of a byte of the item's text: with the values that lookup has for its
// variables or, when lookup is nil, with references for them.
func (it *item) inside(offset int, lookup func(string) (string, bool)) syntax.Pos {
	for i, w := range it.words {
		text, err := w.References(), (*syntax.Error)(nil)
		if lookup != nil {
			text, err = w.Expand(lookup)
		}
		if w.IsAll() || err != nil {
			break
		}
		if offset <= len(text) || i == len(it.words)-1 {
			return w.Place(offset, lookup)
		}
		offset -= len(text) + 1
	}
	return it.pos
}
