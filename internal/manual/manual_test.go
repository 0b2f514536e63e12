package manual_test

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"mtpipe/internal/manual"
	"mtpipe/pipeline"
)

func TestCommand(t *testing.T) {
	root := &cobra.Command{Use: "prog TEXT", Short: "Do it", Long: "prog does it.\n\n  prog TEXT [FILE...]   with files\n  prog -f S             a script\n\n.dot and 'quote' \\ back",
		Run: func(*cobra.Command, []string) {}}
	root.Flags().StringP("file", "f", "x", "run `SCRIPT`")
	root.AddCommand(&cobra.Command{Use: "sub A", Short: "Do less", Run: func(*cobra.Command, []string) {}})
	page := string(manual.Command(root))
	for _, want := range []string{
		".TH PROG 1 \"\" \"prog\" \"\"\n", "prog \\- do it\n",
		".B \"prog [flags] TEXT [FILE...]\"\n.br\n.B \"prog [flags] \\-f S\"\n",
		".EX\n  prog TEXT [FILE...]   with files\n  prog \\-f S             a script\n.EE\n",
		"\\&.dot and \\(aqquote\\(aq \\e back\n",
		".TP\n.B \"\\-f, \\-\\-file SCRIPT\"\nRun SCRIPT (default \"x\").\n",
		".TP\n.B \"prog sub A\"\nDo less.\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("got a page without %q:\n%s", want, page)
		}
	}
}

type args struct {
	N    *int64 `arg:"n?" help:"how many"`
	From string `opt:"from" help:"FILE to read" default:"-"`
}

func TestStages(t *testing.T) {
	stage := pipeline.Define(pipeline.Doc{Name: "odd", Short: "Puts odd things", Long: "One.\n\nTwo.", Trait: pipeline.Source},
		func(*pipeline.Job, *args) error { return nil })
	registry := pipeline.NewRegistry(pipeline.Family{Name: "numbers", Stages: []*pipeline.Stage{stage}})
	page := string(manual.Stages(registry))
	for _, want := range []string{
		".SH NUMBERS\n.SS \"odd [\\-\\-from TEXT] [N]\"\nPuts odd things.\n.PP\nOne.\n.PP\nTwo.\n",
		".TP\n.B \"[N]\"\nHow many.\n", ".B \"\\-\\-from TEXT\"\nFILE to read (default \\-).\n",
		"# Odd numbers below 10\n$ mtpipe \\(aqodd 10\\(aq\n", // from examples/odd.txtar
	} {
		if !strings.Contains(page, want) {
			t.Errorf("got a page without %q:\n%s", want, page)
		}
	}
	if again := string(manual.Stages(registry)); again != page {
		t.Error("got another page the second time, want the same")
	}
}
