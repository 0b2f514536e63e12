package expression

import (
	"errors"
	"strings"
	"unicode/utf8"

	"mtpipe/value"
)

// maxRepeat is how many bytes repeat makes at most.
const maxRepeat = 1 << 26

// textFunctions work on texts. What they make of untyped text is untyped text again, so
// that a trimmed or split field still counts as a number where it looks like one.
var textFunctions = []function{
	{"upper", 1, 1, textToText(strings.ToUpper)},
	{"lower", 1, 1, textToText(strings.ToLower)},
	{"trim", 1, 2, withCutset(strings.TrimSpace, strings.Trim)},
	{"trimPrefix", 1, 2, withCutset(trimBlankPrefix, strings.TrimPrefix)},
	{"trimSuffix", 1, 2, withCutset(trimBlankSuffix, strings.TrimSuffix)},
	{"split", 2, 3, splitWith(strings.SplitN)},
	{"splitAfter", 2, 3, splitWith(strings.SplitAfterN)},
	{"replace", 3, 4, replace},
	{"repeat", 2, 2, repeat},
	{"indexOf", 2, 2, place2(strings.Index)},
	{"lastIndexOf", 2, 2, place2(strings.LastIndex)},
	{"hasPrefix", 2, 2, ask2(strings.HasPrefix)},
	{"hasSuffix", 2, 2, ask2(strings.HasSuffix)},
	{"string", 1, 1, toString},
}

func trimBlankPrefix(s string) string { return strings.TrimPrefix(s, " ") }
func trimBlankSuffix(s string) string { return strings.TrimSuffix(s, " ") }

// wantText checks that the arguments are texts.
func wantText(args ...value.Value) error {
	for _, a := range args {
		if !a.IsText() {
			return &kindError{a, "text"}
		}
	}
	return nil
}

func textToText(change func(string) string) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		if err := wantText(args[0]); err != nil {
			return value.Null, err
		}
		if s := args[0].Str(); !utf8.ValidString(s) {
			return sameText(args[0], changeValid(s, change)), nil
		}
		return sameText(args[0], change(args[0].Str())), nil
	}
}

// changeValid applies change to the parts of s that are UTF-8 and keeps the other bytes,
// which strings.ToUpper would replace.
func changeValid(s string, change func(string) string) string {
	var b strings.Builder
	start := 0
	for i, r := range s {
		if r != utf8.RuneError {
			continue
		}
		if _, n := utf8.DecodeRuneInString(s[i:]); n != 1 {
			continue
		}
		b.WriteString(change(s[start:i]))
		b.WriteByte(s[i])
		start = i + 1
	}
	b.WriteString(change(s[start:]))
	return b.String()
}

func withCutset(plain func(string) string, cut func(s, set string) string) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		if err := wantText(args...); err != nil {
			return value.Null, err
		}
		if len(args) == 1 {
			return sameText(args[0], plain(args[0].Str())), nil
		}
		return sameText(args[0], cut(args[0].Str(), args[1].Str())), nil
	}
}

// count returns the optional argument i, how many times at most; -1 stands for always.
func count(args []value.Value, i int) (int, error) {
	if len(args) <= i {
		return -1, nil
	}
	return smallInt(args[i])
}

// smallInt returns v as an int of 32 bits, the bounds standing for what is beyond them.
func smallInt(v value.Value) (int, error) {
	n, err := wholeNumber(v)
	if err != nil {
		return 0, err
	}
	const limit = 1<<31 - 1
	switch {
	case value.Compare(n, value.Int(limit)) > 0:
		return limit, nil
	case value.Compare(n, value.Int(-limit)) < 0:
		return -limit, nil
	}
	return int(n.AsInt()), nil
}

func splitWith(split func(s, sep string, n int) []string) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		if err := wantText(args[:2]...); err != nil {
			return value.Null, err
		}
		n, err := count(args, 2)
		if err != nil {
			return value.Null, err
		}
		parts := split(args[0].Str(), args[1].Str(), n)
		vs := make([]value.Value, len(parts))
		for i, p := range parts {
			vs[i] = sameText(args[0], p)
		}
		return value.List(vs), nil
	}
}

func replace(args []value.Value) (value.Value, error) {
	if err := wantText(args[:3]...); err != nil {
		return value.Null, err
	}
	n, err := count(args, 3)
	if err != nil {
		return value.Null, err
	}
	return sameText(args[0], strings.Replace(args[0].Str(), args[1].Str(), args[2].Str(), n)), nil
}

func repeat(args []value.Value) (value.Value, error) {
	if err := wantText(args[0]); err != nil {
		return value.Null, err
	}
	n, err := smallInt(args[1])
	if err != nil {
		return value.Null, err
	}
	s := args[0].Str()
	switch {
	case n < 0:
		return value.Null, errors.New("repeat needs a count that is not negative")
	case n > maxRepeat || len(s)*n > maxRepeat:
		return value.Null, errors.New("repeat makes too much text")
	}
	return sameText(args[0], strings.Repeat(s, n)), nil
}

// place2 makes a function that says at which character of a text a part begins, -1 for
// nowhere.
func place2(find func(s, part string) int) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		if err := wantText(args...); err != nil {
			return value.Null, err
		}
		s := args[0].Str()
		at := find(s, args[1].Str())
		if at > 0 {
			at = utf8.RuneCountInString(s[:at])
		}
		return value.Int(int64(at)), nil
	}
}

func ask2(ask func(s, part string) bool) func([]value.Value) (value.Value, error) {
	return func(args []value.Value) (value.Value, error) {
		if err := wantText(args...); err != nil {
			return value.Null, err
		}
		return value.Bool(ask(args[0].Str(), args[1].Str())), nil
	}
}

// toString returns the argument as it is printed, as text that stays text.
func toString(args []value.Value) (value.Value, error) {
	return value.String(args[0].String()), nil
}
