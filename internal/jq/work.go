package jq

import (
	"reflect"
	"time"

	"github.com/itchyny/gojq"

	"mtpipe/internal/turns"
)

// work is how much a program may have to do with one input, as far as can be seen from its text.
type work struct {
	endless bool // it may go on for ever, or make much of little
	degree  int  // iterations, one of which may stand in the other
	size    int  // parts of the program
}

// shortWork is how many steps a program may take without giving way: some milliseconds.
const shortWork = 100_000

// isShort reports whether the work on an input of so many parts is surely soon done.
func (w work) isShort(parts int) bool {
	if w.endless {
		return false
	}
	steps := w.size
	for range w.degree {
		if steps *= parts + 1; steps > shortWork {
			return false
		}
	}
	return true
}

// workOf looks through a program.
func workOf(q *gojq.Query) (w work) {
	w.add(reflect.ValueOf(q))
	return w
}

// add adds a part of a program's tree, whatever it is.
func (w *work) add(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			w.node(v.Interface())
			w.add(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.add(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			w.add(v.Field(i))
		}
	}
}

func (w *work) node(n any) {
	w.size++
	switch n := n.(type) {
	case *gojq.FuncDef:
		w.endless = true // it may call itself
	case *gojq.Suffix:
		if n.Iter {
			w.degree++
		}
	case *gojq.Term:
		if n.Type == gojq.TermTypeRecurse {
			w.degree++
		}
	case *gojq.Func:
		switch degree, known := functionDegrees[n.Name]; {
		case known:
			w.degree += degree
		case len(n.Name) > 0 && n.Name[0] == '$': // a variable
		default:
			w.endless = true
		}
	}
}

// functionDegrees are the functions of which it is known how often they go through their input:
// not at all, but for Go's own code, or once.
var functionDegrees = degrees(
	[]string{"empty", "error", "not", "length", "utf8bytelength", "type", "has", "in", "keys", "values", "nulls", "booleans", "numbers", "strings",
		"arrays", "objects", "iterables", "scalars", "tostring", "tonumber", "toboolean", "tojson", "ascii_downcase", "ascii_upcase", "ltrimstr", "rtrimstr", "trimstr",
		"startswith", "endswith", "trim", "ltrim", "rtrim", "floor", "ceil", "round", "sqrt", "fabs", "abs", "select", "contains", "inside", "reverse", "sort",
		"unique", "min", "max", "flatten", "join", "getpath", "now", "todate", "fromdate", "infinite", "nan", "isnan", "isinfinite", "isnormal", "input_line_number",
		"index", "rindex", "indices", "test", "implode", "have_literal_numbers"},
	[]string{"add", "map", "map_values", "keys_unsorted", "to_entries", "from_entries", "with_entries", "first", "last", "any", "all", "sort_by", "group_by", "unique_by",
		"min_by", "max_by", "del", "delpaths", "setpath", "pick", "paths", "leaf_paths", "path", "transpose", "split", "explode", "ascii", "tostream"})

func degrees(byDegree ...[]string) map[string]int {
	of := make(map[string]int)
	for degree, names := range byDegree {
		for _, n := range names {
			of[n] = degree
		}
	}
	return of
}

// giving is the context of a run that gives way. It is never done: gojq asks for Done before each
// of its steps.
type giving struct{ pace turns.Pace }

// Done counts a step.
func (g *giving) Done() <-chan struct{} {
	g.pace.Step()
	return nil
}

// Deadline says that there is none.
func (g *giving) Deadline() (time.Time, bool) { return time.Time{}, false }

// Err returns nil.
func (g *giving) Err() error { return nil }

// Value returns nil.
func (g *giving) Value(any) any { return nil }
