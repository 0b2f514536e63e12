package terminal

// Colour is how a piece of text is shown: one of the terminal's own 16 colours, which its user has
// chosen to be readable, and never a background.
type Colour string

// The colours. The zero Colour is that of all other text.
const (
	Bold    Colour = "1"
	Dim     Colour = "2"
	Red     Colour = "31"
	Green   Colour = "32"
	Yellow  Colour = "33"
	Blue    Colour = "34"
	Magenta Colour = "35"
	Cyan    Colour = "36"

	BoldRed    = "1;" + Red
	BoldYellow = "1;" + Yellow
	BoldBlue   = "1;" + Blue
)

// Begin appends what makes the text that follows have the colour, End what ends that.
func (c Colour) Begin(dst []byte) []byte {
	if c == "" {
		return dst
	}
	return append(append(append(dst, "\x1b["...), c...), 'm')
}

// End appends what ends the colour.
func (c Colour) End(dst []byte) []byte {
	if c == "" {
		return dst
	}
	return append(dst, "\x1b[0m"...)
}

// Append appends text in the colour.
func (c Colour) Append(dst []byte, text string) []byte {
	if text == "" {
		return dst
	}
	return c.End(append(c.Begin(dst), text...))
}
