package plain

import (
	"errors"
	"strings"
)

var errFields = errors.New("not a record and has no fields")

// OfRecord is a stage that makes values of each record.
func OfRecord(written string, do func(v Value) ([]Value, error)) Stage {
	return Each(written, func(v Value) ([]Value, error) {
		if v.Kind != Record {
			return nil, errFields
		}
		return do(v)
	})
}

// Map puts the value of e.
func Map(e Expr) Stage {
	return Each("map "+Quote(e.Text), func(v Value) ([]Value, error) {
		x, err := e.Eval(v)
		return []Value{x}, err
	})
}

// Get puts a field.
func Get(name string) Stage {
	return OfRecord("get "+Quote(name), func(v Value) ([]Value, error) {
		x, _ := v.get(name)
		return []Value{x}, nil
	})
}

// Set sets fields, each with what those before it have set.
func Set(names []string, es []Expr) Stage {
	written := "set"
	for i, n := range names {
		written += " " + Quote(n+"="+es[i].Text)
	}
	return OfRecord(written, func(v Value) ([]Value, error) {
		for i, n := range names {
			x, err := es[i].Eval(v)
			if err != nil {
				return nil, err
			}
			v = v.with(n, x)
		}
		return []Value{v}, nil
	})
}

func quoted(name string, names []string) string {
	for _, n := range names {
		name += " " + Quote(n)
	}
	return name
}

// Select keeps fields, in this order; one that is missing is null.
func Select(names ...string) Stage {
	return OfRecord(quoted("select", names), func(v Value) ([]Value, error) {
		if sameNames(v, names) {
			return []Value{v}, nil
		}
		var fs []Field
		for _, n := range names {
			x, _ := v.get(n)
			fs = append(fs, Field{n, x})
		}
		return []Value{record(fs...)}, nil
	})
}

// Drop leaves fields out.
func Drop(names ...string) Stage {
	return OfRecord(quoted("drop", names), func(v Value) ([]Value, error) {
		var fs []Field
		for _, f := range v.Fields {
			if !contains(names, f.Name) {
				fs = append(fs, f)
			}
		}
		if len(fs) == len(v.Fields) {
			return []Value{v}, nil
		}
		return []Value{record(fs...)}, nil
	})
}

func contains(names []string, n string) bool {
	for _, x := range names {
		if x == n {
			return true
		}
	}
	return false
}

// Rename gives one field a new name; another that has it goes.
func Rename(from, to string) Stage {
	return OfRecord("rename "+Quote(from+"="+to), func(v Value) ([]Value, error) {
		if _, ok := v.get(from); !ok || from == to {
			return []Value{v}, nil
		}
		var fs []Field
		for _, f := range v.Fields {
			switch f.Name {
			case from:
				fs = append(fs, Field{to, f.V})
			case to:
			default:
				fs = append(fs, f)
			}
		}
		return []Value{record(fs...)}, nil
	})
}

// FillEmpty puts a text where fields are empty.
func FillEmpty(with string, names ...string) Stage {
	return OfRecord(quoted("fill_empty --with "+Quote(with), names), func(v Value) ([]Value, error) {
		x := str(with)
		if isPlainDecimal(with) {
			x, _ = parseNumber(with)
			x.Spell = with
		}
		return []Value{fill(v, names, func(string) (Value, bool) { return x, true })}, nil
	})
}

// fill gives fields that are empty other values, where there are some.
func fill(v Value, names []string, other func(name string) (Value, bool)) Value {
	if len(names) == 0 {
		for _, f := range v.Fields {
			names = append(names, f.Name)
		}
	}
	for _, n := range names {
		old, _ := v.get(n)
		if old.Kind == Null || old.isText() && old.Spell == "" {
			if x, ok := other(n); ok {
				v = v.with(n, x)
			}
		}
	}
	return v
}

// FillDown fills empty fields with what stood in them last.
func FillDown(names ...string) Stage {
	return Stage{quoted("fill_down", names), func(r *Run, in Stream) Stream {
		last := map[string]Value{}
		return OfRecord("", func(v Value) ([]Value, error) {
			v = fill(v, names, func(n string) (Value, bool) { x, ok := last[n]; return x, ok })
			for _, f := range v.Fields {
				if f.V.Kind != Null && !(f.V.isText() && f.V.Spell == "") {
					last[f.Name] = f.V
				}
			}
			return []Value{v}, nil
		}).Do(r, in)
	}}
}

// Explode puts a record for each element of the list in a field.
func Explode(name, on string) Stage {
	written := "explode " + Quote(name)
	if on != "" {
		written += " --on " + Quote(on)
	}
	return OfRecord(written, func(v Value) ([]Value, error) {
		x, _ := v.get(name)
		var parts []Value
		switch {
		case x.isEmpty():
			return []Value{v}, nil
		case x.Kind == List:
			parts = x.List
		case on != "" && x.isText():
			for _, s := range strings.Split(x.Spell, on) {
				parts = append(parts, retyped(x, s))
			}
		default:
			return nil, errors.New("not a list")
		}
		var vs []Value
		for _, p := range parts {
			vs = append(vs, v.with(name, p))
		}
		return vs, nil
	})
}

// Flatten makes fields such as a.b of what is in lists and records.
func Flatten(separator string) Stage {
	written := "flatten"
	if separator != "." {
		written += " -s " + Quote(separator)
	}
	return OfRecord(written, func(v Value) ([]Value, error) {
		out, changed := record(), false
		var put func(name string, x Value)
		put = func(name string, x Value) {
			switch {
			case x.Kind == List && len(x.List) > 0:
				changed = true
				for i, e := range x.List {
					put(sprint("%s%s%d", name, separator, i), e)
				}
			case x.Kind == Record && len(x.Fields) > 0:
				changed = true
				for _, f := range x.Fields {
					put(name+separator+f.Name, f.V)
				}
			default:
				out = out.with(name, x)
			}
		}
		for _, f := range v.Fields {
			put(f.Name, f.V)
		}
		if !changed {
			return []Value{v}, nil
		}
		return []Value{out}, nil
	})
}

// Chunk is literal text or an expression of a template.
type Chunk struct {
	Literal string
	Expr    *Expr
}

// Format puts a template that is filled.
func Format(chunks []Chunk) Stage {
	var template strings.Builder
	for _, c := range chunks {
		if c.Expr != nil {
			template.WriteString("{" + c.Expr.Text + "}")
		} else {
			template.WriteString(strings.NewReplacer("{", "{{", "}", "}}").Replace(c.Literal))
		}
	}
	return Each("format "+Quote(template.String()), func(v Value) ([]Value, error) {
		var b strings.Builder
		for _, c := range chunks {
			b.WriteString(c.Literal)
			if c.Expr == nil {
				continue
			}
			x, err := c.Expr.Eval(v)
			if err != nil {
				return nil, err
			}
			b.WriteString(x.Text())
		}
		return []Value{text(b.String())}, nil
	})
}

// ToJSON puts each value as a line of JSON.
func ToJSON() Stage {
	return Each("to_json", func(v Value) ([]Value, error) { return []Value{text(v.JSON())}, nil })
}
