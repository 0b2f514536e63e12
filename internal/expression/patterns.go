package expression

import (
	"regexp"
	"strings"
	"sync"
	"sync/atomic"

	"mtpipe/internal/search"
	"mtpipe/value"
)

// patternFunctions replace what a regular expression matches.
var patternFunctions = []function{
	{entry{"sub(text, pattern, replacement)", `the text with the first match replaced; \1 is what the first group matched, \0 the whole`, "sub(`a-b-c`, `(.)-(.)`, `\\2\\1`)", `"ba-c"`}, substitute(false)},
	{entry{"gsub(text, pattern, replacement)", "the text with all matches replaced", "gsub(`2024-02-29`, `[0-9]+`, `<\\0>`)", `"<2024>-<02>-<29>"`}, substitute(true)},
}

// group is what stands for a group in a replacement, or a backslash or dollar sign that is text.
var group = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\[0-9]|\\\\|\$`) })

// replacementOf returns the replacement as package regexp has it.
func replacementOf(text string) string {
	return group().ReplaceAllStringFunc(text, func(s string) string {
		switch s {
		case "$":
			return "$$"
		case `\\`:
			return `\`
		}
		return "${" + s[1:] + "}"
	})
}

// lastPattern is the regular expression that was used last. Any goroutine.
type lastPattern struct{ re atomic.Pointer[regexp.Regexp] }

// compile returns the regular expression that v is.
func (l *lastPattern) compile(v value.Value) (*regexp.Regexp, error) {
	re := l.re.Load()
	if re == nil || re.String() != v.Str() {
		var err error
		if re, err = search.CompilePattern(v.Clone().Str()); err != nil {
			return nil, err
		}
		l.re.Store(re)
	}
	return re, nil
}

// substitute makes sub and gsub. Patterns that alternate are compiled again and again.
func substitute(all bool) func([]value.Value) (value.Value, error) {
	var last lastPattern
	return func(args []value.Value) (value.Value, error) {
		if args[0].IsNull() {
			return value.Null, nil
		}
		if err := wantText(args...); err != nil {
			return value.Null, err
		}
		re, err := last.compile(args[1])
		if err != nil {
			return value.Null, err
		}
		text, template := args[0].Str(), replacementOf(args[2].Str())
		if all {
			return sameText(args[0], re.ReplaceAllString(text, template)), nil
		}
		m := re.FindStringSubmatchIndex(text)
		if m == nil {
			return args[0], nil
		}
		var b strings.Builder
		b.WriteString(text[:m[0]])
		b.Write(re.ExpandString(nil, template, text, m))
		b.WriteString(text[m[1]:])
		return sameText(args[0], b.String()), nil
	}
}
