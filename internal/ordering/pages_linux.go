package ordering

import (
	"os"
	"syscall"
	"unsafe"
)

// wantLargePages asks for large pages for memory that is looked at here and there, which the
// processor finds faster. It is no matter if there are none.
func wantLargePages(b []byte) {
	const least = 4 << 20
	if len(b) < least {
		return
	}
	page := uintptr(os.Getpagesize())
	start := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) % page
	end := start + (uintptr(len(b))-start)/page*page
	_ = syscall.Madvise(b[start:end], syscall.MADV_HUGEPAGE)
}
