// Package command is the program mtpipe for stages of one's own: the same command line, help,
// completion, messages and exit status, for a registry that holds them. A whole program is
//
//	func main() { os.Exit(command.Main(append(stages.All(), mine)...)) }
//
// in which mine is a pipeline.Family; the built-in families may be left out.
package command

import (
	"mtpipe/internal/cli"
	"mtpipe/pipeline"
)

// Main runs the program with the arguments and standard streams of the process, and returns
// its exit status: 0 when all went well, 1 when the run failed, 2 when the pipeline or the
// command line is wrong, 128 and the number of the signal that ended it. Help lists the
// families in the order given. It panics when two stages have one name.
func Main(families ...pipeline.Family) int { return cli.Main(pipeline.NewRegistry(families...)) }
