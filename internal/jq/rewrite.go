package jq

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// Gojq keeps objects as maps, without the order of their keys. A program in which that can be
// seen is rewritten before it is compiled: what goes through an object asks for its keys in
// order, and what makes one notes them (see orders). The functions that gojq writes in the
// language itself, of which that is true too, are defined anew in it.

// prelude has those functions. The names that begin with _keys_ are those of orders.
const prelude = `
def keys_unsorted: if _keys_are then [_keys_in_order] else keys end;
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def recurse(f): def r: ., (f | r); r;
def recurse: recurse(.[]?);
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def _keys_add: add;
def add: (if _keys_are then [.[]] end) as $list | $list | _keys_add | _keys_union($list);
def add(f): [f] | add;
def from_entries: map({(.key // .Key // .name // .Name):
  if has("value") then .value else .Value end}) | add // {};
def with_entries(f): to_entries | map(f) | from_entries;
def walk(f): def w: if type == "array" then map(w) elif _keys_are then map_values(w) end | f; w;
def paths: path(..) | select(. != []);
def paths(f): path(.. | select(f)) | select(. != []);
def _keys_setpath($p; $v): setpath($p; $v);
def setpath($p; $v): . as $old | _keys_setpath($p; $v) | _keys_after($old);
def _keys_delpaths($p): delpaths($p);
def delpaths($p): . as $old | _keys_delpaths($p) | _keys_after($old);
def del(f): delpaths([path(f)]);
def pick(f): . as $v | reduce path(f) as $p (null; setpath($p; $v | getpath($p)));
def tostream: path(def r: (.[]? | r), .; r) as $p |
  getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): foreach f as $pv (null;
    if .e then null end | $pv as [$p, $v] |
    if $pv | length == 2 then setpath(["v"] + $p; $v) | setpath(["e"]; $p | length == 0)
    else setpath(["e"]; $p | length == 1) end;
    if .e then .v else empty end);
def leaf_paths: paths(scalars);
def tojson: _keys_json;
def tostring: if type == "string" then . else _keys_json end;
def _keys_fromjson: fromjson;
def fromjson: . as $text | _keys_fromjson | _keys_of($text);
def _keys_tonumber: tonumber;
def tonumber: if type == "string" and utf8bytelength > 4300 then error(tojson[:40] + "…\" is too long for a number: it has more than 4300 digits") else _keys_tonumber end;
def INDEX(stream; idx_expr): reduce stream as $row ({}; .[$row | idx_expr | tostring] = $row);
def INDEX(idx_expr): INDEX(.[]; idx_expr);
.`

// rewriter rewrites a program that was parsed, in place.
type rewriter struct {
	changed   bool // something was rewritten, or is in the prelude
	variables int  // that were made
}

// preludeNames are the functions of the prelude.
var preludeNames = sync.OnceValue(func() map[string]bool {
	names := make(map[string]bool)
	for _, f := range parsed(prelude).FuncDefs {
		names[f.Name] = true
	}
	return names
})

// ordered rewrites the program, and puts the prelude before it if the order of keys may be seen.
func ordered(q *gojq.Query) (changed bool) {
	r := &rewriter{}
	r.query(q)
	if !r.changed {
		return false
	}
	p := parsed(prelude)
	own := &rewriter{}
	for _, f := range p.FuncDefs {
		own.query(f.Body)
	}
	q.FuncDefs = append(p.FuncDefs, q.FuncDefs...)
	return true
}

// parsed returns text that is known to be a program.
func parsed(text string) *gojq.Query {
	q, err := gojq.Parse(text)
	if err != nil {
		panic(fmt.Sprintf("jq: %s: %v", text, err))
	}
	return q
}

// inParens returns the query as a term.
func inParens(q *gojq.Query) *gojq.Term { return &gojq.Term{Type: gojq.TermTypeQuery, Query: q} }

func pipe(left, right *gojq.Query) *gojq.Query {
	return &gojq.Query{Left: left, Op: gojq.OpPipe, Right: right}
}

// bind returns right with what left puts as the variable.
func bind(left *gojq.Query, variable string, right *gojq.Query) *gojq.Query {
	return &gojq.Query{Left: left, Op: gojq.OpPipe, Right: right, Patterns: []*gojq.Pattern{{Name: variable}}}
}

func call(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}

func text(s string) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeString, Str: &gojq.String{Str: s}}}
}

func (r *rewriter) variable() string {
	r.variables++
	return "$__keys" + strconv.Itoa(r.variables)
}

