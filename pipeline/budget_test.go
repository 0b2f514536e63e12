package pipeline

import "testing"

// TestRetaining wants the stages that keep much at the same time to be counted, in blocks, too.
func TestRetaining(t *testing.T) {
	keeps := Define(Doc{Name: "keeps", Short: "Keeps", Trait: Global | Retains}, func(*Job, *struct{}) error { return nil })
	both := Define(Doc{Name: "both", Short: "Runs blocks", Trait: Ordered}, func(*Job, *struct {
		Blocks []*Sub `arg:"list...+" help:"blocks"`
	}) error {
		return nil
	})
	turns := Define(Doc{Name: "turns", Short: "Runs blocks in turn", Trait: Ordered}, func(*Job, *struct {
		Blocks []*Sub `arg:"list...+" for:"turn" help:"blocks"`
	}) error {
		return nil
	})
	source := Define(Doc{Name: "source", Short: "Reads nothing", Trait: Source}, func(*Job, *struct{}) error { return nil })
	many := Define(Doc{Name: "many", Short: "Runs a block for many", Trait: Ordered}, func(*Job, *manyArgs) error { return nil })
	registry := NewRegistry(Family{Name: "kept", Stages: []*Stage{keeps, both, turns, many, source}})
	const within = "source | "
	for text, want := range map[string]int64{
		"keeps":                          64,
		"keeps | keeps":                  32,
		"keeps | keeps | keeps | keeps":  16,
		"both { keeps } { keeps }":       32,
		"turns { keeps } { keeps }":      64,
		"keeps | both { keeps | keeps }": 21,
		"many { keeps }":                 16,
		"many { many { keeps } }":        4,
	} {
		p, err := Compile(within+text, "", Scope{Registry: registry}, Settings{MaxMemory: 64})
		if err != nil {
			t.Fatal(err)
		}
		if p.budget != want {
			t.Errorf("%s: got %d of 64 bytes, want %d", text, p.budget, want)
		}
	}
}

type manyArgs struct {
	Block *Sub `arg:"list" help:"block"`
}

// AtOnce returns how many runs there are.
func (*manyArgs) AtOnce() int { return 4 }
