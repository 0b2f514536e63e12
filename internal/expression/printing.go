package expression

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"mtpipe/internal/layout"
	"mtpipe/value"
)

// printingFunctions write values for people and for other programs.
var printingFunctions = []function{
	{entry{"fmt(value, format)", "the value as a format says: [[FILL]<|>|^][+][0][WIDTH][,][.DIGITS][TYPE], and the type is " + layout.Kinds, "fmt(1234.5, `>10,.2f`)", `"  1,234.50"`}, formatted()},
	{entry{"bytes(value)", "a size for people, or the number that such a text stands for", "[bytes(1536), bytes(`1.5K`)]", `["1.5K",1536]`}, bytesOf},
	{entry{"bar(number, most, width?)", "a bar whose length is the number's part of the most, which has 20 characters", "bar(3, 4, 8)", `"██████"`}, bar},
	{entry{"unaccent(text)", "the text with Latin letters without accents", "unaccent(`Ærø, Łódź, naïve`)", `"AEro, Lodz, naive"`}, unaccent},
	{entry{"piece(text, delimiter, n)", "piece number n between delimiters, from 1, or from -1 at the end; null where there is none", "[piece(`a-b-c`, `-`, 2), piece(`a-b-c`, `-`, -1)]", `["b","c"]`}, piece},
	{entry{"capitalize(text)", "the text with its first letter in capitals", "capitalize(`émile`)", `"Émile"`}, textToText(capitalize)},
	{entry{"levenshtein(text, text)", "how many letters have to be put in, left out or changed to make one the other", "levenshtein(`prise`, `price`)", "1"}, levenshtein},
	{entry{"hash(text, algorithm?)", "the digest of the bytes, by sha256, md5, sha1, sha512 or crc32, in hexadecimal digits", "hash(`abc`, `md5`)", `"900150983cd24fb0d6963f7d28e17f72"`}, digest},
	{entry{"url_encode(text)", "the text as it stands in the query of a URL", "url_encode(`a b&c`)", `"a%20b%26c"`}, urlEncode},
	{entry{"url_decode(text)", "the text that such stands for", "url_decode(`a%20b+c`)", `"a b c"`}, urlDecode},
	{entry{"base64(text)", "the bytes in base64", "base64(`hi`)", `"aGk="`}, foreign("toBase64", goText)},
}

// formatted makes fmt, which keeps the format that was read last: most pipelines have one.
func formatted() func([]value.Value) (value.Value, error) {
	type read struct {
		text string
		spec layout.Spec
	}
	var last atomic.Pointer[read]
	return func(args []value.Value) (value.Value, error) {
		if err := wantText(args[1]); err != nil {
			return value.Null, err
		}
		format := last.Load()
		if format == nil || format.text != args[1].Str() {
			text := strings.Clone(args[1].Str())
			spec, err := layout.Parse(text)
			if err != nil {
				return value.Null, err
			}
			format = &read{text, spec}
			last.Store(format)
		}
		text, err := format.spec.Append(nil, args[0])
		if err != nil {
			return value.Null, err
		}
		return value.String(string(text)), nil
	}
}

// human lays out a size for people.
var human = sync.OnceValue(func() layout.Spec {
	spec, _ := layout.Parse("h")
	return spec
})

// bytesOf is a size for people of a number, and a number of such a size.
func bytesOf(args []value.Value) (value.Value, error) {
	v := args[0]
	if v.IsNull() {
		return value.Null, nil
	}
	if _, ok := v.Numeric(); ok || !v.IsText() {
		text, err := human().Append(nil, v)
		if err != nil {
			return value.Null, err
		}
		return value.String(string(text)), nil
	}
	text := strings.TrimSuffix(strings.TrimSpace(v.Str()), "B")
	text, binary := strings.CutSuffix(text, "i")
	digits := strings.TrimRight(text, "kKMGTPEZY")
	i := 0
	if unit := strings.ToUpper(text[len(digits):]); unit != "" {
		if i = strings.Index("KMGTPEZY", unit) + 1; i == 0 || len(unit) != 1 {
			return value.Null, &kindError{v, "a size such as 1.5K or 20 MiB"}
		}
	}
	n, ok := value.ParseNumber([]byte(strings.TrimSpace(digits)))
	if !ok || binary && i == 0 {
		return value.Null, &kindError{v, "a size such as 1.5K or 20 MiB"}
	}
	power, err := value.Pow(value.Int(1024), value.Int(int64(i)))
	if err != nil {
		return value.Null, err
	}
	if n, err = value.Mul(n, power); err != nil {
		return value.Null, err
	}
	if n.Kind() == value.KindFloat {
		return whole(n.AsFloat(), v) // parts of a byte are dropped
	}
	return n, nil
}

