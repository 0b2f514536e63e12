package readers

import (
	"os"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/internal/object"
	"mtpipe/pipeline"
)

// header is the names of the fields in a file that is read, for the stages after the reader.
type header struct {
	j      *pipeline.Job
	cutter format.Cutter // of the file
	name   string        // of the file; "" for the input
	files  []string      // all that the stage reads
	of     func(name string) format.Cutter
	told   bool

	warned bool // of what was guessed
}

// tell tells the names, once, if they are known.
func (h *header) tell() error {
	if guess := format.Guessed(h.cutter, h.name); guess != "" && !h.warned {
		h.warned = true
		h.j.Warn("%s", guess)
	}
	headed, ok := h.cutter.(format.Heading)
	if h.told || !ok {
		return nil
	}
	names := headed.Header()
	if names == nil {
		return nil
	}
	h.told = true
	if len(h.files) < 2 {
		return h.j.TellNames(names, nil)
	}
	return h.j.TellNames(names, h.all)
}

// all returns the names in the headers of all files; nil when one of them is not known.
func (h *header) all() (names []string) {
	seen := make(map[string]bool)
	for _, name := range h.files {
		list := h.names(name)
		if list == nil {
			return nil
		}
		for _, n := range list {
			if !seen[n] {
				seen[n], names = true, append(names, n)
			}
		}
	}
	return names
}

// names returns those in the header of a file that can be read twice.
func (h *header) names(name string) []string {
	cutter := h.of(name)
	headed, ok := cutter.(format.Heading)
	if outside, ok := cutter.(format.Outside); ok {
		outside.Ask(nil)
	}
	if info, err := os.Stat(name); !ok || !object.Is(name) && (name == "-" || err != nil || !info.Mode().IsRegular()) {
		return nil
	}
	f, err := input.OpenFor(h.j.Thread, name, h.j.Stdin(), cutter, h.j.Memory())
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := input.NewBlocks(h.j.MaxLine(), h.j.MostBlock()).Reader(f, f.Name(), cutter).Next()
	if err == nil {
		b.Release()
	}
	return headed.Header()
}
