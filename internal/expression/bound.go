package expression

import (
	"sync"

	"mtpipe/internal/turns"
	"mtpipe/value"
)

// Bound is a compiled expression with names of its own, which hide fields of the same name.
// Its methods may be called from any goroutine.
type Bound struct{ program *Program }

// CompileWith is Compile for an expression in which names stand for values that Eval is
// given.
func CompileWith(text string, lookup func(name string) (string, bool), names ...string) (*Bound, error) {
	c := &compiler{text: text, lookup: lookup}
	for _, n := range names {
		c.vars = append(c.vars, variable{n, c.slot()})
	}
	c.unplaced = names
	root, err := c.program()
	if err != nil {
		return nil, err
	}
	p := &Program{text: shown(text), root: root, slots: c.maxSlots, names: c.readNames(), given: c.given, loops: c.hasLoops, asks: c.asks, vals: make([]value.Value, len(c.given))}
	p.pool = &sync.Pool{New: func() any { return &frame{vars: make([]value.Value, p.slots)} }}
	return &Bound{p}, nil
}

// Names is Program.Names.
func (b *Bound) Names() []Name { return b.program.Names() }

// With is Program.With.
func (b *Bound) With(of func(name string) value.Value) *Bound { return &Bound{b.program.With(of)} }

// Loops is Program.Loops.
func (b *Bound) Loops() bool { return b.program.loops }

// Giving is Program.Giving.
func (b *Bound) Giving(give turns.Give) *Bound { return &Bound{b.program.Giving(give)} }

// Eval returns the value of the expression for it, with a value for each of the names.
func (b *Bound) Eval(it value.Value, vals ...value.Value) (value.Value, error) {
	f := b.program.frame()
	copy(f.vars, vals)
	v, err := b.program.root.run(it, f)
	b.program.release(f)
	return v, err
}
