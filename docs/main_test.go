package docs_test

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mtpipe/pipeline/command"
	"mtpipe/stages"
)

var update = flag.Bool("update", false, "rewrite what the documents say that ours print")

// project is where README.md stands.
const project = ".."

// TestMain puts mtpipe into PATH for what the documents run.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mtpipe": func() { os.Exit(command.Main(stages.All()...)) }})
}
