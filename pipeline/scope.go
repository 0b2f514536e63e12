package pipeline

import "mtpipe/pipeline/syntax"

// Scope is where names are looked up.
type Scope struct {
	Registry *Registry                        // nil: the built-in stages, when the program imports package stages
	Args     []string                         // $1, $2 …
	Lookup   func(name string) (string, bool) // other variables

	// ArgsAreValues makes a variable no more than a value: no option, whatever it begins with, and
	// an error where it would be the name of a stage.
	ArgsAreValues bool

	// Sandbox is for a text from a stranger; nil: it is trusted. Lookup is asked all the same.
	Sandbox *Sandbox
}

// variableIn returns the first variable whose text is a part of words.
func variableIn(words []*syntax.Word) (name string, ok bool) {
	for _, w := range words {
		for _, part := range w.Parts {
			if part.Kind == syntax.Variable {
				return part.Text, true
			}
		}
	}
	return "", false
}
