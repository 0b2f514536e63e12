package records_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// programs makes random programs of jq. What its releases do not agree on is left out: text times a
// number, |= empty, error(null), reverse of what is no list, which part of an object fails first where another
// has no value, what try catches of the stages after it, paths of slices, numbers with zeros at their end; and what only the library
// of the stage can: characters of a text by their numbers.
type programs struct{ *rand.Rand }

func (r programs) of(list ...string) string { return list[r.IntN(len(list))] }

// constant is a value that is spelled.
func (r programs) constant() string {
	return r.of("null", "true", "false", "0", "1", "2", "-1", "2.5", `"a"`, `"b"`, `""`, `"12"`, "[]", "{}", "[1,2]", `{"a":3}`)
}

// path is where something stands, to be read or set.
func (r programs) path() string {
	return r.of(".a", ".b", "(arrays | .[0])", "(arrays | .[-1])", ".a.b", ".[]", `.["b"]`, "..", "(.a | arrays | .[0])", "(objects | .b)", "(iterables | .[])", "(.a, .b)", "getpath([\"a\",\"b\"])", "first(iterables | .[])", "recurse(iterables | .[]; . != null)")
}

// term is a program of some depth.
func (r programs) term(depth int) string {
	if depth == 0 {
		return r.of(".", r.path(), r.constant(), "length", "keys", "type", "not", "add", "tostring", "tojson", ".[1:]", ".[:2]", "sort", "(arrays | reverse)", "unique", "min", "max", "(arrays | first)", "(arrays | last)", "flatten", "paths", "tonumber",
			"floor", "ascii_downcase", "explode", "any", "all", "@base64", "@json", "@text", "@html", "utf8bytelength", "(objects | to_entries)", "leaf_paths", "values", "nulls", "scalars", "iterables", "numbers", "strings", "arrays", "objects", "empty", `error("x")`, "(env | type)", "(infinite | . > 1)", "@csv", "@tsv", "@sh", "(tojson | fromjson)", "ascii_upcase", "tostream")
	}
	a, b := r.term(depth-1), r.term(depth-1)
	switch r.IntN(26) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s | %s)", a, b)
	case 3:
		return fmt.Sprintf("(%s, %s)", a, b)
	case 4:
		return fmt.Sprintf("(%s %s %s)", a, r.of("+", "-", "==", "!=", "<", "<=", ">", "and", "or", "//"), b)
	case 5:
		return fmt.Sprintf("((%s | numbers) %s (%s | numbers))", a, r.of("*", "+", "-"), b)
	case 6:
		return fmt.Sprintf("[%s]", a)
	case 7:
		return fmt.Sprintf("{a: [%s], %q: [%s]}", a, r.of("b", "c d"), b)
	case 8:
		return fmt.Sprintf("(if %s then %s else . end)", a, b)
	case 9:
		return fmt.Sprintf("map(%s)", a)
	case 10:
		return fmt.Sprintf("select(%s)", a)
	case 11:
		return fmt.Sprintf("[try (%s) catch %s][]", a, r.of(".|type", "null", `"c"`))
	case 12:
		return fmt.Sprintf("(reduce (%s) as $x (%s; [., $x] | length))", a, r.constant())
	case 13:
		return fmt.Sprintf("[foreach (%s) as $x (0; . + 1; [., $x])]", a)
	case 14:
		return fmt.Sprintf("[limit(%d; %s)]", 1+r.IntN(3), a)
	case 15:
		return fmt.Sprintf("(%s = (%s))", r.of(".a", ".[0]", ".b.a", `.["a","b"]`), a)
	case 16:
		return fmt.Sprintf("(%s |= [%s])", r.of(".a", ".[0]", "(iterables | .[])", ".b"), r.of(".", "length", "type"))
	case 17:
		return fmt.Sprintf("del(%s)", r.of(".a", ".[0]", ".[1:]", ".[0,1]", ".a, .b"))
	case 18:
		return fmt.Sprintf("(%s as $v | [$v, %s])", a, b)
	case 19:
		return fmt.Sprintf("(. as %s | [$p, (%s)])", r.of("[$p]", "{a: $p}", "$p", "{b: [$p]}"), a)
	case 20:
		return fmt.Sprintf("%s(%s)", r.of("group_by", "sort_by", "unique_by", "min_by", "max_by"), r.of("(objects | .a)", "type", a))
	case 21:
		return fmt.Sprintf("(%s(%s))", r.of("has", "startswith", "split", "join", "test", "contains", "inside"), r.of(`"a"`, `"b"`, `"1"`, "0", `","`))
	case 22:
		return fmt.Sprintf(`"x\(%s)y"`, a)
	case 23:
		return fmt.Sprintf("with_entries(.value |= [%s])", r.of(".", "type"))
	case 24:
		return fmt.Sprintf("[range(%d; %d)]", r.IntN(3), r.IntN(6))
	}
	return fmt.Sprintf("[path(%s)]", r.path())
}

