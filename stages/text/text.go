// Package text holds the family of stages that change text or cut pieces out of it.
package text

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"unicode"
	"unicode/utf8"

	"mtpipe/pipeline"
	"mtpipe/stages/each"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "text", Stages: slices.Concat([]*pipeline.Stage{fieldStage()}, pieceStages(), []*pipeline.Stage{replaceStage(), trStage()}, letterStages(), parseStages())}
}

// pieceStages put pieces of their text.
func pieceStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Pieces[charsArgs]{Doc: pipeline.Doc{
			Name:  "chars",
			Safe:  true,
			Short: "Puts the characters from number FROM to number TO",
			Trait: pipeline.Textual,
			Long: `Characters count from 1, or from -1 at the end, and both ends are included: chars 1 1
is the first character, chars -3 -1 the last three. Where the text is too short there
is less, or nothing. A byte that is not UTF-8 counts as one character.`,
		}, Find: (*charsArgs).find}.Stage(),
		each.Pieces[splitArgs]{Doc: pipeline.Doc{
			Name:  "split",
			Safe:  true,
			Short: "Splits text at DELIMITER into values of their own",
			Trait: pipeline.Textual,
			Long: `DELIMITER is plain text in which \t is a tab, \n a newline and \\ a backslash. Two
delimiters in a row have an empty value between them. With --quotes, a piece that begins with a
double quote goes to the one that stands before a delimiter or the end, delimiters within it too;
the two are taken away, and two in a row within it are one. A quote elsewhere, or one that nothing
closes, is a character like others.`,
		}, Find: (*splitArgs).find, Decode: (*splitArgs).decode}.Stage(),
		each.Pieces[trimArgs]{Doc: pipeline.Doc{
			Name:  "trim",
			Safe:  true,
			Short: "Removes blanks at both ends of the text",
			Trait: pipeline.Textual,
			Long:  `Blanks are all that Unicode calls white space: tabs and carriage returns too.`,
		}, Find: (*trimArgs).find}.Stage(),
	}
}

// letterStages put other text for their text.
func letterStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		each.Text[noArgs]{Doc: pipeline.Doc{
			Name:  "upper",
			Safe:  true,
			Short: "Turns letters into capitals",
			Trait: pipeline.Textual,
			Long:  `Letters of all alphabets are; bytes that are not UTF-8 are not touched.`,
		}, Do: always(appendUpper), Whole: always(appendUpper)}.Stage(),
		each.Text[noArgs]{Doc: pipeline.Doc{
			Name:  "lower",
			Safe:  true,
			Short: "Turns capitals into small letters",
			Trait: pipeline.Textual,
			Long:  `Letters of all alphabets are; bytes that are not UTF-8 are not touched.`,
		}, Do: always(appendLower), Whole: always(appendLower)}.Stage(),
		each.Text[noArgs]{Doc: pipeline.Doc{
			Name:  "rev",
			Safe:  true,
			Short: "Puts the characters of the text in reverse order",
			Trait: pipeline.Textual,
			Long:  `A byte that is not UTF-8 counts as one character.`,
		}, Do: always(appendReversed)}.Stage(),
	}
}

type noArgs struct{}

// always returns what makes the same of every text, since there are no arguments.
func always(do each.Appender) func(*noArgs) each.Appender {
	return func(*noArgs) each.Appender { return do }
}

type charsArgs struct {
	From int64 `arg:"from" help:"the number of the first character"`
	To   int64 `arg:"to" help:"the number of the last character"`
}

// Check refuses character 0.
func (a *charsArgs) Check() error {
	switch {
	case a.From == 0:
		return &pipeline.ArgError{Arg: "from", Err: errors.New("from must not be 0; characters count from 1, or from -1 at the end")}
	case a.To == 0:
		return &pipeline.ArgError{Arg: "to", Err: errors.New("to must not be 0; characters count from 1, or from -1 at the end")}
	}
	return nil
}

