package stages_test

import (
	"os"
	"path/filepath"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// TestPlanStays runs plans more than once: what runs is data, which running does not change.
func TestPlanStays(t *testing.T) {
	registry := pipeline.NewRegistry(stages.All()...)
	for _, text := range []string{
		"seq 2000 | upper | grep 1 | count_by | top 3",
		"seq 5 | pmap { seq $it | each { map 'it * $it' } | sum }",
		"lines in.txt | grep a | upper | tee { count } { sort | uniq -c }",
		"csv in.txt | count",
		"def f n { take_from $n | upper }; f x; concat { f y } { seq 3 }",
		"seq 3 | pmap { upper | grep -v 2 }",
	} {
		dir := stagetest.InDir(t, map[string]string{"in.txt": "a,b\n1,2\na,3\n", "out": ""})
		var first, told string
		out, err := os.OpenFile(filepath.Join(dir, "out"), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: registry}, pipeline.Settings{Stdout: out, Stderr: os.Stderr, Jobs: 2})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if err := out.Truncate(0); err != nil {
				t.Fatal(err)
			}
			if _, err := out.Seek(0, 0); err != nil {
				t.Fatal(err)
			}
			if err := plan.Run(nil); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			got := stagetest.ReadFile(t, out.Name())
			if i == 0 {
				first, told = got, plan.Explain()
			}
			if got != first || plan.Explain() != told {
				t.Errorf("%s: got %q and then %q;\nexplained as\n%s\nand then as\n%s", text, first, got, told, plan.Explain())
			}
		}
		if first == "" {
			t.Errorf("%s: got nothing", text)
		}
	}
}
