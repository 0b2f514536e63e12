// Package jq runs programs of the language jq, by gojq, on values. Numbers keep the spelling
// that they have in the input for as long as nothing is computed of them; parts of the input
// that a program passes on come back as they were, and the objects that it makes have their
// keys in the order in which these were set. A Program may be used by any goroutine, several at
// a time.
package jq

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"mtpipe/internal/turns"
	"mtpipe/value"
)

// Query is a program that was parsed.
type Query struct {
	q       *gojq.Query
	ordered bool // it is rewritten so that the order of keys is kept
	work    work
}

// Program is a program with what its variables stand for.
type Program struct {
	*compiled
	turn turns.Give // see Giving
}

// compiled is a Program, whomever it gives way to.
type compiled struct {
	args    []any
	env     bool
	work    work
	compile func(environ func() []string) (*machine, error)

	mu   sync.Mutex
	free []*machine // that no run uses
}

// machine is what one run at a time uses.
type machine struct {
	code   *gojq.Code
	orders *orders // nil when the order of keys is not seen
	host   Host    // of the present run
	result *result // of the present run
}

// Arg is a variable of a program: $Name stands for Value.
type Arg struct {
	Name  string
	Value value.Value
}

// SyntaxError says where a program is none.
type SyntaxError struct {
	Offset int // of the byte in the program at which the mistake stands
	Msg    string
}

func (e *SyntaxError) Error() string { return e.Msg }

// maxText is how long a program may be, in bytes: what reads and compiles it calls itself for each
// bracket and operator, and a stack has an end.
const maxText = 64 << 10

// Parse parses a program. The error is a *SyntaxError.
func Parse(text string) (*Query, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{maxText, "the program is too long"}
	}
	q, err := gojq.Parse(text)
	var e *gojq.ParseError
	if errors.As(err, &e) {
		offset := min(e.Offset, len(text))
		if e.Token != "" && strings.HasSuffix(text[:offset], e.Token) {
			offset -= len(e.Token)
		}
		return nil, &SyntaxError{offset, "bad program: " + shorten(lowered(err))}
	}
	if err != nil {
		return nil, &SyntaxError{0, "bad program: " + shorten(lowered(err))}
	}
	w := workOf(q)
	return &Query{q, ordered(q), w}, nil
}

// Compile looks up the names in the program. Besides args it knows the environment.
func (q *Query) Compile(args ...Arg) (*Program, error) { return q.CompileIn(nil, args...) }

// CompileIn is Compile for a program whose modules are looked for in these directories.
func (q *Query) CompileIn(modules []string, args ...Arg) (*Program, error) {
	p := &Program{compiled: &compiled{work: q.work}}
	var names []string
	for _, a := range args {
		names = append(names, "$"+a.Name)
		arg, _, err := toJQ(a.Value)
		if err != nil {
			return nil, err
		}
		p.args = append(p.args, arg)
	}
	p.compile = func(environ func() []string) (*machine, error) {
		m := &machine{}
		options := append(m.functions(), gojq.WithVariables(names), gojq.WithEnvironLoader(environ))
		if len(modules) > 0 {
			options = append(options, gojq.WithModuleLoader(gojq.NewModuleLoader(modules)))
		}
		if q.ordered {
			m.orders = &orders{most: mostKeys}
			options = append(options, m.orders.options()...)
		}
		var err error
		m.code, err = gojq.Compile(q.q, options...)
		return m, err
	}
	m, err := p.compile(func() []string {
		p.env = true
		return os.Environ()
	})
	switch {
	case err == nil:
		p.free = append(p.free, m)
		return p, nil
	case strings.HasPrefix(err.Error(), "cannot load module"):
		return nil, fmt.Errorf("%s; -L DIR says where modules are", shorten(lowered(err)))
	case strings.HasPrefix(err.Error(), "variable not defined"):
		return nil, fmt.Errorf("%s; --arg sets it", shorten(lowered(err)))
	}
	return nil, errors.New("bad program: " + shorten(lowered(err)))
}

// Env reports whether the program asks for the environment.
func (p *Program) Env() bool { return p.env }

// IsLong reports whether the program may compute for long with one value.
func (p *Program) IsLong() bool { return p.work.endless || p.work.degree > 0 }

// Giving returns the program which, where it computes for long, calls give now and then: others
// may have their turn in it, and it may not return.
func (p *Program) Giving(give turns.Give) *Program { return &Program{p.compiled, give} }

// lowered returns err's message in one line, without a capital at its beginning.
func lowered(err error) string {
	msg := strings.ReplaceAll(err.Error(), "\n", " ")
	return strings.ToLower(msg[:min(1, len(msg))]) + msg[min(1, len(msg)):]
}

const longest = 160 // of a message, in characters

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	return string([]rune(s)[:longest]) + "…"
}

// Run runs the program on v and calls put with each of its outputs until that returns false.
func (p *Program) Run(v value.Value, put func(value.Value) bool) error {
	return p.RunIn(Host{}, v, put)
}

// RunIn is Run for a program that may ask host for more.
func (p *Program) RunIn(host Host, v value.Value, put func(value.Value) bool) error {
	m, err := p.take()
	if err != nil {
		return err
	}
	defer p.give(m)
	input, parts, err := toJQ(v)
	if err != nil {
		return err
	}
	r := &result{in: input, like: v, orders: m.orders}
	m.host, m.result = host, r
	if m.orders != nil {
		m.orders.reset(r.original)
	}
	iter := p.start(m, input, parts)
	for {
		out, ok := iter.Next()
		if !ok {
			return nil
		}
		if err, ok := out.(error); ok {
			return runError(err)
		}
		if !put(r.value(out, v)) {
			return nil
		}
	}
}

// start begins a run on an input of so many parts.
func (p *Program) start(m *machine, input any, parts int) gojq.Iter {
	if p.turn == nil || p.work.isShort(parts) {
		return m.code.Run(input, p.args...) // its steps are quicker
	}
	var g giving
	g.pace.Begin(p.turn)
	return m.code.RunWithContext(&g, input, p.args...)
}

// take returns a machine for a run.
func (p *Program) take() (*machine, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.free) - 1; last >= 0 {
		m := p.free[last]
		p.free = p.free[:last]
		return m, nil
	}
	return p.compile(os.Environ)
}

// give takes a machine back.
func (p *Program) give(m *machine) {
	m.host, m.result = Host{}, nil
	if m.orders != nil {
		m.orders.reset(nil)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, m)
}

// runError returns the error that a program ended with; nil if it only stopped.
func runError(err error) error {
	var halt *gojq.HaltError
	if errors.As(err, &halt) && halt.Value() == nil {
		return nil
	}
	if err.Error() == "break" { // what gojq has for it
		return errors.New("no more inputs")
	}
	var e gojq.ValueError
	if errors.As(err, &e) {
		if text, ok := e.Value().(string); ok {
			return errors.New(shorten(strings.TrimSuffix(text, "\n")))
		}
	}
	return errors.New(shorten(lowered(err)))
}
