// Package examples holds scripts that are documentation and tests at once. Each is a txtar
// archive: comment lines beginning with "# " are sentences for the reader, lines beginning
// with "exec mtpipe" are commands, and the files behind them are their input and output.
package examples

import (
	"embed"
	"io/fs"
	"regexp"
	"sort"
	"strings"
	"sync"
)

//go:embed *.txtar
var files embed.FS

// Example is one command of a script with the sentence above it.
type Example struct{ Title, Command string }

// Of returns the examples of a stage: those in the script that bears its name.
func Of(stage string) []Example {
	text, err := files.ReadFile(stage + ".txtar")
	if err != nil {
		return nil
	}
	return parse(string(text))
}

// Names returns the names of all scripts, sorted, without their ending.
func Names() []string {
	matches, _ := fs.Glob(files, "*.txtar")
	for i, m := range matches {
		matches[i] = strings.TrimSuffix(m, ".txtar")
	}
	sort.Strings(matches)
	return matches
}

func parse(text string) []Example {
	script, _, _ := strings.Cut(text, "\n-- ")
	var list []Example
	title := ""
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		command, ok := strings.CutPrefix(strings.TrimPrefix(line, "! "), "exec ")
		switch {
		case strings.HasPrefix(line, "# "):
			title = strings.TrimSuffix(line[2:], ".")
		case ok && strings.HasPrefix(command, "mtpipe "):
			list = append(list, Example{title, inShell(command)})
		}
	}
	return list
}

// background is what ends a command of a script that goes on behind it, and its name there.
var background = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(` &\w*&?$`) })

// inShell returns a command as it is given to a shell, where it differs from that of a script.
func inShell(command string) string {
	return strings.ReplaceAll(background().ReplaceAllString(command, " &"), "''", `'\''`)
}
