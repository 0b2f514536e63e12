package parquet

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
)

// field is a field of the records that are written, as mtpipe tells of it.
type field struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	Fields []*field `json:"fields"`

	rep      int // the repetition level of a further element of a list
	from, to int // its leaves
}

// What a value begins with.
const (
	tagNull = iota
	tagFalse
	tagTrue
	tagInteger
	tagFloat
	tagText
	tagTime
	tagValues
)

const (
	rowsTogether = 1024      // that are given to the library
	groupBytes   = 64 << 20  // of values in a row group, as far as there is the memory
	groupRows    = 1_000_000 // in a row group
	longestText  = math.MaxInt32
)

// Codec returns the codec of that name. LZ4 is only read: the library makes nothing of short pages with it.
func Codec(name string) (compress.Codec, error) {
	switch name {
	case "snappy":
		return &parquet.Snappy, nil
	case "zstd":
		return &parquet.Zstd, nil
	case "gzip":
		return &parquet.Gzip, nil
	case "brotli":
		return &parquet.Brotli, nil
	case "none":
		return &parquet.Uncompressed, nil
	}
	return nil, fmt.Errorf("there is no codec %q: it is one of snappy, zstd, gzip, brotli and none", name)
}

// Write writes the records of from, which come as mtpipe gives them, to out. Without all of them there is
// no whole file.
func Write(from io.Reader, codec compress.Codec, out io.Writer) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cannot be written: %v", r)
		}
	}()
	w := &writing{from: bufio.NewReaderSize(from, bufferSize)}
	if err := w.types(); err != nil {
		return incomplete(err)
	}
	root := &field{Type: "record", Fields: w.fields}
	node, err := w.node(root, 0)
	if err != nil {
		return err
	}
	w.to = parquet.NewWriter(out, parquet.NewSchema("records", node), parquet.Compression(codec), parquet.CreatedBy("mtpipe", "", ""), parquet.DictionaryMaxBytes(1<<20))
	w.columns = make([][]parquet.Value, w.leaves)
	if err := w.rows(); err != nil {
		return incomplete(err)
	}
	return w.to.Close()
}

func incomplete(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the records end before their end was told")
	}
	return err
}

// writing is a file that is being written.
type writing struct {
	from    *bufio.Reader
	fields  []*field
	leaves  int
	to      *parquet.Writer
	columns [][]parquet.Value // of the rows that the library was not given
	texts   []byte            // of those
	bytes   int64             // of the present row group, about
}

// types reads the fields.
func (w *writing) types() error {
	n, err := binary.ReadUvarint(w.from)
	if err != nil {
		return err
	}
	if n > longestText {
		return errors.New("the types are too long")
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(w.from, text); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &w.fields); err != nil {
		return err
	}
	if len(w.fields) == 0 {
		return errors.New("no record has come, and nothing tells the names of fields: a Parquet file has some")
	}
	return nil
}

// node returns the part of a schema for a field that stands where values have the repetition level rep, and
// numbers its leaves.
func (w *writing) node(f *field, rep int) (node parquet.Node, err error) {
	f.from = w.leaves
	defer func() { f.to = w.leaves }()
	switch f.Type {
	case "list":
		f.rep = rep + 1
		if len(f.Fields) == 0 {
			f.Fields = []*field{{}}
		}
		element, err := w.node(f.Fields[0], rep+1)
		if err != nil {
			return nil, err
		}
		return parquet.List(parquet.Optional(element)), nil
	case "record":
		if len(f.Fields) == 0 {
			return nil, fmt.Errorf("the field %s has records without fields, which a Parquet file does not hold", f.Name)
		}
		g := &group{Group: make(parquet.Group)}
		for _, inner := range f.Fields {
			node, err := w.node(inner, rep)
			if err != nil {
				return nil, err
			}
			g.Group[inner.Name] = parquet.Optional(node)
			g.names = append(g.names, inner.Name)
		}
		return g, nil
	}
	w.leaves++
	switch f.Type {
	case "bool":
		return parquet.Leaf(parquet.BooleanType), nil
	case "integer":
		return parquet.Int(64), nil
	case "float":
		return parquet.Leaf(parquet.DoubleType), nil
	case "microseconds":
		return parquet.Timestamp(parquet.Microsecond), nil
	case "nanoseconds":
		return parquet.Timestamp(parquet.Nanosecond), nil
	case "", "text":
		return parquet.Encoded(parquet.String(), &parquet.RLEDictionary), nil
	}
	return nil, fmt.Errorf("there is no type %q: mtpipe and mtpipe-parquet are of different versions", f.Type)
}

// group is a group whose fields keep their order.
type group struct {
	parquet.Group
	names []string
}

// GoType returns a type that nothing asks for: that of the library is a struct, which not all names can be
// put into.
func (g *group) GoType() reflect.Type { return reflect.TypeFor[map[string]any]() }

// Fields returns the fields.
func (g *group) Fields() []parquet.Field {
	byName := make(map[string]parquet.Field)
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(g.names))
	for i, name := range g.names {
		fields[i] = byName[name]
	}
	return fields
}

// rows writes the rows.
func (w *writing) rows() error {
	most := int64(groupBytes)
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		most = min(most, limit/8)
	}
	root := &field{Type: "record", Fields: w.fields}
	count, inGroup := 0, 0
	for {
		b, err := w.from.ReadByte()
		if err != nil {
			return err
		}
		if b == 0 {
			return w.give()
		}
		if err := w.record(root, 0, 0); err != nil {
			return err
		}
		if count++; count == rowsTogether || len(w.texts) >= bufferSize {
			if err := w.give(); err != nil {
				return err
			}
			inGroup += count
			count = 0
			if w.bytes >= most || inGroup >= groupRows {
				if err := w.to.Flush(); err != nil {
					return err
				}
				w.bytes, inGroup = 0, 0
			}
		}
	}
}

