package input

import "mtpipe/internal/format"

// Format returns the format that the name of a file tells, packed or not, among those that are
// read: text when it tells none.
func Format(name string) *format.Format {
	for {
		unpacked, packed := Unpacked(name)
		if !packed {
			break
		}
		name = unpacked
	}
	if f := format.OfFile(name); f.Read != nil && !f.Read.Unnamed {
		return f
	}
	return format.ByName("text")
}

// TellsFormat reports whether the name of a file tells a format other than text.
func TellsFormat(name string) bool { return !Format(name).IsText() }

// Cutter returns what finds the records in a file of that name.
func Cutter(name string) format.Cutter { return Format(name).Cutter() }
