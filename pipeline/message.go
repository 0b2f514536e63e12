package pipeline

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mtpipe/internal/redact"
	"mtpipe/internal/terminal"
	"mtpipe/pipeline/syntax"
)

// MessageLook is how messages are shown as text. The zero MessageLook is for what is no terminal.
type MessageLook struct {
	Colours bool
	Links   bool // the terminal makes links of the names of files
}

// MessageText returns a message about err as a line of text: its kind is error, warning or note.
func MessageText(kind string, err error, look MessageLook) string {
	text := syntax.Printable(redact.Text(err.Error()))
	for _, p := range placesIn(err) {
		if shown := syntax.Printable(p.text); strings.Contains(text, shown) {
			text = strings.Replace(text, shown, look.place(shown, p.file), 1)
		}
	}
	return look.head(kind, "mtpipe:") + " " + text + "\n"
}

// head returns the first word of a message in the colour of its kind.
func (l MessageLook) head(kind, word string) string {
	if !l.Colours {
		return word
	}
	colour := terminal.Cyan
	switch kind {
	case "error":
		colour = terminal.BoldRed
	case "warning":
		colour = terminal.BoldYellow
	}
	return string(colour.Append(nil, word))
}

// Caret returns the lines that Caret of a syntax.Error has returned as they are shown.
func (l MessageLook) Caret(lines string) string {
	line, isCaret := strings.CutSuffix(lines, "^")
	if !l.Colours || !isCaret {
		return lines
	}
	return line + string(terminal.BoldRed.Append(nil, "^"))
}

// filePlace is a place in a file as a message has it.
type filePlace struct{ text, file string }

// placesIn returns the places in files that the message of err names.
func placesIn(err error) (list []filePlace) {
	var e *syntax.Error
	if errors.As(err, &e) && e.File != "" && e.Pos.IsValid() {
		list = append(list, filePlace{e.File + ":" + strconv.Itoa(e.Pos.Line) + ":" + strconv.Itoa(e.Pos.Col), e.File})
	}
	if r := reportOf(err); r.file != "" && r.line > 0 {
		list = append(list, filePlace{r.file + ":" + strconv.FormatInt(r.line, 10), r.file})
	}
	return list
}

// place returns the text of a place as it is shown, a link to the file where there are links.
func (l MessageLook) place(text, file string) string {
	if l.Colours {
		text = string(terminal.Bold.Append(nil, text))
	}
	path, err := filepath.Abs(file)
	if !l.Links || err != nil {
		return text
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return text
	}
	host, _ := os.Hostname()
	to := url.URL{Scheme: "file", Host: host, Path: filepath.ToSlash(path)}
	return "\x1b]8;;" + to.String() + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}
