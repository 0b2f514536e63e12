package search

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CompilePattern compiles a regular expression, in the syntax of package regexp. There, \b knows no
// letters but those of ASCII: beside another one it stands where nobody means it, and is an error.
func CompilePattern(text string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(text)
	if err != nil || !strings.Contains(text, `\b`) {
		return re, err
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if r := besideBoundary(tree); r >= utf8.RuneSelf {
		return nil, fmt.Errorf(`\b knows only letters of ASCII, and %c is another one: write (^|[^\pL]) before a word and ($|[^\pL]) after it, or take grep -w`, r)
	}
	return re, nil
}

// besideBoundary returns a letter beyond ASCII beside a \b in the expression, 0 for none.
func besideBoundary(re *syntax.Regexp) rune {
	for i, sub := range re.Sub {
		if r := besideBoundary(sub); r != 0 {
			return r
		}
		if re.Op != syntax.OpConcat || i == 0 {
			continue
		}
		before, r := re.Sub[i-1], rune(0)
		switch {
		case sub.Op == syntax.OpWordBoundary:
			r = edge(before, true)
		case before.Op == syntax.OpWordBoundary:
			r = edge(sub, false)
		}
		if r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
	}
	return 0
}

// edge returns the first or the last letter that the expression matches, 0 when there may be
// several.
func edge(re *syntax.Regexp, last bool) rune {
	switch {
	case re.Op == syntax.OpLiteral && last:
		return re.Rune[len(re.Rune)-1]
	case re.Op == syntax.OpLiteral:
		return re.Rune[0]
	case (re.Op == syntax.OpConcat || re.Op == syntax.OpCapture || re.Op == syntax.OpPlus) && last:
		return edge(re.Sub[len(re.Sub)-1], last)
	case re.Op == syntax.OpConcat || re.Op == syntax.OpCapture || re.Op == syntax.OpPlus:
		return edge(re.Sub[0], last)
	}
	return 0
}
