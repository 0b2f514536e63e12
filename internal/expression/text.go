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
	{entry{"upper(text)", "the text in capitals", "upper(`größer`)", `"GRÖßER"`}, textToText(strings.ToUpper)},
	{entry{"lower(text)", "the text in small letters", "lower(`ÄB`)", `"äb"`}, textToText(strings.ToLower)},
	{entry{"trim(text, set?)", "the text without blanks, or characters of the set, at both ends", "trim(`--a-b--`, `-`)", `"a-b"`}, withCutset(strings.TrimSpace, strings.Trim)},
	{entry{"trimPrefix(text, prefix?)", "the text without the prefix (a blank), when it begins so", "trimPrefix(`v1.2`, `v`)", `"1.2"`}, withCutset(trimBlankPrefix, strings.TrimPrefix)},
	{entry{"trimSuffix(text, suffix?)", "the text without the suffix (a blank), when it ends so", "trimSuffix(`a.log`, `.log`)", `"a"`}, withCutset(trimBlankSuffix, strings.TrimSuffix)},
	{entry{"split(text, separator, most?)", "the list of the parts between separators, at most so many", "split(`a,b,c`, `,`, 2)", `["a","b,c"]`}, splitWith(strings.SplitN)},
	{entry{"splitAfter(text, separator, most?)", "split that leaves the separator at the end of each part", "splitAfter(`a,b`, `,`)", `["a,","b"]`}, splitWith(strings.SplitAfterN)},
	{entry{"replace(text, old, new, most?)", "the text with old replaced by new, everywhere or so often", "replace(`1.2.3`, `.`, `-`)", `"1-2-3"`}, replace},
	{entry{"repeat(text, times)", "the text so many times", "repeat(`ab`, 3)", `"ababab"`}, repeat},
	{entry{"indexOf(text, part)", "the number of the character at which the part first begins, from 0; -1 for nowhere", "indexOf(`caña`, `a`)", "1"}, place2(strings.Index)},
	{entry{"lastIndexOf(text, part)", "where the part last begins", "lastIndexOf(`caña`, `a`)", "3"}, place2(strings.LastIndex)},
	{entry{"hasPrefix(text, prefix)", "whether the text begins so; also text startsWith prefix", "hasPrefix(`/api/v1`, `/api`)", "true"}, ask2(strings.HasPrefix)},
	{entry{"hasSuffix(text, suffix)", "whether the text ends so; also text endsWith suffix", "hasSuffix(`a.csv`, `.csv`)", "true"}, ask2(strings.HasSuffix)},
	{entry{"string(value)", "the value as text, which is no number any more", "string(1.50)", `"1.5"`}, toString},
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
