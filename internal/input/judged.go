package input

import "io"

// judged is a source whose first bytes tell how it is to be read. No more of it is read than is
// there: as long as it is not told, no line has come to its end.
type judged struct {
	from io.Reader
	// choose returns what reads the text that begins with head, and goes on with rest; nil when
	// it is text as it is. More says that head does not tell; whole, that it is all there is.
	choose func(head []byte, rest io.Reader, whole bool) (chosen io.Reader, more bool)
	known  bool
	head   []byte // that is to come first
}

// Read reads the text.
func (j *judged) Read(p []byte) (int, error) {
	if !j.known {
		return j.begin(p)
	}
	if len(j.head) > 0 {
		n := copy(p, j.head)
		j.head = j.head[n:]
		return n, nil
	}
	return j.from.Read(p)
}

// begin reads until it is known how the text is to be read.
func (j *judged) begin(p []byte) (int, error) {
	head := p
	if len(p) < judgedBytes {
		head = make([]byte, judgedBytes)
	}
	for n := 0; ; {
		m, err := j.from.Read(head[n:])
		n += m
		if err != nil {
			j.from = failing{err}
		}
		chosen, more := j.choose(head[:n], j.from, err != nil)
		if err == nil && (more || n == 0) {
			continue
		}
		j.known = true
		switch {
		case chosen != nil:
			j.from = chosen
			return chosen.Read(p)
		case len(p) < len(head):
			j.head = head[:n]
			return j.Read(p)
		}
		return n, err
	}
}

// failing is a source that has ended, or failed.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
