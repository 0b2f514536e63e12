// Package syntax is the language alone: Parse reads a text and returns its tree with
// positions, String writes a tree as text again, and an Error shows with a caret where a
// text is wrong. It knows no stages and refers to nothing else of the project.
package syntax
