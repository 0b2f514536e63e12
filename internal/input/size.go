package input

import (
	"io"
	"os"
)

// Size returns how many bytes the files have, and false when that is not known, or says nothing about
// how much is read of them: when one is no regular file, or is packed.
func Size(files []*os.File) (total int64, ok bool) {
	for _, f := range files {
		info, err := f.Stat()
		if err != nil || !info.Mode().IsRegular() {
			return 0, false
		}
		head := make([]byte, judgedBytes)
		n, err := f.ReadAt(head, 0)
		if err != nil && err != io.EOF {
			return 0, false
		}
		if p, _ := packingOf(head[:n], n < len(head)); p != nil {
			return 0, false
		}
		total += info.Size()
	}
	return total, len(files) > 0
}
