package records_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// TestJQAsks wants programs to have more than one value, and options as those of jq.
func TestJQAsks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "shop.jq"), []byte("def total: .n * .price;"), 0o600); err != nil {
		t.Fatal(err)
	}
	lines := filepath.Join(dir, "a.txt")
	if err := os.WriteFile(lines, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const three = `{"b":1,"a":2}` + "\n" + `{"b":3,"a":4}` + "\n" + `{"b":5,"a":6}` + "\n"
	stagetest.RunCases(t, []stagetest.Case{
		{Text: "jsonl | jq '[., input] | map(.b)'", Stdin: `{"b":1}` + "\n" + `{"b":3}` + "\n", Want: "[1,3]\n"},
		{Text: "jsonl | jq -n '[inputs.b] | add'", Stdin: three, Want: "9\n"},
		{Text: "jsonl | jq '., [inputs]'", Stdin: three, Want: `{"b":1,"a":2}` + "\n" + `[{"b":3,"a":4},{"b":5,"a":6}]` + "\n"},
		{Text: "jsonl | jq -n 'reduce inputs as $x (0; . + $x.a)'", Stdin: three, Want: "12\n"},
		{Text: "jsonl | jq -n 'input | keys_unsorted'", Stdin: three, Want: `["b","a"]` + "\n"},
		{Text: "jsonl | jq -s 'length'", Stdin: three, Want: "3\n"},
		{Text: "jsonl | jq -s '.[1]'", Stdin: three, Want: `{"b":3,"a":4}` + "\n"},
		{Text: "jq -n '1, 2'", Want: "1\n2\n"},
		{Text: "jsonl | jq --argjson x='[1,2]' '.b + $x[1]'", Stdin: `{"b":1}`, Want: "3\n"},
		{Text: "jsonl | jq -L " + dir + " 'import \"shop\" as s; s::total'", Stdin: `{"n":2,"price":3}`, Want: "6\n"},
		{Text: "lines " + lines + " | jq '[., input_filename]'", Want: `["x","` + lines + `"]` + "\n"},
		{Text: "jsonl | jq '$__loc__.line'", Stdin: "1", Want: "1\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{Text: "jsonl | jq 'input'", Stdin: "1", Message: "9: jq: no more inputs: 1"},
		{Text: "jsonl | jq -r .a", Message: "12: jq: there is no option -r: text is printed without quotes anyway; leave it out"},
		{Text: "jq --argjson x=[ .", Message: `14: jq: --argjson must be name=JSON, not "x=["`},
		{Text: "jq --arg x=1 --argjson x=2 .", Message: "4: jq: --arg x stands twice"},
	})
}

// TestJQSays wants debug and stderr on the standard error, before what is put.
func TestJQSays(t *testing.T) {
	var out, told bytes.Buffer
	plan, err := pipeline.Compile(`take_from 1 | jq '{b: ., a: debug("x")} | debug | (.b | stderr)'`, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{Stdout: &out, Stderr: &told})
	if err == nil {
		err = plan.Run(nil)
	}
	if want := `["DEBUG:","x"]` + "\n" + `["DEBUG:",{"b":1,"a":1}]` + "\n1"; err != nil || told.String() != want || out.String() != "1\n" {
		t.Errorf("got %q and %q, %v, want %q and 1", told.String(), out.String(), err, want)
	}
}

// TestInputsBesideJQ compares programs that read several values.
func TestInputsBesideJQ(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	programs := []string{"[., input]", "[inputs]", "[limit(2; inputs)]", "reduce inputs as $x (.; [., $x] | tojson)", "[., (try input catch \"none\")]", "first(inputs, \"none\")",
		"foreach inputs as $x (0; . + 1; [., $x])", ". as $first | [inputs] | length", "[.[]?]", "keys_unsorted?"}
	for range 60 {
		var in strings.Builder
		for range rng.IntN(7) {
			line, err := json.Marshal([]any{rng.IntN(5), map[string]int{"a": rng.IntN(3)}, fmt.Sprint(rng.IntN(9))}[rng.IntN(3)])
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&in, "%s\n", line)
		}
		program := programs[rng.IntN(len(programs))]
		option := []string{"", "-n ", "-s "}[rng.IntN(3)]
		if option == "-n " && !strings.Contains(program, "input") { // it reads nothing, and says so
			continue
		}
		args := append([]string{"jq", "-c"}, strings.Fields(option)...)
		want, jqErr := stagetest.Unix(t, in.String(), append(args, program)...)
		got, err := stagetest.Run(t, "jsonl | jq "+option+"'"+program+"' | to_json", in.String())
		if (err != nil) != (jqErr != nil) || err == nil && got != want {
			t.Errorf("jq %s'%s' of %q:\ngot  %q, %v\nwant %q, %v", option, program, in.String(), got, err, want, jqErr)
		}
	}
}
