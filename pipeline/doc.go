// Package pipeline runs pipelines: a text becomes a tree with positions (package syntax),
// the tree's stages are looked up and their arguments bound, a Plan says which
// threads will run and what joins them, and Plan.Run runs them. Compile does all that
// comes before Run.
//
// A stage is one declaration (Define): its documentation, the struct of its arguments and
// its body. The parser and the planner know stages only by their declarations, so a Go
// program registers its own beside the built-in ones.
//
// Values leave a pipeline in the order in which its last stage puts them. Errors carry
// the place in the text and the stage they come from (syntax.Error); a run returns every
// root cause once.
package pipeline
