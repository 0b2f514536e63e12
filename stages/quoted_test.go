package stages_test

import (
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestQuotesAreShort wants no message about a text to have all of it, when that is long.
func TestQuotesAreShort(t *testing.T) {
	long := strings.Repeat("x", 30_000)
	for _, text := range []string{
		"head --" + long, "head ---------" + long, "head -" + long, "grep '" + long + "['", "grep -e '" + long + "('",
		"grep -F -e a '" + long + "'", "select '/" + long + "(/'", "rename '/" + long + "[/=a'", "rename " + long, "set " + long,
		"set " + long + "=", long, "def " + long + " { count }; def " + long + " { count }; " + long,
		"def f " + long + " " + long + " { count }", "def f " + long + " { count }; f", "def f a=1 " + long + " { count }",
		"format '{it:" + long + "}'", "format '${" + long + "}'", "format $" + long, "map '" + long + "('", "map '" + long + "(1)'",
		"map '\"" + long + "\" \"" + long + "\"'", "map 'it.upper." + long + "(1)'", "map '$" + long + "'", "map 'let #" + long + " = 1; 2'",
		"map '1 " + long + "'", "map 'it matches \"" + long + "(\"'", "map '1" + long + "'", "map 'map([1], #" + long + ")'",
		"count_by " + long + " " + long, "group_by " + long + "=sun(x)", "group_by a=" + long + "(x)", "group_by a=percentile(x, " + long + ")",
		"select " + long + " " + long, "label " + long + " " + long, "tr '[:" + long + ":]' a", "tr a '[b*9" + strings.Repeat("1", 30_000) + "]'",
		"replace a '${" + long + "}'", "replace a '$1" + long + "'", "parse '{" + long + "} {" + long + "}'", "jq --arg " + long + " 1 --arg " + long + " 2 .",
		"head " + long, "sort -k " + long, "every " + long, "step " + long + " a", "pivot " + long + " " + long, "write a." + long + ".gz",
		"range 1 | map '{a:1}' | select " + long, "filter $" + long,
	} {
		_, err := compiled(text)
		if err != nil && len(err.Error()) > 1_000 {
			t.Errorf("%.60s…: a message of %d bytes: %.200s", text, len(err.Error()), err)
		}
	}
}

// TestNestedName looks at what is said of a name with a dot that is no field.
func TestNestedName(t *testing.T) {
	for text, want := range map[string]string{
		"csv | get a.b":      "there is no field a.b; get takes names of whole fields; the field b of a is read by an expression: map a.b",
		"csv | select a.b c": "there is no field a.b; select takes names of whole fields; the field b of a is read by an expression: map a.b",
		"csv | get x.b":      "there is no field x.b",
	} {
		_, err := stagetest.Run(t, text, "a,c\n1,2\n")
		if err == nil || !strings.HasSuffix(err.Error(), want+" (fields: a, c)") {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
	if out, err := stagetest.Run(t, "csv | get a.b", "a,a.b\n1,2\n"); out != "2\n" || err != nil {
		t.Errorf("a field with a dot in its name: got %q, %v", out, err)
	}
}
