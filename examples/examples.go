// Package examples holds scripts that are documentation and tests at once. Each is a txtar
// archive: comment lines beginning with "# " are sentences for the reader, lines beginning
// with "exec mtpipe" are commands, and the files behind them are their input and output.
package examples

import (
	"embed"
	"io/fs"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
)

//go:embed *.txtar
var files embed.FS

// Example is one command of a script with the sentence above it.
type Example struct {
	Title, Command string
	Reads          []File // what it reads, where the script says that
	Prints         string
	Writes         []File
}

// File is a file that an example reads or writes.
type File struct{ Name, Text string }

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
	script, archive, _ := strings.Cut(text, "\n-- ")
	files, wanted := filesOf(archive), wants(script)
	var list []Example
	var title, stdin, env string
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		command, runs := strings.CutPrefix(strings.TrimPrefix(line, "! "), "exec ")
		words := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "# "):
			title = strings.TrimSuffix(line[2:], ".")
		case runs && strings.HasPrefix(command, "mtpipe "):
			e := Example{Title: title, Command: env + inShell(command) + stdin}
			e.reads(files, wanted)
			list = append(list, e)
			stdin = ""
		case len(words) == 2 && words[0] == "stdin":
			stdin = " < " + words[1]
		case len(words) == 2 && words[0] == "env":
			env = words[1] + " "
		case len(words) == 3 && words[0] == "cmp" && len(list) > 0:
			list[len(list)-1].gives(words[1], files[words[2]])
		}
	}
	return list
}

// filesOf returns the texts of the files of an archive by their names: what stands after its first
// marker.
func filesOf(archive string) map[string]string {
	files := make(map[string]string)
	for part := range strings.SplitSeq(archive, "\n-- ") {
		name, text, _ := strings.Cut(part, " --\n")
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n" // the one before the next marker
		}
		files[name] = text
	}
	return files
}

// wants returns the names of the files that a script compares others with: no command reads them.
func wants(script string) (names []string) {
	for line := range strings.Lines(script) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "cmp" {
			names = append(names, words[2])
		}
	}
	return names
}

// reads notes the files that the command names.
func (e *Example) reads(files map[string]string, wanted []string) {
	for _, word := range nameOfFile().FindAllString(e.Command, -1) {
		f := File{word, files[word]}
		if f.Text != "" && !slices.Contains(wanted, word) && !slices.Contains(e.Reads, f) {
			e.Reads = append(e.Reads, f)
		}
	}
}

// nameOfFile is what may be the name of a file in a command.
var nameOfFile = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\w./-]+`) })

// gives notes what the command prints, or writes to a file.
func (e *Example) gives(where, text string) {
	if where == "stdout" || where == "stderr" {
		e.Prints += text
	} else {
		e.Writes = append(e.Writes, File{where, text})
	}
}

const longestShown = 12 // lines of a file or an output

// Session returns the examples as a terminal has them, in lines: their titles, the files that they read,
// each of which is shown once, the commands, and what these print and write. Long texts are cut.
func Session(list []Example) (lines []string) {
	var seen []File
	show := func(text string) {
		all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(all) > longestShown+1 {
			all = append(all[:longestShown:longestShown], "…")
		}
		lines = append(lines, all...)
	}
	for i, e := range list {
		if i > 0 {
			lines = append(lines, "")
		}
		if e.Title != "" {
			lines = append(lines, "# "+e.Title)
		}
		for _, f := range e.Reads {
			if !slices.Contains(seen, f) {
				seen = append(seen, f)
				lines = append(lines, "$ cat "+f.Name)
				show(f.Text)
			}
		}
		lines = append(lines, "$ "+e.Command)
		if e.Prints != "" {
			show(e.Prints)
		}
		for _, f := range e.Writes {
			lines = append(lines, "$ cat "+f.Name)
			show(f.Text)
		}
	}
	return lines
}

// background is what ends a command of a script that goes on behind it, and its name there.
var background = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(` &\w*&?$`) })

// inShell returns a command as it is given to a shell, where it differs from that of a script.
func inShell(command string) string {
	return strings.ReplaceAll(background().ReplaceAllString(command, " &"), "''", `'\''`)
}
