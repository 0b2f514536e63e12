package text_test

import (
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

func TestSplitQuotes(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"delimiters in quotes", "split --quotes ,", `a,"b,c",d` + "\n", "a\nb,c\nd\n"},
		{"without the option", "split ,", `"b,c"` + "\n", "\"b\nc\"\n"},
		{"two quotes are one", "split --quotes ,", `"b"",""c"` + "\n" + `""""` + "\n", "b\",\"c\n\"\n"},
		{"empty ones", "split --quotes ,", `"",,""` + "\n", "\n\n\n"},
		{"quotes elsewhere", "split --quotes ,", `5" x,6"` + "\n", "5\" x\n6\"\n"},
		{"a quote that nothing closes", "split --quotes ,", `"a,b` + "\n" + `"a"x,b` + "\n" + `"` + "\n", "\"a\nb\n\"a\"x\nb\n\"\n"},
		{"a long delimiter", "split --quotes -- --", `"a--b"--"c"-` + "\n", "a--b\n\"c\"-\n"},
		{"blanks", "split --quotes ' '", `a "b c"` + "\n", "a\nb c\n"},
		{"values of other stages", "map 'it + `!`' | split --quotes ,", `"a,b","c` + "\n", "a,b\n\"c!\n"},
		{"the end of the input", "split --quotes ,", `"a"`, "a"},
		{"many", "split --quotes , | count", strings.Repeat(`"a,b",c`+"\n", 50_000), "100000\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"a quote as the delimiter", `split --quotes '"'`, "", "", `7: split: --quotes needs a delimiter that does not begin with a double quote`},
	})
}
