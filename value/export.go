package value

import (
	"fmt"
	"sync"
)

// Described is implemented by codecs of which an equal one can be made in another process: of their
// name and what Describe returns. See OfDescription.
type Described interface{ Describe() []byte }

// restorers make codecs of descriptions, by the codecs' names. Only the initialisation of packages adds to them.
var restorers = make(map[string]func(description []byte) Codec)

// OfDescription says how the codecs of some names are made anew: restore is given the name and what Describe
// has returned, perhaps in another process, and returns nil when that is something else. It
// returns the names. Only for the initialisation of packages.
func OfDescription(restore func(name string, description []byte) Codec, names ...string) []string {
	for _, name := range names {
		if restorers[name] != nil {
			panic(fmt.Sprintf("value: two codecs are called %s", name))
		}
		restorers[name] = func(d []byte) Codec { return restore(name, d) }
	}
	return names
}

// isDescribed reports whether c can be made anew in another process.
func isDescribed(c Codec) bool {
	d, ok := c.(Described)
	return ok && restorers[c.Name()] != nil && d.Describe() != nil
}

// appendCodec appends the name and the description of c, which is Described.
func appendCodec(dst []byte, c Codec) []byte {
	return appendBytes(appendBytes(dst, []byte(c.Name())), c.(Described).Describe())
}

// restored keeps the codec that was made last, which many records in a row have.
var restored struct {
	sync.Mutex
	name, description string
	codec             Codec
}

// codec reads what appendCodec has written; nil when no codec can be made of it.
func (s *source) codec() Codec {
	name, description := s.bytes(), s.bytes()
	last := &restored
	last.Lock()
	defer last.Unlock()
	if last.codec != nil && last.name == string(name) && last.description == string(description) {
		return last.codec
	}
	restore := restorers[string(name)]
	if restore == nil {
		return nil
	}
	c := restore(append([]byte{}, description...))
	if c != nil {
		last.name, last.description, last.codec = string(name), string(description), c
	}
	return c
}

// Exporter encodes values for another process. What it has made, one after the other, an Importer reads in
// that order. Records keep the text that they were read from where its codec can be described.
type Exporter struct {
	packer         Packer
	shapes, codecs int // of the packer, that the importer will know
	scratch        []byte
}

// NewExporter returns an exporter that has encoded nothing.
func NewExporter() *Exporter { return &Exporter{packer: Packer{exported: true}} }

// Append appends the encoding of v.
func (e *Exporter) Append(dst []byte, v Value) []byte {
	e.scratch = e.packer.Append(e.scratch[:0], v)
	for _, shape := range e.packer.shapes[e.shapes:] {
		names := make([]Value, 0, len(shape.names))
		for _, n := range shape.names {
			names = append(names, String(n))
		}
		dst = AppendBinary(append(dst, tagShape), List(names))
	}
	for _, c := range e.packer.codecs[e.codecs:] {
		dst = appendCodec(append(dst, tagCodec), c)
	}
	e.shapes, e.codecs = len(e.packer.shapes), len(e.packer.codecs)
	return append(dst, e.scratch...)
}

// Importer reads values that an Exporter has encoded.
type Importer struct{ packer Packer }

// Read returns the value that src begins with and how many bytes it takes up. The value's text
// shares src's memory.
func (i *Importer) Read(src []byte) (v Value, n int, err error) {
	s := source{rest: src, packer: &i.packer}
	for len(s.rest) > 0 && (s.rest[0] == tagShape || s.rest[0] == tagCodec) {
		if s.byte() == tagCodec {
			c := s.codec()
			if c == nil {
				return Null, 0, errBinary
			}
			i.packer.codecs = append(i.packer.codecs, c)
			continue
		}
		names := []string{}
		list := s.value()
		if list.Kind() != KindList {
			return Null, 0, errBinary
		}
		for _, n := range list.AsList() {
			names = append(names, string(n.Bytes()))
		}
		i.packer.shapes = append(i.packer.shapes, NewShape(names...))
	}
	v = s.value()
	if s.bad {
		return Null, 0, errBinary
	}
	return v, len(src) - len(s.rest), nil
}
