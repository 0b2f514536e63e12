// Package docs has the help topics, which the program shows and the manual pages contain.
package docs

import (
	"embed"
	"strings"
)

//go:embed topics/*.md
var topics embed.FS

// Topic is a subject that help knows besides stages and commands.
type Topic struct {
	Name  string
	Title string // what it is about, in a line
	Text  string // Markdown, without the title
}

// Topics returns all topics, by name.
func Topics() (list []Topic) {
	entries, err := topics.ReadDir("topics")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		text, err := topics.ReadFile("topics/" + e.Name())
		if err != nil {
			panic(err)
		}
		title, rest, _ := strings.Cut(strings.TrimPrefix(string(text), "# "), "\n")
		list = append(list, Topic{Name: strings.TrimSuffix(e.Name(), ".md"), Title: title, Text: strings.TrimSpace(rest) + "\n"})
	}
	return list
}

// Plain returns the text as a terminal shows it: headings in capitals, what stands in fences
// indented.
func (t Topic) Plain() string {
	var b strings.Builder
	fenced := false
	for line := range strings.Lines(t.Text) {
		heading, isHeading := strings.CutPrefix(line, "## ")
		switch {
		case strings.HasPrefix(line, "```"):
			fenced = !fenced
		case fenced && line != "\n":
			b.WriteString("    " + line)
		case isHeading && !fenced:
			b.WriteString(strings.ToUpper(heading))
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}