func (r *rewriter) queries(list ...*gojq.Query) {
	for _, q := range list {
		r.query(q)
	}
}

func (r *rewriter) query(q *gojq.Query) {
	if q == nil {
		return
	}
	for _, f := range q.FuncDefs {
		r.query(f.Body)
	}
	r.queries(q.Left, q.Right)
	r.patterns(q.Patterns)
	r.term(q.Term)
	switch q.Op {
	case gojq.OpAdd, gojq.OpMul:
		if mayBeObject(q.Left) && mayBeObject(q.Right) {
			r.changed = true
			name := "_keys_plus"
			if q.Op == gojq.OpMul {
				name = "_keys_times"
			}
			*q = gojq.Query{FuncDefs: q.FuncDefs, Term: call(name, q.Left, q.Right).Term}
		}
	case gojq.OpAssign, gojq.OpModify, gojq.OpUpdateAdd, gojq.OpUpdateSub, gojq.OpUpdateMul, gojq.OpUpdateDiv, gojq.OpUpdateMod, gojq.OpUpdateAlt:
		r.update(q)
	}
}

// update rewrites an assignment: what comes of it has the keys in the order of what there was.
func (r *rewriter) update(q *gojq.Query) {
	r.changed = true
	change := &gojq.Query{Left: q.Left, Op: q.Op, Right: q.Right}
	if q.Op == gojq.OpUpdateAdd && mayBeObject(q.Right) {
		x := r.variable()
		change = bind(q.Right, x, &gojq.Query{Left: q.Left, Op: gojq.OpModify, Right: call("_keys_plus", &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity}}, call(x))})
	}
	old := r.variable()
	whole := bind(&gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity}}, old, pipe(&gojq.Query{Term: inParens(change)}, call("_keys_after", call(old))))
	*q = gojq.Query{FuncDefs: q.FuncDefs, Term: inParens(whole)}
}

// mayBeObject reports whether what q puts could be an object, as far as can be seen.
func mayBeObject(q *gojq.Query) bool {
	if q.Term == nil {
		return q.Op != gojq.OpSub && q.Op != gojq.OpDiv && q.Op != gojq.OpMod
	}
	if len(q.Term.SuffixList) > 0 {
		return true
	}
	switch q.Term.Type {
	case gojq.TermTypeNumber, gojq.TermTypeString, gojq.TermTypeArray, gojq.TermTypeUnary, gojq.TermTypeTrue, gojq.TermTypeFalse, gojq.TermTypeNull, gojq.TermTypeFormat:
		return false
	case gojq.TermTypeFunc:
		return q.Term.Func.Name != "length" && q.Term.Func.Name != "tostring"
	}
	return true
}

func (r *rewriter) patterns(list []*gojq.Pattern) {
	for _, p := range list {
		r.patterns(p.Array)
		for _, o := range p.Object {
			r.str(o.KeyString)
			r.query(o.KeyQuery)
			if o.Val != nil {
				r.patterns([]*gojq.Pattern{o.Val})
			}
		}
	}
}

func (r *rewriter) str(s *gojq.String) {
	if s != nil && len(s.Queries) > 0 {
		r.changed = true // what is inserted may be an object
		r.queries(s.Queries...)
	}
}

func (r *rewriter) index(x *gojq.Index) {
	if x != nil {
		r.str(x.Str)
		r.queries(x.Start, x.End)
	}
}

func (r *rewriter) term(t *gojq.Term) {
	if t == nil {
		return
	}
	r.str(t.Str)
	r.index(t.Index)
	for _, s := range t.SuffixList {
		r.index(s.Index)
	}
	switch t.Type {
	case gojq.TermTypeRecurse:
		r.changed = true
		t.Type, t.Func = gojq.TermTypeFunc, &gojq.Func{Name: "recurse"}
	case gojq.TermTypeFormat:
		r.changed = true
		if t.Format == "@html" || t.Format == "@uri" || t.Format == "@base64" {
			r.format(t)
		}
	case gojq.TermTypeFunc:
		r.changed = r.changed || preludeNames()[t.Func.Name]
		r.queries(t.Func.Args...)
	case gojq.TermTypeObject:
		r.object(t)
	case gojq.TermTypeArray:
		r.query(t.Array.Query)
	case gojq.TermTypeQuery:
		r.query(t.Query)
	case gojq.TermTypeUnary:
		r.term(t.Unary.Term)
	case gojq.TermTypeLabel:
		r.query(t.Label.Body)
	default:
		r.control(t)
	}
	r.iterations(t)
}

