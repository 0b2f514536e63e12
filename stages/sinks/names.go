package sinks

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// longestName is how many bytes an element of a path has at most, on nearly all file systems.
const longestName = 255

// namesHelp says what data may do in names.
const namesHelp = `What comes of a value chooses a name in the folder that the text before it names, and no other
place: it must not be empty, begin a name with a dot, or have a control character in it, and
neither it nor a link leads out of the folder. With --anywhere, all but empty names and control
characters is allowed.`

// fileName puts the name of a file together from what the pipeline's text says and from data.
// Unless it may lead anywhere, data chooses a name in the folder that the text before it names: it
// makes no element .. of the path, none that is hidden, and none with a control character.
type fileName struct {
	arg      string // whose text it is, for messages
	anywhere bool

	text    []byte
	data    bool // there is data in it
	folder  int  // how much of it is the folder that the data is to stay in
	element int  // where the present element of the path begins
	within  bool // there is data in that
	leads   bool // it begins with data
}

// reset makes it empty.
func (n *fileName) reset() { *n = fileName{arg: n.arg, anywhere: n.anywhere, text: n.text[:0]} }

// String returns the name as it is so far.
func (n *fileName) String() string { return string(n.text) }

// begin begins an element of the path.
func (n *fileName) begin(at int) { n.element, n.within, n.leads = at, false, false }

// addText adds what the pipeline's text says.
func (n *fileName) addText(text string) error {
	for _, c := range []byte(text) {
		if os.IsPathSeparator(c) {
			if err := n.end(len(n.text)); err != nil {
				return err
			}
			n.begin(len(n.text) + 1)
		}
		n.text = append(n.text, c)
	}
	return nil
}

// addData adds a value: a part of an element, or a path within the folder.
func (n *fileName) addData(v value.Value, path bool) error {
	start := len(n.text)
	n.text = v.AppendText(n.text)
	return n.added(start, v, path)
}

// added looks at the value v that was added at a byte.
func (n *fileName) added(start int, v value.Value, path bool) error {
	added := n.text[start:]
	if len(added) == 0 || bytes.ContainsFunc(added, unicode.IsControl) || !path && !n.anywhere && bytes.ContainsFunc(added, isSeparator) {
		return fmt.Errorf("%s cannot be a part of a file's name", v.Quote())
	}
	if !n.data {
		n.data, n.folder = true, n.element
	}
	for i := start; i < len(n.text); i++ {
		switch c := n.text[i]; {
		case !isSeparator(rune(c)):
			n.within, n.leads = true, n.leads || i == n.element
			continue
		case (i == 0 || c == ':') && !n.anywhere:
			return fmt.Errorf("%s would leave the folder; --anywhere allows it", v.Quote())
		case path && n.leads && i == n.element+1 && n.text[n.element] == '.': // as in ./name
		default:
			if err := n.end(i); err != nil {
				return err
			}
		}
		n.begin(i + 1)
	}
	return nil
}

// isSeparator reports whether c divides the elements of a path, or a drive from one.
func isSeparator(c rune) bool {
	return c == '/' || c < 0x80 && os.IsPathSeparator(uint8(c)) || c == ':' && filepath.Separator == '\\'
}

// end looks at the present element of the path, which ends at a byte.
func (n *fileName) end(at int) error {
	part := n.text[n.element:at]
	switch quoted := value.TextOf(string(part)).Quote; {
	case !n.within:
	case len(part) > longestName:
		return fmt.Errorf("%s has %d bytes, and a name no more than %d", quoted(), len(part), longestName)
	case n.anywhere:
	case string(part) == "." || string(part) == "..":
		return fmt.Errorf("%s would give the name %s", n.arg, value.TextOf(string(n.text[:at])).Quote())
	case n.leads && part[0] == '.':
		return fmt.Errorf("%s would be hidden, since it begins with a dot; --anywhere allows it", quoted())
	}
	return nil
}

// stays returns an error when a link leads the name out of the folder, or leads there itself.
func (n *fileName) stays() error {
	if !n.data || n.anywhere {
		return nil
	}
	folder, err := realPath(string(n.text[:n.folder]))
	if err != nil {
		return absent(err)
	}
	target, _, err := resolve(n.String())
	if err != nil {
		return err
	}
	dir, err := realPath(dirOf(target))
	if err != nil {
		return absent(err)
	}
	if rel, err := filepath.Rel(folder, dir); err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return fmt.Errorf("%s: a link leads out of the folder; --anywhere allows it", n)
	}
	return nil
}

// realPath returns where a directory is ("": the current one), without links.
func realPath(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// absent is nil for the error of a directory that is not there: nothing can be written to it.
func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// target is the name of a file to write, in which there may be the values of variables.
type target struct{ pipeline.Template }

// SetArg reads the word.
func (t *target) SetArg(text string, lookup func(string) (string, bool)) error {
	return t.SetWord(text, false, lookup)
}

// String returns the name, as far as it is known.
func (t target) String() string {
	name := ""
	for _, p := range t.Parts {
		name += p.Literal
	}
	return name
}

// name returns the name when what data has chosen of it is allowed.
func (t target) name(anywhere bool) (string, error) {
	n := fileName{arg: "file", anywhere: anywhere}
	for i := range t.Parts {
		p := &t.Parts[i]
		var err error
		if p.FromData() {
			err = n.addData(value.TextOf(p.Literal), true)
		} else {
			err = n.addText(p.Literal)
		}
		if err != nil {
			return "", err
		}
	}
	if err := n.end(len(n.text)); err != nil {
		return "", err
	}
	return n.String(), n.stays()
}
