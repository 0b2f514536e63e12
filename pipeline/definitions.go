package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/pipeline/syntax"
)

// definition is one with the text and the frame that it stands in.
type definition struct {
	*syntax.Definition
	text *sourceText
	home *frame
}

func (f *frame) find(name string) *definition {
	for ; f != nil; f = f.parent {
		if d := f.defs[name]; d != nil {
			return d
		}
	}
	return nil
}

// define makes a definition visible in f.
func (b *binder) define(d *definition, f *frame) error {
	name, _ := d.Name.Literal()
	if f.defs == nil {
		f.defs = make(map[string]*definition)
	}
	switch other := f.defs[name]; {
	case other == d:
		return nil // imported twice
	case other != nil && other.text == d.text:
		return b.errorAt(d.Name.Pos, "", "%s is defined twice", syntax.Short(name))
	case other != nil && d.text == b.sourceText:
		return b.errorAt(d.Name.Pos, "", "%s is defined in %s, too", syntax.Short(name), other.text.file)
	case other != nil:
		return fmt.Errorf("%s is defined in %s and in %s", syntax.Short(name), other.text.file, d.text.file)
	}
	f.defs[name] = d
	return nil
}

// definition binds a call of def in the frame f.
func (b *binder) definition(call *syntax.Call, name string, def *definition, f *frame) (*boundStage, error) {
	items, err := b.items(call, name, f)
	if err != nil {
		return nil, err
	}
	items, policy, err := b.policyOf(call, name, items)
	if err != nil {
		return nil, err
	}
	inner := &frame{parent: def.home, params: make(map[string]variable)}
	if err := b.parameters(call, name, def, items, f, inner); err != nil {
		return nil, err
	}
	if len(b.within) == maxCalls {
		if slices.Contains(b.within, def.Definition) {
			return nil, b.errorAt(call.Pos, name, "calls itself without end")
		}
		return nil, b.errorAt(call.Pos, name, "is called by definitions that call each other more than %d deep", maxCalls)
	}
	b.within = append(b.within, def.Definition)
	bound := &boundStage{Call: call, name: name, file: b.file, onError: policy}
	defer func(around *sourceText) { b.within, b.sourceText = b.within[:len(b.within)-1], around }(b.sourceText)
	b.sourceText = def.text
	if bound.Body, err = b.list(def.Body.List, inner); err != nil {
		return nil, err
	}
	if len(bound.Body.Pipelines) == 0 {
		return nil, b.errorAt(def.Pos, name, "is empty")
	}
	return bound, nil
}

// parameters gives those of def the items of a call in the frame f, and to the others their
// defaults.
func (b *binder) parameters(call *syntax.Call, name string, def *definition, items []item, f, inner *frame) error {
	for i, it := range items {
		if it.block != nil {
			return b.errorAt(it.pos, name, "a definition takes no blocks")
		}
		if i == len(def.Params) {
			most := count(len(def.Params), "argument")
			if _, byDefault := def.Params[max(i, 1)-1].Parameter(); i > 0 && byDefault != nil {
				most = "at most " + most
			}
			return b.errorAt(it.pos, name, "takes %s", most)
		}
		p, _ := def.Params[i].Parameter()
		inner.params[p] = variable{text: it.text, level: it.level, word: it.words[0], home: f}
	}
	for _, w := range def.Params[len(items):] {
		p, byDefault := w.Parameter()
		if byDefault == nil {
			return b.errorAt(call.Pos, name, "%s is missing", syntax.Short(p))
		}
		text, level, err := b.expand(byDefault, inner)
		if err != nil {
			err.File, err.Src, err.Stage = def.text.file, def.text.src, name
			return err
		}
		inner.params[p] = variable{text: text, level: level, word: byDefault, home: inner}
	}
	return nil
}

// policyOf returns the items of a definition's call without the option that every stage has, and
// what that says.
func (b *binder) policyOf(call *syntax.Call, name string, items []item) (rest []item, policy *OnError, err error) {
	a := &argBinder{binder: b, stage: &Stage{Doc: Doc{Name: name}}, call: call}
	for i := 0; i < len(items); i++ {
		it := items[i]
		option, val, has := strings.Cut(it.text, "=")
		if it.block != nil || it.data || option != "--"+policyOption {
			rest = append(rest, it)
			continue
		}
		used, err := a.onError(it, val, has, items[i+1:])
		if err != nil {
			return nil, nil, err
		}
		i += used
	}
	return rest, a.policy, nil
}
