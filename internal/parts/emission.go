package parts

import (
	"bufio"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// What emissions are of, which their keys begin with. Those of a kind are in order when their keys are.
const (
	ofShard  = 'm' // what a part has made for a shard: to be merged
	ofPart   = 'p' // what is known of a part that has run, as JSON
	ofResult = 'r' // results of a shard, in order
	ofText   = 't' // text that a part has written, in order
	ofValues = 'v' // values that a part has put, in order
)

func shardKey(shard int) string          { return fmt.Sprintf("%c%04d", ofShard, shard) }
func partKey(part int64) string          { return fmt.Sprintf("%c%06d", ofPart, part) }
func resultPrefix(shard int) string      { return fmt.Sprintf("%c%04d-", ofResult, shard) }
func resultKey(shard, n int) string      { return fmt.Sprintf("%s%08d", resultPrefix(shard), n) }
func textKey(part int64, n int) string   { return fmt.Sprintf("%c%06d-%08d", ofText, part, n) }
func valuesKey(part int64, n int) string { return fmt.Sprintf("%c%06d-%08d", ofValues, part, n) }
func shardOf(key string) (int, error)    { n, err := numberOf(key); return int(n), err }
func isOf(kind byte, key string) bool    { return len(key) > 1 && key[0] == kind }

// numberOf returns the first number in a key.
func numberOf(key string) (int64, error) {
	number, _, _ := strings.Cut(key[1:], "-")
	return strconv.ParseInt(number, 10, 64)
}

// Emission is bytes under a key.
type Emission struct {
	Key  string
	Data []byte
}

// report is what is known of a part that has run.
type report struct {
	Part
	pipeline.PartDone
	Header []byte `json:"header,omitempty"` // that belongs before the text of the part
	Open   bool   `json:"open,omitempty"`   // whose last line has no newline
	Unfit  bool   `json:"unfit,omitempty"`  // what a value does not fit into
	Failed string `json:"failed,omitempty"` // the part cannot be what its beginning was guessed to be, or there is something wrong in it
}

// mostRow is how many bytes of values are encoded together.
const mostRow = 1 << 20

// values encodes values, in chunks that can be read each by itself: the length of a place, the place and the
// value, one after another.
type values struct {
	exporter *value.Exporter
	buf      []byte
	n        int // chunks that were emitted
	emit     func(n int, chunk []byte) error
}

// add encodes a value and its place in the results, which may be empty.
func (w *values) add(place []byte, v value.Value) error {
	if w.exporter == nil {
		w.exporter = value.NewExporter()
	}
	w.buf = append(binary.AppendUvarint(w.buf, uint64(len(place))), place...)
	if w.buf = w.exporter.Append(w.buf, v); len(w.buf) < mostRow {
		return nil
	}
	return w.flush()
}

// flush emits what was encoded.
func (w *values) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	err := w.emit(w.n, w.buf)
	w.buf, w.exporter = w.buf[:0], nil
	w.n++
	return err
}

var errBroken = errors.New("what a part has handed over is broken")

// chunk reads what values has encoded.
type chunk struct {
	importer value.Importer
	rest     []byte
}

func (c *chunk) next() (place []byte, v value.Value, err error) {
	if len(c.rest) == 0 {
		return nil, value.Null, io.EOF
	}
	size, n := binary.Uvarint(c.rest)
	if n <= 0 || size > uint64(len(c.rest)-n) {
		return nil, value.Null, errBroken
	}
	place, c.rest = c.rest[n:n+int(size)], c.rest[n+int(size):]
	v, n, err = c.importer.Read(c.rest)
	if err != nil {
		return nil, value.Null, errBroken
	}
	c.rest = c.rest[n:]
	return place, v, nil
}

// AppendLine appends an emission as a line: its key, a tab, its bytes in base64.
func AppendLine(dst []byte, e Emission) []byte {
	dst = append(append(dst, e.Key...), '\t')
	return append(base64.StdEncoding.AppendEncode(dst, e.Data), '\n')
}

// Lines reads emissions that AppendLine has written.
func Lines(from *bufio.Reader) func() (Emission, error) {
	n := 0
	return func() (Emission, error) {
		line, err := from.ReadString('\n')
		if line == "" || err != nil && err != io.EOF {
			return Emission{}, err
		}
		n++
		key, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		if !ok || len(key) < 2 {
			return Emission{}, fmt.Errorf("line %d: not a key, a tab and what stands under it", n)
		}
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Emission{}, fmt.Errorf("line %d: %w", n, err)
		}
		return Emission{key, data}, nil
	}
}
