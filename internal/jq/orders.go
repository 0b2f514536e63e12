package jq

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"sync"

	"github.com/itchyny/gojq"

	"mtpipe/value"
)

// orders knows the keys of the objects in a run that is rewritten, in order: those of the input,
// and those that the program has made. One whose keys stand by the alphabet is not kept. One
// goroutine at a time.
type orders struct {
	most  int // keys that are kept; the oldest objects are forgotten then
	made  map[uintptr]madeObject
	queue []uintptr // of made, the oldest first
	keys  int       // of all in made
	input func(m map[string]any) (value.Value, bool)
}

// madeObject is an object of a program. It is held so that no other gets its address.
type madeObject struct {
	m    map[string]any
	keys []string
}

// mostKeys is how many keys are kept of what a run has made; objects that are forgotten stand by
// the alphabet.
const mostKeys = 1 << 20

// reset forgets the run before; input returns the record that an object of its input was.
func (o *orders) reset(input func(m map[string]any) (value.Value, bool)) {
	clear(o.made)
	o.queue, o.keys, o.input = o.queue[:0], 0, input
}

// of returns the keys of m in order. The list is not to be changed.
func (o *orders) of(m map[string]any) []string {
	if made, ok := o.made[address(m)]; ok {
		return made.keys
	}
	if v, ok := o.input(m); ok {
		r := v.AsRecord()
		names := make([]string, 0, len(m))
		for i := range r.Len() {
			if name := r.Name(i); r.Shape().Find(name) == i {
				names = append(names, name)
			}
		}
		return names
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// known reports whether the order of m was noted.
func (o *orders) known(m map[string]any) bool {
	if _, ok := o.made[address(m)]; ok {
		return true
	}
	_, ok := o.input(m)
	return ok
}

// note notes that m has these keys in this order, and those that it has besides after them.
func (o *orders) note(m map[string]any, keys []string) {
	if len(m) < 2 {
		return
	}
	list := make([]string, 0, len(m))
	seen := make(map[string]bool, len(m))
	add := func(k string) {
		if _, ok := m[k]; ok && !seen[k] {
			seen[k], list = true, append(list, k)
		}
	}
	for _, k := range keys {
		add(k)
	}
	if known := len(list); known < len(m) {
		for k := range m {
			add(k)
		}
		slices.Sort(list[known:])
	}
	o.keep(m, list)
}

// keep notes that list is the keys of m in order.
func (o *orders) keep(m map[string]any, list []string) {
	if slices.IsSorted(list) {
		return
	}
	for o.keys+len(list) > o.most && len(o.queue) > 0 {
		oldest := o.queue[0]
		o.queue = o.queue[1:]
		o.keys -= len(o.made[oldest].keys)
		delete(o.made, oldest)
	}
	if o.made == nil {
		o.made = make(map[uintptr]madeObject)
	}
	at := address(m)
	o.made[at] = madeObject{m, list}
	o.queue, o.keys = append(o.queue, at), o.keys+len(list)
}

// after notes the keys of x, which the program has made of old by changing a part of it.
func (o *orders) after(x, old any) {
	switch x := x.(type) {
	case []any:
		if was, ok := old.([]any); ok && !sameArray(x, was) {
			for i := range min(len(x), len(was)) {
				o.after(x[i], was[i])
			}
		}
	case map[string]any:
		was, ok := old.(map[string]any)
		if !ok || o.known(x) || address(x) == address(was) {
			return
		}
		o.changed(x, was)
	}
}

// changed is after for objects.
func (o *orders) changed(x, was map[string]any) {
	var added []string
	for k, v := range x {
		switch w, ok := was[k]; {
		case !ok:
			added = append(added, k)
		default:
			o.after(v, w)
		}
	}
	slices.Sort(added)
	list := slices.Clone(o.of(was))
	if len(x) < len(was)+len(added) {
		list = slices.DeleteFunc(list, func(k string) bool { _, left := x[k]; return !left })
	}
	o.keep(x, append(list, added...))
}

func sameArray(a, b []any) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// options are the functions that a rewritten program calls.
func (o *orders) options() []gojq.CompilerOption {
	return []gojq.CompilerOption{
		gojq.WithFunction("_keys_are", 0, 0, func(v any, _ []any) any {
			_, ok := v.(map[string]any)
			return ok
		}),
		gojq.WithIterFunction("_keys_in_order", 0, 0, func(v any, _ []any) gojq.Iter {
			keys := o.of(v.(map[string]any))
			list := make([]any, len(keys))
			for i, k := range keys {
				list[i] = k
			}
			return gojq.NewIter(list...)
		}),
		gojq.WithFunction("_keys_made", 1, 1, func(v any, args []any) any {
			keys := args[0].([]any)
			names := make([]string, 0, len(keys))
			for _, k := range keys {
				if s, ok := k.(string); ok {
					names = append(names, s)
				}
			}
			o.note(v.(map[string]any), names)
			return v
		}),
		gojq.WithFunction("_keys_after", 1, 1, func(v any, args []any) any {
			o.after(v, args[0])
			return v
		}),
		gojq.WithFunction("_keys_plus", 2, 2, func(_ any, args []any) any { return o.plus(args[0], args[1]) }),
		gojq.WithFunction("_keys_times", 2, 2, func(_ any, args []any) any { return o.times(args[0], args[1]) }),
		gojq.WithFunction("_keys_union", 1, 1, func(v any, args []any) any {
			o.union(v, args[0])
			return v
		}),
		gojq.WithFunction("_keys_json", 0, 0, func(v any, _ []any) any {
			text, err := o.json(nil, v)
			if err != nil {
				return err
			}
			return string(text)
		}),
		gojq.WithFunction("_keys_of", 1, 1, func(v any, args []any) any {
			if text, ok := args[0].(string); ok {
				o.read(v, json.NewDecoder(strings.NewReader(text)))
			}
			return v
		}),
	}
}

// union notes the keys of m, the sum of the objects in list.
func (o *orders) union(m, list any) {
	sum, ok := m.(map[string]any)
	all, isList := list.([]any)
	if !ok || !isList || o.known(sum) {
		return
	}
	var keys []string
	seen := make(map[string]bool, len(sum))
	for _, e := range all {
		if part, ok := e.(map[string]any); ok {
			for _, k := range o.of(part) {
				if !seen[k] {
					seen[k], keys = true, append(keys, k)
				}
			}
		}
	}
	o.note(sum, keys)
}

// read notes the keys of x in the order of the JSON that it was read from.
func (o *orders) read(x any, from *json.Decoder) {
	t, err := from.Token()
	if err != nil {
		return
	}
	list, _ := x.([]any)
	m, _ := x.(map[string]any)
	switch t {
	case json.Delim('['):
		for i := 0; from.More() && i < len(list); i++ {
			o.read(list[i], from)
		}
	case json.Delim('{'):
		var keys []string
		for from.More() {
			k, err := from.Token()
			if err != nil {
				return
			}
			name, _ := k.(string)
			keys = append(keys, name)
			o.read(m[name], from)
		}
		o.note(m, keys)
	default:
		return
	}
	_, _ = from.Token() // what closes it
}

// sum and product are programs that compute what has no quick way.
var sum, product = binary("$a + $b"), binary("$a * $b")

func binary(text string) func() *gojq.Code {
	return sync.OnceValue(func() *gojq.Code {
		c, err := gojq.Compile(parsed(text), gojq.WithVariables([]string{"$a", "$b"}))
		if err != nil {
			panic(err)
		}
		return c
	})
}

// times returns a * b.
func (o *orders) times(a, b any) any {
	if x, ok := number(a).(float64); ok {
		if y, ok := number(b).(float64); ok {
			return x * y
		}
	}
	v, _ := product().Run(nil, a, b).Next()
	o.merged(v, a, b)
	return v
}

// merged notes the keys of x, which was merged of a and b, and of what was merged inside.
func (o *orders) merged(x, a, b any) {
	m, ok1 := x.(map[string]any)
	left, ok2 := a.(map[string]any)
	right, ok3 := b.(map[string]any)
	if !ok1 || !ok2 || !ok3 {
		return
	}
	o.joined(m, left, right)
	for k, v := range m {
		if l, ok := left[k]; ok {
			if r, ok := right[k]; ok {
				o.merged(v, l, r)
			}
		}
	}
}

// plus returns a + b.
func (o *orders) plus(a, b any) any {
	switch x := number(a).(type) {
	case int:
		if y, ok := number(b).(int); ok {
			if v := x + y; (v >= x) == (y >= 0) {
				return v
			}
		}
	case float64:
		if y, ok := number(b).(float64); ok {
			return x + y
		}
	case string:
		if y, ok := b.(string); ok {
			return x + y
		}
	}
	v, _ := sum().Run(nil, a, b).Next()
	if m, ok := v.(map[string]any); ok {
		o.joined(m, a, b)
	}
	return v
}

// joined notes the keys of m, the sum of the objects a and b, which may be null.
func (o *orders) joined(m map[string]any, a, b any) {
	left, ok := a.(map[string]any)
	right, both := b.(map[string]any)
	if !ok || !both || o.known(m) {
		return
	}
	list := slices.Clone(o.of(left))
	for _, k := range o.of(right) {
		if _, has := left[k]; !has {
			list = append(list, k)
		}
	}
	o.keep(m, list)
}

// number returns a number with its own spelling as one to compute with.
func number(x any) any {
	n, ok := x.(json.Number)
	if !ok {
		return x
	}
	if i, err := n.Int64(); err == nil && int64(int(i)) == i {
		return int(i)
	}
	if _, whole := new(big.Int).SetString(n.String(), 10); !whole {
		if f, err := n.Float64(); err == nil {
			return f
		}
	}
	return x
}

// json appends x as JSON.
func (o *orders) json(dst []byte, x any) (_ []byte, err error) {
	switch x := x.(type) {
	case []any:
		dst = append(dst, '[')
		for i, e := range x {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = o.json(dst, e); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case map[string]any:
		dst = append(dst, '{')
		for i, k := range o.of(x) {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = o.json(dst, k); err != nil {
				return dst, err
			}
			if dst, err = o.json(append(dst, ':'), x[k]); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
	text, err := gojq.Marshal(x)
	return append(dst, text...), err
}