const barWidth = 20

// bar draws with eighths of a character.
func bar(args []value.Value) (value.Value, error) {
	if args[0].IsNull() {
		return value.Null, nil
	}
	width := barWidth
	var x [2]float64
	for i, a := range args[:2] {
		n, ok := a.Numeric()
		if !ok {
			return value.Null, &value.NotNumberError{Value: a}
		}
		x[i] = value.FloatOf(n)
	}
	if len(args) > 2 {
		n, err := smallInt(args[2])
		if err != nil {
			return value.Null, err
		}
		if n < 1 || n > 1000 {
			return value.Null, &kindError{args[2], "a width from 1 to 1000"}
		}
		width = n
	}
	part := x[0] / x[1]
	if !(part > 0) { // nothing, or not a number
		return value.String(""), nil
	}
	eighths := int(min(part, 1)*float64(width)*8 + 0.5)
	text := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		text += string(rune('█' + 8 - rest))
	}
	return value.String(text), nil
}

func capitalize(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

const longestCompared = 10000 // characters; the time grows with the product of the lengths

func levenshtein(args []value.Value) (value.Value, error) {
	if err := wantText(args...); err != nil {
		return value.Null, err
	}
	for _, a := range args {
		if len(a.Bytes()) > longestCompared {
			return value.Null, errors.New("levenshtein compares texts of up to " + strconv.Itoa(longestCompared) + " bytes")
		}
	}
	a, b := []rune(args[0].Str()), []rune(args[1].Str())
	row := make([]int, len(b)+1) // the distances of what is before i to each beginning of b
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return value.Int(int64(row[len(b)])), nil
}

func digest(args []value.Value) (value.Value, error) {
	if err := wantText(args...); err != nil {
		return value.Null, err
	}
	algorithm, data := "sha256", args[0].Bytes()
	if len(args) > 1 {
		algorithm = strings.ToLower(args[1].Str())
	}
	var sum []byte
	switch algorithm {
	case "sha256":
		s := sha256.Sum256(data)
		sum = s[:]
	case "md5":
		s := md5.Sum(data)
		sum = s[:]
	case "sha1":
		s := sha1.Sum(data)
		sum = s[:]
	case "sha512":
		s := sha512.Sum512(data)
		sum = s[:]
	case "crc32":
		return value.String(fmt.Sprintf("%08x", crc32.ChecksumIEEE(data))), nil
	default:
		return value.Null, &kindError{args[1], "one of sha256, md5, sha1, sha512 and crc32"}
	}
	return value.String(hex.EncodeToString(sum)), nil
}

func urlEncode(args []value.Value) (value.Value, error) {
	if err := wantText(args[0]); err != nil {
		return value.Null, err
	}
	return value.String(strings.ReplaceAll(url.QueryEscape(args[0].Str()), "+", "%20")), nil
}

func urlDecode(args []value.Value) (value.Value, error) {
	if err := wantText(args[0]); err != nil {
		return value.Null, err
	}
	text, err := url.QueryUnescape(args[0].Str())
	if err != nil {
		return value.Null, &kindError{args[0], "text of a URL"}
	}
	return value.String(text), nil
}

// piece returns one of the pieces between delimiters.
func piece(args []value.Value) (value.Value, error) {
	if args[0].IsNull() {
		return value.Null, nil
	}
	if err := wantText(args[:2]...); err != nil {
		return value.Null, err
	}
	n, ok := args[2].Numeric()
	if !ok || n.Kind() != value.KindInt || n.AsInt() == 0 {
		return value.Null, fmt.Errorf("the number of a piece counts from 1, or from -1 at the end, and is not %s", args[2].Quote())
	}
	if len(args[1].Bytes()) == 0 {
		return value.Null, errors.New("the delimiter of pieces is empty")
	}
	pieces := strings.Split(args[0].Str(), args[1].Str())
	i := n.AsInt() - 1
	if i < 0 {
		i = int64(len(pieces)) + n.AsInt()
	}
	if i < 0 || i >= int64(len(pieces)) {
		return value.Null, nil
	}
	return args[0].WithText([]byte(pieces[i])), nil
}
