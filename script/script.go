// Package script runs pipelines of the built-in stages in a line of Go:
//
//	for line, err := range script.Lines(`lines $1 | grep $2 | field 1 | count_by`, "access.log", "GET") {
//
// The arguments are $1, $2 … and "$@". Each is one value wherever it stands: it is never split
// and never read as a part of the language, also in an expression, where it stands between
// single quotes:
//
//	script.Run(`csv $1 | filter 'price > $2'`, "orders.csv", 10)
//
// A first stage that reads its input reads the standard input of the process. Any goroutine
// may call the functions. What needs more, such as a reader or writer of its own, a context or
// stages of its own, is a pipeline.Plan.
package script

import (
	"context"
	"fmt"
	"iter"
	"os"
	"sync"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// registry is the built-in stages.
var registry = sync.OnceValue(func() *pipeline.Registry { return pipeline.NewRegistry(stages.All()...) })

// Compile returns the plan of a pipeline of the built-in stages with the arguments args.
func Compile(settings pipeline.Settings, text string, args ...any) (*pipeline.Plan, error) {
	scope := pipeline.Scope{Registry: registry(), ArgsAreValues: true}
	for _, a := range args {
		scope.Args = append(scope.Args, fmt.Sprint(a))
	}
	return pipeline.Compile(text, "", scope, settings)
}

// ofProcess returns settings with the streams of the process.
func ofProcess() pipeline.Settings {
	return pipeline.Settings{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
}

// Run runs a pipeline, which prints what it puts. The error is that of the text, or of the run.
func Run(text string, args ...any) error {
	p, err := Compile(ofProcess(), text, args...)
	if err != nil {
		return err
	}
	return p.Run(nil)
}

// Lines runs a pipeline and iterates over what it puts, each as the line that would be printed,
// then over the error of the text or of the run, if there is one. Leaving the loop ends the
// pipeline.
func Lines(text string, args ...any) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		p, err := Compile(ofProcess(), text, args...)
		if err != nil {
			yield("", err)
			return
		}
		for v, err := range p.Values(context.Background()) {
			if err != nil {
				yield("", err)
				return
			}
			if !yield(v.String(), nil) {
				return
			}
		}
	}
}
