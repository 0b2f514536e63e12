package format

import (
	"bytes"
	"encoding/json"
	"fmt"

	"mtpipe/value"
)

// Outside is implemented by cutters of formats that a program of their own reads: what they cut is
// what it prints. Its standard input is the file.
type Outside interface {
	// Program returns the program's name and what it is given as arguments.
	Program() (name string, args []string)
	// Ask says that of the records only these fields are wanted.
	Ask(names []string)
}

// outsideCutter cuts what a program prints: a list of the names of all fields, and on the same line the
// first record as JSON, then a record a line.
type outsideCutter struct {
	lineEnds
	codec   value.Codec
	program string
	asked   []string // nil for all
	header  []string
}

// Program returns the program, which is told what was asked for.
func (c *outsideCutter) Program() (name string, args []string) {
	args = []string{"read"}
	if c.asked != nil {
		text, err := json.Marshal(c.asked)
		if err != nil {
			panic(err) // strings can be marshalled
		}
		args = append(args, string(text))
	}
	return c.program, args
}

// Ask says which fields are wanted.
func (c *outsideCutter) Ask(names []string) { c.asked = append([]string{}, names...) }

// Header returns the names of all fields of the file.
func (c *outsideCutter) Header() []string { return c.header }

// Batch takes the names away, and returns the records.
func (c *outsideCutter) Batch(block *value.Block, data []byte) *value.Batch {
	if c.header == nil {
		from := json.NewDecoder(bytes.NewReader(data))
		if err := from.Decode(&c.header); err != nil || c.header == nil {
			block.Release()
			return nil // it has failed, and says so
		}
		data = data[from.InputOffset():]
	}
	if len(data) == 0 {
		block.Release()
		return nil
	}
	return value.NewRaw(block, data, c.codec)
}

// MissingProgram is the error for a program that reads or writes a format and is not there.
func MissingProgram(program string) error {
	return fmt.Errorf("needs the program %s, which is neither beside mtpipe nor in PATH; in mtpipe's source, go -C engine/%s install ./... puts it into Go's directory of programs", program, engineOf(program))
}

func engineOf(program string) string { return program[len("mtpipe-"):] }