func (a *charsArgs) find() each.Finder {
	return func(to []each.Piece, text []byte) []each.Piece {
		start := before(text, a.From, 1)
		end := before(text, a.To, 0)
		if start >= end {
			return append(to, each.Piece{})
		}
		return append(to, each.Piece{Start: start, End: end})
	}
}

// before returns where character n of the text begins when edge is 1, and where it ends
// when edge is 0.
func before(text []byte, n, edge int64) int {
	if n > 0 {
		return forward(text, n-edge)
	}
	return backward(text, -n-1+edge)
}

// forward returns where the first n characters end.
func forward(text []byte, n int64) int {
	i := 0
	for ; n > 0 && i < len(text); n-- {
		if text[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, size := utf8.DecodeRune(text[i:])
		i += size
	}
	return i
}

// backward returns where the last n characters begin.
func backward(text []byte, n int64) int {
	i := len(text)
	for ; n > 0 && i > 0; n-- {
		_, size := utf8.DecodeLastRune(text[:i])
		i -= size
	}
	return i
}

type trimArgs struct {
	Left  bool `opt:"l,left" help:"only at the beginning"`
	Right bool `opt:"r,right" help:"only at the end"`
}

func (a *trimArgs) find() each.Finder {
	both := a.Left == a.Right
	return func(to []each.Piece, text []byte) []each.Piece {
		var p each.Piece
		if a.Left || both {
			p.Start = len(text) - len(bytes.TrimLeftFunc(text, unicode.IsSpace))
		}
		p.End = len(text)
		if a.Right || both {
			p.End = p.Start + len(bytes.TrimRightFunc(text[p.Start:], unicode.IsSpace))
		}
		if p.Start == p.End {
			p = each.Piece{}
		}
		return append(to, p)
	}
}

// appendUpper appends text in capitals.
func appendUpper(dst, text []byte) []byte {
	start := len(dst)
	dst = append(dst, text...)
	n := flipASCII(dst[start:], 'a')
	return appendMapped(dst[:start+n], text[n:], unicode.ToUpper)
}

// appendLower appends text in small letters.
func appendLower(dst, text []byte) []byte {
	start := len(dst)
	dst = append(dst, text...)
	n := flipASCII(dst[start:], 'A')
	return appendMapped(dst[:start+n], text[n:], unicode.ToLower)
}

// flipASCII changes the case of the 26 letters from first on, in place, up to the first
// byte that is not ASCII, and returns where that stands. It works on eight bytes at a time:
// the top bit of each says that the byte is not below first, and not beyond the last letter.
func flipASCII(text []byte, first byte) int {
	const ones = 0x0101010101010101
	const tops = 0x80 * ones
	notBelow, beyond := ones*uint64(0x80-first), ones*uint64(0x80-(first+26))
	i := 0
	for ; i+8 <= len(text); i += 8 {
		x := binary.LittleEndian.Uint64(text[i:])
		if x&tops != 0 {
			break
		}
		letters := ((x + notBelow) ^ (x + beyond)) & tops
		binary.LittleEndian.PutUint64(text[i:], x^letters>>2)
	}
	for ; i < len(text) && text[i] < utf8.RuneSelf; i++ {
		if text[i]-first < 26 {
			text[i] ^= 'a' - 'A'
		}
	}
	return i
}

// appendMapped appends text with each character replaced; bytes that are not UTF-8 stay.
func appendMapped(dst, text []byte, mapping func(rune) rune) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, text[0])
		} else {
			dst = utf8.AppendRune(dst, mapping(r))
		}
		text = text[size:]
	}
	return dst
}

// appendReversed appends the characters of text in reverse order.
func appendReversed(dst, text []byte) []byte {
	for len(text) > 0 {
		_, size := utf8.DecodeLastRune(text)
		dst = append(dst, text[len(text)-size:]...)
		text = text[:len(text)-size]
	}
	return dst
}
