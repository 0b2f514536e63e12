package bench

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// Format is how a contender writes its rows.
type Format int

const (
	Lines   Format = iota // each line is a field
	CSV                   // with a header
	BareCSV               // without one
	Blanks                // fields with blanks between them, as uniq -c writes them
)

// Answer reads what a contender wrote and returns what has to agree.
type Answer func(out io.Reader, format Format) (string, error)

// Bytes is the answer of a job whose output has to be the same, byte for byte.
func Bytes(out io.Reader, _ Format) (string, error) {
	h := crc32.NewIEEE()
	n, err := io.Copy(h, out)
	return fmt.Sprintf("%d bytes, %08x", n, h.Sum32()), err
}

// Words is the answer of a job with a short output, in which blanks do not matter.
func Words(out io.Reader, _ Format) (string, error) {
	b, err := io.ReadAll(out)
	return strings.Join(strings.Fields(string(b)), " "), err
}

// few is how many rows an answer tells in full.
const few = 60

// Unordered is the answer of a job whose rows may come in any order: the rows, if there are
// few of them, or their number and a hash that does not depend on the order. Numbers agree
// when they are Normal.
func Unordered(out io.Reader, format Format) (string, error) {
	var a rowSet
	for row, err := range rows(out, format) {
		if err != nil {
			return "", err
		}
		a.add(normalRow(row))
	}
	return a.String(), nil
}

// OrderedBy returns the answer of a job whose rows are sorted by the column: the column in
// its order, and the rows in any order, since those with equal columns may come as they like.
func OrderedBy(column int) Answer {
	return func(out io.Reader, format Format) (string, error) {
		var a rowSet
		keys := crc32.NewIEEE()
		var key []byte
		for row, err := range rows(out, format) {
			if err == nil && column >= len(row) {
				err = fmt.Errorf("a row has %d columns, want more than %d", len(row), column)
			}
			if err != nil {
				return "", err
			}
			key = append(appendNormal(key[:0], row[column]), '\n')
			keys.Write(key)
			a.add(normalRow(row))
		}
		return fmt.Sprintf("%s, in the order %08x", a.String(), keys.Sum32()), nil
	}
}

// hashSeed makes the hashes of one process comparable.
var hashSeed = maphash.MakeSeed()

// rowSet collects rows without regard to their order.
type rowSet struct {
	n     int
	hash  uint64
	first []string // the first few rows
}

func (a *rowSet) add(row []byte) {
	a.n++
	a.hash += maphash.Bytes(hashSeed, row)
	if a.n <= few {
		a.first = append(a.first, string(row))
	}
}

func (a *rowSet) String() string {
	if a.n > few {
		return fmt.Sprintf("%d rows, %016x", a.n, a.hash)
	}
	slices.Sort(a.first)
	return strings.Join(a.first, "; ")
}

// rows goes over the rows. A row is valid until the next one.
func rows(out io.Reader, format Format) iter.Seq2[[]string, error] {
	if format == CSV || format == BareCSV {
		return csvRows(out, format == CSV)
	}
	return func(yield func([]string, error) bool) {
		s := bufio.NewScanner(out)
		s.Buffer(nil, 1<<20)
		for s.Scan() {
			row := []string{s.Text()}
			if format == Blanks {
				row = strings.Fields(row[0])
			}
			if !yield(row, nil) {
				return
			}
		}
		if err := s.Err(); err != nil {
			yield(nil, err)
		}
	}
}

func csvRows(out io.Reader, header bool) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		r := csv.NewReader(bufio.NewReaderSize(out, 64<<10))
		r.ReuseRecord = true
		for i := 0; ; i++ {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			if i == 0 && header && err == nil {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// normalRow returns the fields of the row, each Normal, with blanks between them. One that
// consists of a name and a number may have them in either order.
func normalRow(row []string) []byte {
	var line []byte
	if len(row) == 2 && isInteger(row[0]) && !isInteger(row[1]) {
		row[0], row[1] = row[1], row[0]
	}
	for i, field := range row {
		if i > 0 {
			line = append(line, ' ')
		}
		line = appendNormal(line, field)
	}
	return line
}

// Normal returns the field as it is compared: a number with a fraction or an exponent with
// nine significant digits, anything else as it is.
func Normal(field string) string { return string(appendNormal(nil, field)) }

func appendNormal(line []byte, field string) []byte {
	if strings.Trim(field, "0123456789") == "" || strings.Trim(field, "+-.eE0123456789") != "" {
		return append(line, field...)
	}
	f, err := strconv.ParseFloat(field, 64)
	if err != nil || isInteger(field) {
		return append(line, field...)
	}
	return strconv.AppendFloat(line, f, 'g', 9, 64)
}

func isInteger(s string) bool {
	_, err := strconv.ParseInt(s, 10, 64)
	return err == nil
}

// TopCounts is the answer of a job whose rows are a name and its count, in either order, the
// largest first: sorted, and without the names that share the last place, of which any may
// be there.
func TopCounts(out io.Reader, format Format) (string, error) {
	type counted struct {
		name string
		n    int
	}
	var list []counted
	for row, err := range rows(out, format) {
		if err != nil {
			return "", err
		}
		name, count, ok := bytes.Cut(normalRow(row), []byte{' '})
		n, err := strconv.Atoi(string(count))
		if !ok || err != nil {
			return "", fmt.Errorf("got the row %q, want a name and its count", row)
		}
		list = append(list, counted{string(name), n})
	}
	slices.SortFunc(list, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.name, b.name))
	})
	var text []string
	for _, c := range list {
		if c.n == list[len(list)-1].n {
			c.name = "one of those"
		}
		text = append(text, fmt.Sprintf("%s %d", c.name, c.n))
	}
	return strings.Join(text, ", "), nil
}