// json is a random document.
func (r programs) json(depth int) string {
	if depth == 0 || r.IntN(4) == 0 {
		return r.of("null", "true", "false", "0", "1", "-3", "2.5", "12", `"a"`, `"b,a"`, `""`, `"é"`, `"12"`, `"<b>"`, `"A b"`)
	}
	var parts []string
	object := r.IntN(2) == 0
	for i := range r.IntN(4) {
		part := r.json(depth - 1)
		if object {
			part = fmt.Sprintf("%q:%s", []string{"a", "b", "c d", "z"}[i], part)
		}
		parts = append(parts, part)
	}
	if object {
		return "{" + strings.Join(parts, ",") + "}"
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// TestJQBesideJQ runs random programs over random documents in both, where jq is installed. Where
// one ends with an error, the other does; what is put is compared as JSON. MTPIPE_JQ_ROUNDS says
// how many times 25 programs run.
func TestJQBesideJQ(t *testing.T) {
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("jq is not installed")
	}
	rounds := 8
	if os.Getenv("MTPIPE_JQ_ROUNDS") != "" {
		fmt.Sscan(os.Getenv("MTPIPE_JQ_ROUNDS"), &rounds)
	}
	for seed := range uint64(rounds) {
		r := programs{rand.New(rand.NewPCG(seed, 5))}
		var list, tried, documents []string
		for range 25 {
			p := r.term(1 + r.IntN(3))
			list, tried = append(list, p), append(tried, fmt.Sprintf("(try [%s] catch \"failed\")", p))
		}
		for range 12 {
			documents = append(documents, r.json(3))
		}
		program, input := "["+strings.Join(tried, ",\n")+"]", strings.Join(documents, "\n")+"\n"
		cmd := exec.Command("jq", "-c", program)
		cmd.Stdin = strings.NewReader(input)
		theirs, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("seed %d: %v: %s", seed, err, theirs)
		}
		ours, err := stagetest.Run(t, "jsonl | jq '"+strings.ReplaceAll(program, "'", `'\''`)+"' | to_json", input)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got, want := strings.Split(strings.TrimSpace(ours), "\n"), strings.Split(strings.TrimSpace(string(theirs)), "\n")
		if len(got) != len(documents) || len(want) != len(documents) {
			t.Fatalf("seed %d: got %d and %d results, want %d each", seed, len(got), len(want), len(documents))
		}
		for i := range documents {
			var mine, other []any
			if err := json.Unmarshal([]byte(got[i]), &mine); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(want[i]), &other); err != nil {
				t.Fatal(err)
			}
			for k, p := range list {
				if !reflect.DeepEqual(mine[k], other[k]) {
					m, _ := json.Marshal(mine[k])
					o, _ := json.Marshal(other[k])
					t.Errorf("seed %d: jq '%s' of %s: got %s, and jq has %s", seed, p, documents[i], m, o)
				}
			}
		}
	}
}
