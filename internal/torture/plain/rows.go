package plain

import (
	"regexp"
	"slices"
	"strings"
)

// Filter passes on what e is true for, or with want false what it is not true for.
func Filter(e Expr, want bool) Stage {
	name := "filter"
	if !want {
		name = "reject"
	}
	return Keep(name+" "+Quote(e.Text), func() func(Value) (bool, error) {
		return func(v Value) (bool, error) {
			ok, err := test(e, v)
			return ok == want, err
		}
	})
}

func test(e Expr, v Value) (bool, error) {
	x, err := e.Eval(v)
	if err != nil {
		return false, err
	}
	return truth(x)
}

// TakeWhile passes values on up to the first that e is not true for.
func TakeWhile(e Expr) Stage {
	return Stage{"take_while " + Quote(e.Text), func(r *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for _, v := range in.Values {
			ok, err := test(e, v)
			if err != nil {
				if r.wrong(&out, err) {
					return out
				}
				continue
			}
			if !ok {
				return Stream{Values: out.Values, Maybe: out.Maybe || out.Failed != nil}
			}
			out.Values = append(out.Values, v)
		}
		return out
	}}
}

// DropWhile leaves values out before the first that e is not true for.
func DropWhile(e Expr) Stage {
	return Keep("drop_while "+Quote(e.Text), func() func(Value) (bool, error) {
		dropping := true
		return func(v Value) (bool, error) {
			if !dropping {
				return true, nil
			}
			ok, err := test(e, v)
			if err == nil {
				dropping = ok
			}
			return !dropping && err == nil, err
		}
	})
}

// Tail passes on the last n values.
func Tail(n int) Stage {
	if n == 0 {
		return Part("tail 0", 0, 0)
	}
	return All(sprint("tail %d", n), func(_ *Run, _ *Stream, vs []Value) []Value { return vs[max(0, len(vs)-n):] })
}

// Nth passes on the values with these numbers.
func Nth(text string, numbers []int) Stage {
	most := slices.Max(numbers)
	return Stage{text, func(_ *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for i, v := range in.Values {
			if slices.Contains(numbers, i+1) {
				out.Values = append(out.Values, v)
			}
		}
		if len(in.Values) >= most {
			out.Maybe, out.Failed = out.Maybe || out.Failed != nil, nil
		}
		return out
	}}
}

// Distinct passes on the first of those values for which all of es are equal.
func Distinct(es ...Expr) Stage {
	return Keep(words("distinct", es), func() func(Value) (bool, error) {
		seen := map[string]bool{}
		return func(v Value) (bool, error) {
			k, err := keyOf(v, es)
			if err != nil || seen[k] {
				return false, err
			}
			seen[k] = true
			return true, nil
		}
	})
}

// words writes a stage with expressions.
func words(name string, es []Expr) string {
	for _, e := range es {
		name += " " + Quote(e.Text)
	}
	return name
}

// keyOf returns the key of v: of itself, or of expressions of it.
func keyOf(v Value, es []Expr) (string, error) {
	if len(es) == 0 {
		es = []Expr{It}
	}
	var parts []Value
	for _, e := range es {
		x, err := e.Eval(v)
		if err != nil {
			return "", err
		}
		parts = append(parts, x)
	}
	return list(parts).key(), nil
}

// Uniq passes on one of equal neighbours: all, with their count, those that are repeated, or
// those that are not.
func Uniq(option string) Stage {
	if option == "" {
		return Keep("uniq", func() func(Value) (bool, error) {
			var before *string
			return func(v Value) (bool, error) {
				t := v.key()
				same := before != nil && *before == t
				before = &t
				return !same, nil
			}
		})
	}
	return Stage{"uniq " + option, func(_ *Run, in Stream) Stream {
		out := Stream{Failed: in.Failed, Maybe: in.Maybe}
		for i := 0; i < len(in.Values); {
			k := i + 1
			for k < len(in.Values) && in.Values[k].key() == in.Values[i].key() {
				k++
			}
			v, n := in.Values[i], k-i
			i = k
			switch {
			case in.Failed != nil && k == len(in.Values): // whether more would have followed is not known
			case option == "-c" && v.Kind == Record:
				out.Values = append(out.Values, before(v, "count", n))
			case option == "-c":
				out.Values = append(out.Values, text(sprint("%7d %s", n, v.Text())))
			case option == "-d" == (n > 1):
				out.Values = append(out.Values, v)
			}
		}
		return out
	}}
}

// before returns the record with a field first of all.
func before(v Value, name string, n int) Value {
	fs := []Field{{name, whole(int64(n))}}
	for _, f := range v.Fields {
		if f.Name != name {
			fs = append(fs, f)
		}
	}
	return record(fs...)
}

// Enumerate numbers the values.
func Enumerate() Stage {
	return Stage{"enumerate", func(r *Run, in Stream) Stream {
		n := 0
		return Each("", func(v Value) ([]Value, error) {
			n++
			if v.Kind == Record {
				return []Value{before(v, "n", n)}, nil
			}
			return []Value{record(Field{"n", whole(int64(n))}, Field{"value", v})}, nil
		}).Do(r, in)
	}}
}

// Grep passes on what matches; options are among v, i, w, x, F, o.
func Grep(options, pattern string) Stage {
	written := "grep "
	for _, o := range options {
		written += "-" + string(o) + " "
	}
	written += "-- " + Quote(pattern)
	has := func(o string) bool { return strings.Contains(options, o) }
	if has("F") {
		pattern = regexp.QuoteMeta(pattern)
	}
	if has("x") {
		pattern = "^(?:" + pattern + ")$"
	}
	if has("i") {
		pattern = "(?i)" + pattern
	}
	re := regexp.MustCompile(pattern)
	return Each(written, func(v Value) ([]Value, error) {
		s := v.Text()
		if strings.Contains(s, "\n") && (has("x") || strings.ContainsAny(pattern, "^$")) {
			panic(Garbage) // no rule says yet whether the ends are those of lines in a value
		}
		if !has("o") {
			if re.MatchString(s) == has("v") {
				return nil, nil
			}
			return []Value{v}, nil
		}
		var vs []Value
		for _, m := range re.FindAllStringIndex(s, -1) {
			if m[0] < m[1] {
				vs = append(vs, Value{Kind: Text, Spell: s[m[0]:m[1]], Open: v.Open && m[1] == len(s)})
			}
		}
		return vs, nil
	})
}
