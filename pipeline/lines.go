package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"

	"mtpipe/internal/layer"
)

// ErrNoStages says that a Scope has no registry and the program no built-in stages.
var ErrNoStages = errors.New(`the program has no stages: import _ "mtpipe/stages"`)

// builtIn returns the registry of the stages that package stages has, if the program imports it.
var builtIn = sync.OnceValue(func() *Registry {
	all, ok := layer.Find[func() []Family]("stages.All")
	if !ok {
		return nil
	}
	return NewRegistry(all()...)
})

// Lines runs a pipeline of the built-in stages and iterates over what it puts, each as the line
// that would be printed, then over the error of the text or of the run, if there is one. Leaving
// the loop ends the pipeline. A program is as short as
//
//	import (
//		"mtpipe/pipeline"
//		_ "mtpipe/stages"
//	)
//
//	for line, err := range pipeline.Lines(`lines $1 | grep $2 | field 1 | count_by`, "access.log", "GET") {
//
// The arguments are $1, $2 … and "$@". Each is one value wherever it stands: it is never split
// and never read as a part of the language, also in an expression: `csv $1 | filter 'price > $2'`.
// A first stage that reads its input reads the
// standard input of the process. Any goroutine. What needs more, such as a reader or writer of
// its own, a context or stages of its own, is a Plan.
func Lines(text string, args ...any) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		p, err := compileLine(text, args)
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

// Print is Lines that prints them. The error is that of the text, or of the run.
func Print(text string, args ...any) error {
	p, err := compileLine(text, args)
	if err != nil {
		return err
	}
	return p.Run(nil)
}

// compileLine returns the plan of a pipeline on the streams of the process.
func compileLine(text string, args []any) (*Plan, error) {
	scope := Scope{ArgsAreValues: true}
	for _, a := range args {
		scope.Args = append(scope.Args, fmt.Sprint(a))
	}
	return Compile(text, "", scope, Settings{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
}
