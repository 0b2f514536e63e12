package pipeline_test

import (
	"slices"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

func TestEffects(t *testing.T) {
	for _, row := range []struct {
		src  string
		want []string
	}{
		{`lines a | grep x | sort | head 3`, nil},
		{`lines a | write b`, []string{`write b`}},
		{`lines a | sort > b`, []string{`write b`}},
		{`lines a | pmap { exec rm $it | upper }`, []string{`exec rm $it (for each value)`}},
		{`lines a | pmap { map "it" }`, nil},
		{`lines a | pmap --log done.tsv { map "it" }`, []string{`pmap --log done.tsv { map 'it' }`}},
		{`def f x { append $x }; lines a | tee { f b } { http_post http://u:secret@h/ }`, []string{`append $x`, `http_post http://***@h/`}},
		{`tcp_listen :7000 { upper }`, []string{`tcp_listen :7000 { upper }`}},
	} {
		plan, err := pipeline.Compile(row.src, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if got := plan.Effects(); !slices.Equal(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.src, got, row.want)
		}
	}
}
