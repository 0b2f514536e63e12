package text

import (
	"bytes"
	"errors"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
)

type splitArgs struct {
	Delimiter string `arg:"delimiter" help:"what stands between the pieces"`
	Quotes    bool   `opt:"quotes" help:"delimiters within double quotes are not meant"`
}

// Check refuses an empty delimiter.
func (a *splitArgs) Check() error {
	if a.Delimiter == "" {
		return &pipeline.ArgError{Arg: "delimiter", Err: errors.New("delimiter must not be empty")}
	}
	if a.Quotes && strings.HasPrefix(syntax.Unescape(a.Delimiter), `"`) {
		return &pipeline.ArgError{Arg: "quotes", Err: errors.New("--quotes needs a delimiter that does not begin with a double quote")}
	}
	return nil
}

func (a *splitArgs) find() each.Finder {
	delimiter := []byte(syntax.Unescape(a.Delimiter))
	return func(to []each.Piece, text []byte) []each.Piece {
		for start := 0; ; {
			end, last := pieceEnd(text, start, delimiter, a.Quotes)
			if start < end {
				to = append(to, each.Piece{Start: start, End: end})
			} else {
				to = append(to, each.Piece{})
			}
			if last {
				return to
			}
			start = end + len(delimiter)
		}
	}
}

// pieceEnd returns where the piece ends that begins at start, and whether it is the last one.
func pieceEnd(text []byte, start int, delimiter []byte, quotes bool) (end int, last bool) {
	if quotes && start < len(text) && text[start] == '"' {
		if end := closingQuote(text, start+1, delimiter); end >= 0 {
			return end, end == len(text)
		}
	}
	n := bytes.Index(text[start:], delimiter)
	if n < 0 {
		return len(text), true
	}
	return start + n, false
}

// closingQuote returns the place after the quote that closes the piece whose text goes on at i; -1
// when it is not closed before a delimiter or the end.
func closingQuote(text []byte, i int, delimiter []byte) int {
	for {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return -1
		}
		i += n + 1
		switch {
		case i == len(text) || bytes.HasPrefix(text[i:], delimiter):
			return i
		case text[i] != '"':
			return -1
		}
		i++
	}
}

// decode returns what takes the quotes of a piece away; nil when they have no meaning.
func (a *splitArgs) decode() func(piece []byte) []byte {
	if !a.Quotes {
		return nil
	}
	delimiter := []byte(syntax.Unescape(a.Delimiter))
	return func(piece []byte) []byte {
		if len(piece) < 2 || piece[0] != '"' || closingQuote(piece, 1, delimiter) != len(piece) {
			return bytes.Clone(piece)
		}
		return bytes.ReplaceAll(piece[1:len(piece)-1], []byte(`""`), []byte(`"`))
	}
}