// give gives the rows to the library.
func (w *writing) give() error {
	for i, c := range w.to.ColumnWriters() {
		if _, err := c.WriteRowValues(w.columns[i]); err != nil {
			return err
		}
		w.bytes += int64(8 * len(w.columns[i]))
		w.columns[i] = w.columns[i][:0]
	}
	w.bytes += int64(len(w.texts))
	w.texts = w.texts[:0]
	return nil
}

// record reads a record of f's fields.
func (w *writing) record(f *field, rep, def int) error {
	tag, err := w.from.ReadByte()
	if err != nil {
		return err
	}
	if tag != tagValues {
		return fmt.Errorf("a record begins with the byte %d", tag)
	}
	return w.values(f, rep, def)
}

// values reads the values of the fields of f.
func (w *writing) values(f *field, rep, def int) error {
	n, err := binary.ReadUvarint(w.from)
	if err != nil {
		return err
	}
	for i, inner := range f.Fields {
		if uint64(i) >= n {
			w.null(inner, rep, def)
		} else if err := w.value(inner, rep, def); err != nil {
			return err
		}
	}
	return nil
}

// null puts a null that has these levels.
func (w *writing) null(f *field, rep, def int) {
	for i := f.from; i < f.to; i++ {
		w.columns[i] = append(w.columns[i], parquet.NullValue().Level(rep, def, i))
	}
}

// value reads a value of f, and puts it where null has the level def.
func (w *writing) value(f *field, rep, def int) error {
	tag, err := w.from.ReadByte()
	switch {
	case err != nil:
		return err
	case tag == tagNull:
		w.null(f, rep, def)
		return nil
	case tag == tagValues && f.Type == "list":
		return w.list(f, rep, def+1)
	case tag == tagValues && f.Type == "record":
		return w.values(f, rep, def+1)
	}
	v, err := w.scalar(f, tag)
	if err != nil {
		return err
	}
	w.columns[f.from] = append(w.columns[f.from], v.Level(rep, def+1, f.from))
	return nil
}

// list reads the elements of a list, which has the level def when it is empty.
func (w *writing) list(f *field, rep, def int) error {
	n, err := binary.ReadUvarint(w.from)
	if err != nil {
		return err
	}
	if n == 0 {
		w.null(f, rep, def)
	}
	for range n {
		if err := w.value(f.Fields[0], rep, def+1); err != nil {
			return err
		}
		rep = f.rep
	}
	return nil
}

// scalar reads a value that has no others in it.
func (w *writing) scalar(f *field, tag byte) (v parquet.Value, err error) {
	switch tag {
	case tagFalse, tagTrue:
		return parquet.BooleanValue(tag == tagTrue), w.is(f, "bool")
	case tagInteger:
		i, err := binary.ReadVarint(w.from)
		if err != nil {
			return v, err
		}
		if f.Type == "float" {
			return parquet.DoubleValue(float64(i)), nil
		}
		return parquet.Int64Value(i), w.is(f, "integer")
	case tagFloat:
		var bits [8]byte
		if _, err := io.ReadFull(w.from, bits[:]); err != nil {
			return v, err
		}
		return parquet.DoubleValue(math.Float64frombits(binary.LittleEndian.Uint64(bits[:]))), w.is(f, "float")
	case tagText:
		return w.text(f)
	case tagTime:
		return w.time(f)
	}
	return v, fmt.Errorf("a value of the field %s begins with the byte %d", f.Name, tag)
}

// is wants a field to have a type.
func (w *writing) is(f *field, kind string) error {
	if f.Type != kind {
		return fmt.Errorf("a value of the field %s, which is of the type %s, is of the type %s", f.Name, f.Type, kind)
	}
	return nil
}

// text reads text, or a number as it is spelled.
func (w *writing) text(f *field) (v parquet.Value, err error) {
	n, err := binary.ReadUvarint(w.from)
	if err != nil {
		return v, err
	}
	if n > longestText {
		return v, fmt.Errorf("a value of the field %s is longer than 2 GB", f.Name)
	}
	start := len(w.texts)
	w.texts = append(w.texts, make([]byte, n)...)
	text := w.texts[start:]
	if _, err := io.ReadFull(w.from, text); err != nil {
		return v, err
	}
	switch f.Type {
	case "", "text":
		return parquet.ByteArrayValue(text), nil
	case "integer":
		i, err := strconv.ParseInt(string(text), 10, 64)
		return parquet.Int64Value(i), err
	case "float":
		x, err := strconv.ParseFloat(string(text), 64)
		return parquet.DoubleValue(x), err
	}
	return v, w.is(f, "text")
}

// time reads a point in time.
func (w *writing) time(f *field) (v parquet.Value, err error) {
	seconds, err := binary.ReadVarint(w.from)
	if err != nil {
		return v, err
	}
	nanos, err := binary.ReadVarint(w.from)
	if err != nil {
		return v, err
	}
	t := time.Unix(seconds, nanos)
	switch f.Type {
	case "microseconds":
		return parquet.Int64Value(t.UnixMicro()), nil
	case "nanoseconds":
		if y := t.Year(); y < 1678 || y > 2261 {
			return v, fmt.Errorf("the field %s has the year %d: in nanoseconds, as it is kept, there are those from 1678 to 2261", f.Name, y)
		}
		return parquet.Int64Value(t.UnixNano()), nil
	}
	return v, w.is(f, "time")
}
