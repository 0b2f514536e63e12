package expression

import (
	"testing"

	"mtpipe/value"
)

// TestEmptyField wants an empty field to be null where its value is looked at, and
// text where its characters are, for one value and for columns.
func TestEmptyField(t *testing.T) {
	row := value.Rec(value.NewRecord(value.NewShape("x", "y", "s", "z"),
		value.EmptyField, value.TextOf("5"), value.TextOf("tea"), value.String("")))
	rows := []struct{ text, want string }{
		{`x == null`, "true"}, {`x == ""`, "true"}, {`x == z`, "true"}, {`x == x`, "true"}, {`z == null`, "false"},
		{`x != null`, "false"}, {`x == 0`, "false"}, {`x == " "`, "false"}, {`null == x`, "true"}, {`y == null`, "false"},
		{`x in [null]`, "true"}, {`x in [""]`, "true"}, {`x in [0, " "]`, "false"},
		{`x ?? "none"`, `"none"`}, {`y ?? "none"`, "5"}, {`z ?? "none"`, `""`},
		{`x > 1`, "null"}, {`x <= 1`, "null"}, {`1 < x`, "null"}, {`x < y`, "null"}, {`x < "b"`, "null"}, {`x > 1.5`, "null"},
		{`x + 1`, "null"}, {`1 - x`, "null"}, {`x * y`, "null"}, {`x + y`, "null"}, {`x + x`, "null"}, {`-x`, "null"}, {`+x`, "null"}, {`x / 0`, "null"},
		{`x + s`, `"tea"`}, {`s + x`, `"tea"`}, {`x + "a"`, `"a"`}, {`s * x`, `error: "tea" is not a number (s)`}, {`z + 1`, `error: "" is not a number (z)`},
		{`int(x)`, "null"}, {`round(x)`, "null"}, {`sum([x, y])`, "5"}, {`mean(x, y, 7)`, "6"}, {`max(x, y)`, "5"}, {`min([x])`, "null"}, {`median([x, y])`, "5"},
		{`x ? 1 : 2`, "2"}, {`not x`, "true"}, {`x and true`, "false"}, {`x or y == 5`, "true"},
		{`len(x)`, "0"}, {`upper(x)`, `""`}, {`x matches "^$"`, "true"}, {`x contains ""`, "true"}, {`x startsWith "a"`, "false"}, {`s contains x`, "true"},
		{`trim(x) == null`, "true"}, {`x[0:1]`, `""`}, {`split(x, ",")`, `[""]`}, {`uniq([x, null, z, 5, y])`, `["","",5]`}, {`sort([y, z, x, null])`, `["",null,5,""]`},
	}
	e := new(Evaluator)
	for _, r := range rows {
		p, err := Compile(r.text, nil)
		if err != nil {
			t.Fatalf("Compile(%s): %v", r.text, err)
		}
		v, err := p.Eval(row)
		if got := show(v, err); got != r.want {
			t.Errorf("%s: got %s, want %s", r.text, got, r.want)
		}
		b := value.NewValues(1)
		b.Add(row)
		checkColumn(t, p, b, []value.Value{row}, e)
		b.Release()
	}
}
