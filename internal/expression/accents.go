package expression

import (
	"strings"
	"sync"
	"unicode/utf8"

	"mtpipe/value"
)

// accented has the letters, in Latin script, that are written as others where there are no accents.
var accented = [...]struct{ plain, letters string }{
	{"A", "ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶ"},
	{"a", "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ"},
	{"AE", "ÆǢǼ"},
	{"ae", "æǣǽ"},
	{"B", "ḂḄḆ"},
	{"b", "ḃḅḇ"},
	{"C", "ÇĆĈĊČḈ"},
	{"c", "çćĉċčḉ"},
	{"D", "ÐĎĐḊḌḎḐḒ"},
	{"d", "ðďđḋḍḏḑḓ"},
	{"E", "ÈÉÊËĒĔĖĘĚȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ"},
	{"e", "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ"},
	{"F", "Ḟ"},
	{"f", "ƒḟ"},
	{"G", "ĜĞĠĢǦǴḠ"},
	{"g", "ĝğġģǧǵḡ"},
	{"H", "ĤĦȞḢḤḦḨḪ"},
	{"h", "ĥħȟḣḥḧḩḫẖ"},
	{"I", "ÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ"},
	{"i", "ìíîïĩīĭįıǐȉȋḭḯỉị"},
	{"IJ", "Ĳ"},
	{"ij", "ĳ"},
	{"J", "Ĵ"},
	{"j", "ĵǰ"},
	{"K", "ĶǨḰḲḴ"},
	{"k", "ķǩḱḳḵ"},
	{"L", "ĹĻĽŁḶḸḺḼ"},
	{"l", "ĺļľłḷḹḻḽ"},
	{"M", "ḾṀṂ"},
	{"m", "ḿṁṃ"},
	{"N", "ÑŃŅŇŊǸṄṆṈṊ"},
	{"n", "ñńņňŋǹṅṇṉṋ"},
	{"O", "ÒÓÔÕÖØŌŎŐƠǑǪǬǾȌȎȪȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ"},
	{"o", "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ"},
	{"OE", "Œ"},
	{"oe", "œ"},
	{"P", "ṔṖ"},
	{"p", "ṕṗ"},
	{"R", "ŔŖŘȐȒṘṚṜṞ"},
	{"r", "ŕŗřȑȓṙṛṝṟ"},
	{"S", "ŚŜŞŠȘṠṢṤṦṨ"},
	{"s", "śŝşšșṡṣṥṧṩ"},
	{"SS", "ẞ"},
	{"ss", "ß"},
	{"T", "ŢŤŦȚṪṬṮṰ"},
	{"t", "ţťŧțṫṭṯṱẗ"},
	{"Th", "Þ"},
	{"th", "þ"},
	{"U", "ÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖṲṴṶṸṺỤỦỨỪỬỮỰ"},
	{"u", "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"},
	{"V", "ṼṾ"},
	{"v", "ṽṿ"},
	{"W", "ŴẀẂẄẆẈ"},
	{"w", "ŵẁẃẅẇẉẘ"},
	{"X", "ẊẌ"},
	{"x", "ẋẍ"},
	{"Y", "ÝŶŸȲẎỲỴỶỸ"},
	{"y", "ýÿŷȳẏẙỳỵỷỹ"},
	{"Z", "ŹŻŽẐẒẔ"},
	{"z", "źżžẑẓẕ"},
}

// plainLetters has for each of those letters what is written.
var plainLetters = sync.OnceValue(func() map[rune]string {
	table := make(map[rune]string)
	for _, row := range accented {
		for _, letter := range row.letters {
			table[letter] = row.plain
		}
	}
	return table
})

// unaccent returns the text without accents: letters that have some become others, and marks that
// stand after their letter go.
func unaccent(args []value.Value) (value.Value, error) {
	if args[0].IsNull() {
		return value.Null, nil
	}
	if err := wantText(args[0]); err != nil {
		return value.Null, err
	}
	text, table := args[0].Str(), plainLetters()
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		piece := text[i : i+size]
		if plain, ok := table[r]; ok {
			piece = plain
		} else if r >= 0x300 && r <= 0x36f { // combining marks
			piece = ""
		}
		b.WriteString(piece)
		i += size
	}
	return args[0].WithText([]byte(b.String())), nil
}
