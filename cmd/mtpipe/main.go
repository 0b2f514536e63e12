// Command mtpipe runs shell-like pipelines inside one process.
package main

import (
	"os"

	"mtpipe/internal/cli"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

func main() { os.Exit(cli.Main(pipeline.NewRegistry(stages.All()...))) }
