package input

import (
	"path/filepath"
	"strings"

	"mtpipe/internal/format"
)

// Format returns the format that the name of a file tells, packed or not, among those that are
// read: text when it tells none.
func Format(name string) *format.Format {
	for {
		ext := filepath.Ext(name)
		if !isPacked(ext) {
			break
		}
		name = strings.TrimSuffix(name, ext)
	}
	if f := format.OfFile(name); f.Read != nil {
		return f
	}
	return format.ByName("text")
}

// isPacked reports whether files whose names end so are packed.
func isPacked(ext string) bool { return ext == ".gz" || ext == ".zst" || ext == ".bz2" }

// TellsFormat reports whether the name of a file tells a format other than text.
func TellsFormat(name string) bool { return !Format(name).IsText() }

// Cutter returns what finds the records in a file of that name.
func Cutter(name string) format.Cutter { return Format(name).Cutter() }
