package pipeline

import (
	"fmt"

	"mtpipe/pipeline/syntax"
)

// Scope is where names are looked up.
type Scope struct {
	Registry *Registry                        // nil: the built-in stages, when the program imports package stages
	Args     []string                         // $1, $2 …
	Lookup   func(name string) (string, bool) // other variables

	// ArgsAreValues makes a variable no more than a value: no option, whatever it begins with, and
	// an error where its text would be a part of an expression, in which it stands between single
	// quotes, or the name of a stage.
	ArgsAreValues bool
}

// mayTake returns an error when the text of it would become a part of an expression, and has a
// variable's value in it that is to stay one.
func (a *argBinder) mayTake(p *param, it item) error {
	if !p.fills || !a.scope.ArgsAreValues {
		return nil
	}
	name, ok := variableIn(it.words)
	if !ok {
		return nil
	}
	return fmt.Errorf("%s is a value, which in an expression stands between single quotes: '… %[1]s …', or 'it[%[1]s]' for the field of that name", "$"+name)
}

// variableIn returns the first variable whose text is a part of words.
func variableIn(words []*syntax.Word) (name string, ok bool) {
	for _, w := range words {
		for _, part := range w.Parts {
			if part.Kind == syntax.Variable && part.Text != itName {
				return part.Text, true
			}
		}
	}
	return "", false
}
