// Package jq runs programs of the language jq, by gojq, on values. Numbers keep the spelling
// that they have in the input for as long as nothing is computed of them; parts of the input
// that a program passes on come back as they were, and the objects that it makes of others
// have the names in the order of the input. A Program may be used by any goroutine, several
// at a time.
package jq

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"mtpipe/value"
)

// Query is a program that was parsed.
type Query struct{ q *gojq.Query }

// Program is a program with what its variables stand for.
type Program struct {
	code *gojq.Code
	args []any
	env  bool
}

// Arg is a variable of a program: $Name stands for the string Value.
type Arg struct{ Name, Value string }

// SyntaxError says where a program is none.
type SyntaxError struct {
	Offset int // of the byte in the program at which the mistake stands
	Msg    string
}

func (e *SyntaxError) Error() string { return e.Msg }

// Parse parses a program. The error is a *SyntaxError.
func Parse(text string) (*Query, error) {
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
	return &Query{q}, nil
}

// Compile looks up the names in the program. Besides args it knows the environment.
func (q *Query) Compile(args ...Arg) (*Program, error) {
	p := &Program{}
	var names []string
	for _, a := range args {
		names = append(names, "$"+a.Name)
		p.args = append(p.args, a.Value)
	}
	var err error
	p.code, err = gojq.Compile(q.q, gojq.WithVariables(names), gojq.WithEnvironLoader(func() []string {
		p.env = true
		return os.Environ()
	}))
	switch {
	case err == nil:
		return p, nil
	case strings.HasPrefix(err.Error(), "input(s)"):
		return nil, errors.New("input and inputs are not supported: each value is the input of a run of its own")
	case strings.HasPrefix(err.Error(), "variable not defined"):
		return nil, fmt.Errorf("%s; --arg sets it", shorten(lowered(err)))
	}
	return nil, errors.New("bad program: " + shorten(lowered(err)))
}

// Env reports whether the program asks for the environment.
func (p *Program) Env() bool { return p.env }

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
	input := toJQ(v)
	iter := p.code.Run(input, p.args...)
	r := &result{in: input, like: v}
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

// runError returns the error that a program ended with; nil if it only stopped.
func runError(err error) error {
	var halt *gojq.HaltError
	if errors.As(err, &halt) && halt.Value() == nil {
		return nil
	}
	var e gojq.ValueError
	if errors.As(err, &e) {
		if text, ok := e.Value().(string); ok {
			return errors.New(shorten(strings.TrimSuffix(text, "\n")))
		}
	}
	return errors.New(shorten(lowered(err)))
}
