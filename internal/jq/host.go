package jq

import (
	"regexp"
	"sync"

	"github.com/itchyny/gojq"

	"mtpipe/value"
)

// Host is what a program may ask for besides its input. What is nil is not there: there is no more
// input, a message is lost, and a file has no name.
type Host struct {
	Input   func() (v value.Value, ok bool) // the next value, for input and inputs
	Message func(text []byte)               // writes what debug and stderr are given
	File    func() string                   // the name of the file that the value came from, or ""
}

var (
	asks  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[^.\w$])(inputs?|debug|stderr|input_filename)\b`) })
	reads = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(^|[^.\w$])inputs?\b`) })
)

// Asks reports whether the program may ask for something of Host. It may say so of one that does not.
func (q *Query) Asks() bool { return asks().MatchString(q.q.String()) }

// Reads reports whether the program may ask for more input.
func (q *Query) Reads() bool { return reads().MatchString(q.q.String()) }

// functions returns the functions by which programs ask.
func (m *machine) functions() []gojq.CompilerOption {
	say := func(text []byte) {
		if m.host.Message != nil {
			m.host.Message(text)
		}
	}
	return []gojq.CompilerOption{
		gojq.WithInputIter(input{m}),
		gojq.WithFunction("debug", 0, 0, func(x any, _ []any) any {
			say(append(m.result.value(x, value.Null).AppendJSON([]byte(`["DEBUG:",`)), "]\n"...))
			return x
		}),
		gojq.WithFunction("stderr", 0, 0, func(x any, _ []any) any {
			if text, ok := x.(string); ok {
				say([]byte(text))
			} else {
				say(m.result.value(x, value.Null).AppendJSON(nil))
			}
			return x
		}),
		gojq.WithFunction("input_filename", 0, 0, func(any, []any) any {
			if m.host.File != nil {
				if name := m.host.File(); name != "" {
					return name
				}
			}
			return nil
		}),
	}
}

// input iterates over the values that the host has.
type input struct{ m *machine }

// Next returns the next value.
func (i input) Next() (any, bool) {
	if i.m.host.Input == nil {
		return nil, false
	}
	v, ok := i.m.host.Input()
	if !ok {
		return nil, false
	}
	x, _, err := toJQ(v)
	if err != nil {
		return err, true
	}
	i.m.result.also(x, v)
	return x, true
}

// also notes that x, which was made of v, is a part of the input.
func (r *result) also(x any, v value.Value) {
	if r.records == nil {
		r.records = make(map[uintptr]value.Value)
		r.note(r.in, r.like)
	}
	r.note(x, v)
	r.kept = append(r.kept, x) // as long as its addresses are known
}
