// Package repl is the editor of pipelines on a terminal: a text is edited, and below it stand the
// first values that it puts, what is wrong with it, and what may be written next.
//
// It has four parts: a decoder makes keys of what the terminal sends, an editor changes the text, a
// previewer runs it, and a screen is a list of lines. The first two and the last know nothing
// of a terminal. Nothing that has an effect is run, and of each file the beginning is read.
// No text reaches the terminal but with what it would act on replaced.
package repl

import (
	"errors"
	"os"
	"strings"

	"mtpipe/internal/complete"
	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

// Options is what Run is given.
type Options struct {
	Text     string // to begin with
	Scope    pipeline.Scope
	Settings pipeline.Settings // of the run that the text is for; Stdin is not used
	Stdin    *os.File          // that feeds it when there are no files; nil for nothing
	History  string            // the file that keeps what was entered; "" for none
	Colours  bool

	// Complete returns what may be written after a text, which input feeds.
	Complete func(before string, input []byte) complete.Answer
	// Help returns what is known of a stage, "" when that is nothing.
	Help func(stage string) string
}

// The errors of Run that tell how it was left.
var (
	ErrLeft       = errors.New("left without a pipeline")
	ErrNoTerminal = errors.New("needs a terminal")
)

// ui is all that is seen. Keys change it, and frame shows it.
type ui struct {
	editor
	columns, rows int
	colours       bool
	out           string // the format of results
	result        result // of the text, or of one before it
	menu          *menu  // of completion; nil while there is none
	page          string // of help; "" while none is shown
	pageAt        int
	hint          string // what is said of the last key

	table   []string // the result as it is shown
	tableOf tableKey

	complete func(before string) complete.Answer
	help     func(stage string) string
}

// tableKey is what a table depends on: to the values of a text others are only added.
type tableKey struct {
	of, columns, values int
	state               state
}

// menu is the candidates of completion.
type menu struct {
	from   int // where they stand in the text
	list   []complete.Candidate
	chosen int
}

// action is what a key asks for beyond the screen.
type action uint8

const (
	stay action = iota
	accept
	leave
	abort
	stop
	repaint
)

// press does what a key asks for.
func (u *ui) press(k key) action {
	u.hint = ""
	if u.page != "" {
		return u.inHelp(k)
	}
	if u.menu != nil && u.inMenu(k) {
		return stay
	}
	u.menu = nil
	switch k.code {
	case enter:
		if strings.TrimSpace(u.text) != "" {
			return accept
		}
		u.hint = "there is no pipeline yet"
	case interrupt:
		return abort
	case endOfInput:
		if u.text == "" {
			return leave
		}
		u.editor.press(k)
	case suspend:
		return stop
	case redraw:
		return repaint
	case tab:
		u.completeText()
	case help:
		u.open()
	default:
		u.editor.press(k)
	}
	return stay
}

// inMenu reports whether the key was for the menu.
func (u *ui) inMenu(k key) bool {
	m := u.menu
	switch n := len(m.list); k.code {
	case tab, down:
		m.chosen = (m.chosen + 1) % n
	case backTab, up:
		m.chosen = (m.chosen + n - 1) % n
	case enter:
		u.insert(m.from, m.list[m.chosen])
		u.menu = nil
	case escape:
		u.menu = nil
	case typed, backspace:
		u.editor.press(k)
		u.list()
	default:
		return false
	}
	return true
}

// completeText writes what may be written next as far as there is no choice, and lists it otherwise.
func (u *ui) completeText() {
	a := u.complete(u.text[:u.at])
	switch common := commonStart(a.Candidates); {
	case len(a.Candidates) == 0:
		u.hint = "nothing is known that could stand here"
	case len(a.Candidates) == 1:
		u.insert(a.From, a.Candidates[0])
	case len(common) > u.at-a.From && strings.HasPrefix(common, u.text[a.From:u.at]):
		u.replace(a.From, u.at, common)
	default:
		u.menu = &menu{from: a.From, list: a.Candidates}
	}
}

// list makes the menu that of what stands before the cursor now.
func (u *ui) list() {
	u.menu = nil
	if a := u.complete(u.text[:u.at]); len(a.Candidates) > 0 && a.From < u.at {
		u.menu = &menu{from: a.From, list: a.Candidates}
	}
}

func (u *ui) insert(from int, c complete.Candidate) {
	text := c.Text
	if c.Space && !strings.HasPrefix(u.text[u.at:], " ") {
		text += " "
	}
	u.replace(from, u.at, text)
}

func commonStart(list []complete.Candidate) string {
	if len(list) == 0 {
		return ""
	}
	common := list[0].Text
	for _, c := range list[1:] {
		for !strings.HasPrefix(c.Text, common) {
			common = common[:len(common)-1]
		}
	}
	return strings.ToValidUTF8(common, "")
}

// open shows the help of the stage at the cursor.
func (u *ui) open() {
	name := complete.StageAt(u.text, u.at)
	text := u.help(name)
	if text == "" {
		text = "No stage stands at the cursor. mtpipe help lists all of them.\n\n"
	}
	u.page, u.pageAt = strings.TrimRight(text, "\n")+"\n\n"+keysHelp, 0
}

const keysHelp = `Keys
  Tab                    complete; in the menu: the next one, Enter takes it, Esc leaves
  Enter                  leave, and print the pipeline, quoted for a shell
  Alt-Enter              a new line
  Ctrl-A, Ctrl-E         to the beginning of the line, to its end
  Alt-B, Alt-F           a word back, a word on
  Ctrl-W, Alt-D          remove the word before the cursor, the one after it
  Ctrl-U, Ctrl-K         remove all before the cursor, all after it
  Ctrl-Y, Ctrl-_         put back what was removed; take the last change back
  Up, Down               what was entered before
  Ctrl-L, Ctrl-Z         draw the screen anew; suspend
  Ctrl-C, Ctrl-D         leave without a pipeline; Ctrl-D when there is no text

Stages that write, run programs or talk to others are not run here, and of each file
the first megabytes are read.`

// inHelp does what a key asks for while help is shown.
func (u *ui) inHelp(k key) action {
	switch k.code {
	case escape, help, enter, endOfInput:
		u.page = ""
	case interrupt:
		return abort
	case suspend:
		return stop
	case redraw:
		return repaint
	case up:
		u.pageAt--
	case down:
		u.pageAt++
	case pageUp:
		u.pageAt -= max(u.rows-2, 1)
	case pageDown:
		u.pageAt += max(u.rows-2, 1)
	}
	if k.text == "q" {
		u.page = ""
	}
	return stay
}

// said returns what is said below the text, the place in the text that it is about, or -1, and its
// colour.
func (u *ui) said() (text string, at int, c terminal.Colour) {
	r := &u.result
	at = -1
	var where *syntax.Error
	switch {
	case u.hint != "":
		return u.hint, -1, terminal.Dim
	case r.mistake != nil:
		text, c = r.mistake.Error(), terminal.Red
		if errors.As(r.mistake, &where) && where.Pos.IsValid() && where.File == "" {
			at = where.Pos.Offset
		}
	case r.refused != nil:
		text, c = "not run here: "+r.refused.Error(), terminal.Yellow
	default:
		text, _, _ = strings.Cut(r.notes, "\n")
		c = terminal.Yellow
	}
	return text, at, c
}
