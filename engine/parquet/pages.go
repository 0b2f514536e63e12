package parquet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// checkFooter wants the footer to be no longer than the file, since the library makes room for it first.
func checkFooter(from io.ReaderAt, size int64) error {
	var tail [8]byte
	if _, err := from.ReadAt(tail[:], size-int64(len(tail))); size < int64(len(tail)) || err != nil && err != io.EOF {
		return io.ErrUnexpectedEOF
	}
	if n := int64(binary.LittleEndian.Uint32(tail[:])); n > size-int64(len(tail)) {
		return fmt.Errorf("its footer is %d bytes long, and the file %d", n, size)
	}
	return nil
}

// checkPages wants each page of a column to fit into memory, as its header says how large it is, since
// the library makes room for a page as a whole, and what LZ4 has packed to be as long as it says: of
// what is broken there, the library would make longer and longer texts. A header that cannot be read is
// left for the library to tell.
func checkPages(from io.ReaderAt, c *format.ColumnMetaData) error {
	limit := debug.SetMemoryLimit(-1)
	start := c.DataPageOffset
	if d := c.DictionaryPageOffset; d > 0 && d < start {
		start = d
	}
	section := io.NewSectionReader(from, start, c.TotalCompressedSize)
	buffer := bufio.NewReaderSize(nil, 4<<10)
	for at := int64(0); at < section.Size(); {
		if _, err := section.Seek(at, io.SeekStart); err != nil {
			return nil
		}
		buffer.Reset(section)
		var header format.PageHeader
		if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReader(buffer)).Decode(&header); err != nil {
			return nil
		}
		if need := needs(&header); need > limit {
			return fmt.Errorf("a page of the column %s takes %d MB of memory; give more with --max-memory", nameOf(c), need>>20+1)
		}
		now, err := section.Seek(0, io.SeekCurrent)
		if err != nil || header.CompressedPageSize < 0 {
			return nil
		}
		at = now - int64(buffer.Buffered())
		if c.Codec == format.Lz4Raw {
			if err := checkLZ4(io.NewSectionReader(section, at, int64(header.CompressedPageSize)), &header); err != nil {
				return broken(fmt.Errorf("a page of the column %s: %w", nameOf(c), err))
			}
		}
		at += int64(header.CompressedPageSize)
	}
	return nil
}

// checkLZ4 wants a page to be as long as its header says, when it is unpacked.
func checkLZ4(from io.Reader, h *format.PageHeader) error {
	packed, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	long := int(h.UncompressedPageSize)
	if v2 := h.DataPageHeaderV2; v2.Valid {
		levels := int(v2.V.RepetitionLevelsByteLength) + int(v2.V.DefinitionLevelsByteLength)
		if levels < 0 || levels > min(len(packed), long) {
			return errors.New("its levels are longer than it is")
		}
		packed, long = packed[levels:], long-levels
	}
	n, err := lz4.UncompressBlock(packed, make([]byte, max(long, 0)))
	if err == nil && n != long {
		err = fmt.Errorf("it is %d bytes long, and not %d", n, long)
	}
	return err
}

// needs returns about how many bytes a page takes: as it stands in the file, unpacked, and what the
// library has for each value.
func needs(h *format.PageHeader) int64 {
	values := max(h.DataPageHeader.V.NumValues, h.DataPageHeaderV2.V.NumValues, h.DictionaryPageHeader.V.NumValues)
	return int64(h.CompressedPageSize) + int64(h.UncompressedPageSize) + 6*int64(values)
}

func nameOf(c *format.ColumnMetaData) string {
	if names := c.PathInSchema; len(names) > 0 {
		return string(appendQuoted(nil, names[0]))
	}
	return `""`
}

// Watch ends the program with a message when it takes much more memory than it was allowed: what a
// broken or a hostile file unpacks to is known only then.
func Watch(messages io.Writer) {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		return
	}
	sample := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	for range time.Tick(10 * time.Millisecond) {
		metrics.Read(sample)
		if n := int64(sample[0].Value.Uint64() - sample[1].Value.Uint64()); n > limit+limit/2+64<<20 {
			fmt.Fprintf(messages, "it takes more memory than there is for it, %d MB; give more with --max-memory\n", n>>20)
			os.Exit(1)
		}
	}
}

// checkGroup checks the pages of the leaves of a row group.
func checkGroup(f *parquet.File, from io.ReaderAt, group int, leaves []int) error {
	chunks := f.Metadata().RowGroups[group].Columns
	for _, i := range leaves {
		if err := checkPages(from, &chunks[i].MetaData); err != nil {
			return err
		}
	}
	return nil
}