// format makes JSON of what a format is given, if it is an object or a list.
func (r *rewriter) format(t *gojq.Term) {
	const asJSON = `if type | . == "object" or . == "array" then tojson else . end`
	if t.Str == nil {
		f := *t
		f.SuffixList = nil
		suffixes := t.SuffixList
		*t = *inParens(pipe(parsed(asJSON), &gojq.Query{Term: &f}))
		t.SuffixList = suffixes
		return
	}
	for i, q := range t.Str.Queries {
		if q.Term == nil || q.Term.Str == nil {
			t.Str.Queries[i] = &gojq.Query{Term: inParens(pipe(q, parsed(asJSON)))}
		}
	}
}

// control rewrites terms that decide what runs.
func (r *rewriter) control(t *gojq.Term) {
	switch t.Type {
	case gojq.TermTypeIf:
		r.queries(t.If.Cond, t.If.Then, t.If.Else)
		for _, e := range t.If.Elif {
			r.queries(e.Cond, e.Then)
		}
	case gojq.TermTypeTry:
		r.queries(t.Try.Body, t.Try.Catch)
	case gojq.TermTypeReduce:
		r.queries(t.Reduce.Query, t.Reduce.Start, t.Reduce.Update)
		r.patterns(t.Reduce.Patterns)
	case gojq.TermTypeForeach:
		r.queries(t.Foreach.Query, t.Foreach.Start, t.Foreach.Update, t.Foreach.Extract)
		r.patterns(t.Foreach.Patterns)
	}
}

// iterations rewrites each [] among the suffixes. What it becomes is a path, too.
func (r *rewriter) iterations(t *gojq.Term) {
	i := slices.IndexFunc(t.SuffixList, func(s *gojq.Suffix) bool { return s.Iter })
	if i < 0 {
		return
	}
	r.changed = true
	before := *t
	before.SuffixList = t.SuffixList[:i:i]
	after := t.SuffixList[i+1:]
	each := parsed("if _keys_are then .[_keys_in_order] else .[] end")
	*t = *inParens(pipe(&gojq.Query{Term: &before}, each))
	t.SuffixList = after
	r.iterations(t)
}

// object makes an object note the order of its keys, unless that is the alphabet.
func (r *rewriter) object(t *gojq.Term) {
	pairs := t.Object.KeyVals
	var names []string // those that are known
	var keys *gojq.Query
	bind := func(next *gojq.Query) *gojq.Query { return next }
	for _, kv := range pairs {
		r.str(kv.KeyString)
		r.queries(kv.KeyQuery, kv.Val)
	}
	if len(pairs) < 2 {
		return
	}
	for _, kv := range pairs {
		var key *gojq.Query
		if name, ok := keyOf(kv); ok {
			names, key = append(names, name), text(name)
		} else {
			key, bind = r.computedKey(kv, bind)
		}
		if keys == nil {
			keys = key
		} else {
			keys = &gojq.Query{Left: keys, Op: gojq.OpComma, Right: key}
		}
	}
	if len(names) == len(pairs) && slices.IsSorted(names) {
		return
	}
	r.changed = true
	o := *t
	o.SuffixList = nil
	list := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeArray, Array: &gojq.Array{Query: keys}}}
	suffixes := t.SuffixList
	*t = *inParens(bind(pipe(&gojq.Query{Term: &o}, call("_keys_made", list))))
	t.SuffixList = suffixes
}

// keyOf returns the key of a pair if it is written there.
func keyOf(kv *gojq.ObjectKeyVal) (string, bool) {
	switch {
	case kv.Key != "":
		return strings.TrimPrefix(kv.Key, "$"), true
	case kv.KeyString != nil && kv.KeyString.Queries == nil:
		return kv.KeyString.Str, true
	}
	return "", false
}

// computedKey makes the key of a pair a variable, which is bound before the object is made, and
// adds that to those that bind others.
func (r *rewriter) computedKey(kv *gojq.ObjectKeyVal, others func(*gojq.Query) *gojq.Query) (key *gojq.Query, all func(*gojq.Query) *gojq.Query) {
	of := kv.KeyQuery
	if of == nil {
		of = &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeString, Str: kv.KeyString}}
	}
	v := r.variable()
	kv.KeyString, kv.KeyQuery = nil, call(v)
	if kv.Val == nil {
		kv.Val = parsed(".[" + v + "]")
	}
	return call(v), func(next *gojq.Query) *gojq.Query { return bind(of, v, others(next)) }
}
