// Command mtpipe runs shell-like pipelines inside one process.
package main

import (
	"os"

	"mtpipe/pipeline/command"
	"mtpipe/stages"
)

func main() { os.Exit(command.Main(stages.All()...)) }
