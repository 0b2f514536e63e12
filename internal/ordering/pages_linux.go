package ordering

import (
	"os"
	"syscall"
	"unsafe"
)

// wantLargePages asks for large pages for memory that is looked at here and there, which the
// processor finds faster. It is no matter if there are none.
func wantLargePages(b []byte) { advise(b, syscall.MADV_HUGEPAGE) }

// wantSmallPages asks for the usual pages for memory of which perhaps only the beginning is
// used.
func wantSmallPages(b []byte) { advise(b, syscall.MADV_NOHUGEPAGE) }

func advise(b []byte, advice int) {
	const least = 4 << 20
	if len(b) < least {
		return
	}
	page := uintptr(os.Getpagesize())
	start := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % page
	end := start + (uintptr(len(b))-start)/page*page
	_ = syscall.Madvise(b[start:end], advice)
}
