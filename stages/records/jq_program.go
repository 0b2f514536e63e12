package records

import (
	"errors"
	"strconv"
	"strings"

	"mtpipe/internal/expression"
	"mtpipe/internal/jq"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// jqProgram is a program that was parsed, and compiled when its variables were known.
type jqProgram struct {
	query    *jq.Query
	compiled *jq.Program
	vars     []jqVariable
}

// jqVariable is a variable of the pipeline in a program: no value is ever a part of its text.
type jqVariable struct {
	name  string // in the pipeline
	value value.Value
}

// jqName is what the program calls the variable with the number i.
func jqName(i int) string { return "__mtpipe" + strconv.Itoa(i) }

// Compares says that the program may compare.
func (*jqProgram) Compares() bool { return false }

// SetArg parses the program.
func (p *jqProgram) SetArg(text string, lookup func(string) (string, bool)) error {
	r := jqReader{text: text}
	r.read()
	p.vars = nil
	for _, name := range r.names {
		v := jqVariable{name: name}
		if _, later := lookup(expression.Given + name); !later {
			known, _ := lookup(name)
			v.value = value.TextOf(known)
		}
		p.vars = append(p.vars, v)
	}
	query, err := jq.Parse(string(r.program))
	var e *jq.SyntaxError
	if errors.As(err, &e) {
		return pipeline.Placed(r.place(e.Offset), err)
	}
	p.query, p.compiled = query, nil
	return err
}

// Fill puts the values of the variables that were not known before.
func (p *jqProgram) Fill(of func(name string) value.Value) {
	vars := make([]jqVariable, len(p.vars))
	for i, v := range p.vars {
		vars[i] = jqVariable{v.name, of(v.name)}
	}
	p.vars = vars
}

// OnJob is that of pipeline.Computing.
func (p *jqProgram) OnJob(j *pipeline.Job) (needs bool) {
	if p.compiled == nil || !p.compiled.IsLong() {
		return false
	}
	if j != nil {
		p.compiled = p.compiled.Giving(j.Computes)
	}
	return true
}

// args returns the variables as those of the program.
func (p *jqProgram) args() []jq.Arg {
	var args []jq.Arg
	for i, v := range p.vars {
		args = append(args, jq.Arg{Name: jqName(i), Value: v.value})
	}
	return args
}

// jqReader makes a program of a text with references: outside of strings they become variables,
// inside of strings they are inserted.
type jqReader struct {
	text    string
	program []byte
	offsets []int // in the text, of the bytes of the program
	names   []string
}

// place returns where the byte of the program stands in the text.
func (r *jqReader) place(offset int) int {
	if offset < len(r.offsets) {
		return r.offsets[offset]
	}
	return len(r.text)
}

func (r *jqReader) put(s string, at int) {
	r.program = append(r.program, s...)
	for range s {
		r.offsets = append(r.offsets, at)
	}
}

// read reads the text. Open has for each string that is open how many parentheses are open in
// what is inserted there, -1 in its own text.
func (r *jqReader) read() {
	var open []int
	for i := 0; i < len(r.text); {
		n := 1
		inString := len(open) > 0 && open[len(open)-1] < 0
		switch c := r.text[i]; {
		case c == syntax.Reference[0]:
			n = r.reference(i, inString)
			i += n
			continue
		case c == '$' && !inString && strings.HasPrefix(r.text[i:], location):
			r.put(`({file: "<top-level>", line: `+strconv.Itoa(1+strings.Count(r.text[:i], "\n"))+`})`, i)
			i += len(location)
			continue
		case c == '\\' && inString:
			n = min(2, len(r.text)-i)
			if r.text[i:i+n] == `\(` {
				open[len(open)-1] = 1
			}
		case c == '"' && inString:
			open = open[:len(open)-1]
		case c == '"':
			open = append(open, -1)
		case c == '#' && !inString:
			n = len(r.text[i:])
			if end := strings.IndexByte(r.text[i:], '\n'); end >= 0 {
				n = end
			}
			i += n // a comment, in which nothing is inserted
			continue
		case c == '(' && len(open) > 0 && !inString:
			open[len(open)-1]++
		case c == ')' && len(open) > 0 && !inString:
			if open[len(open)-1]--; open[len(open)-1] == 0 {
				open[len(open)-1] = -1
			}
		}
		for k := range n {
			r.put(r.text[i+k:i+k+1], i+k)
		}
		i += n
	}
}

// location is the variable that says where it stands in the program.
const location = "$__loc__"

// reference reads the reference at i and returns its length.
func (r *jqReader) reference(i int, inString bool) int {
	name, _, _ := strings.Cut(r.text[i+1:], syntax.Reference)
	n := len(name) + 2*len(syntax.Reference)
	if name == syntax.Dollar {
		r.put("$", i)
		return n
	}
	variable := "$" + jqName(len(r.names))
	r.names = append(r.names, name)
	if inString {
		variable = `\(` + variable + ")"
	} else {
		variable = " " + variable + " "
	}
	r.put(variable, i)
	return n
}
