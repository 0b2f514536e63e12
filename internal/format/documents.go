package format

import "sync/atomic"

// Documents is what JSON was read as, so that it can be written as the same: one value that is
// no list, the elements of lists, or several values one after another. Any goroutine.
type Documents struct {
	Within *Documents // is told the same

	files, values atomic.Int64 // that were read; values stand outside of lists
	list          atomic.Bool
}

// begin notes that a file is read.
func (d *Documents) begin() {
	for ; d != nil; d = d.Within {
		d.files.Add(1)
	}
}

// note notes a value outside of lists, or a list.
func (d *Documents) note(list bool) {
	for ; d != nil; d = d.Within {
		if list {
			d.list.Store(true)
		} else {
			d.values.Add(1)
		}
	}
}

// kept returns how many values were read that are to be written as what they were; 0 for a list.
func (d *Documents) kept() int64 {
	if d == nil || d.files.Load() != 1 || d.list.Load() {
		return 0
	}
	return d.values.Load()
}

// TellDocuments makes a cutter of JSON tell d what it finds; those of other formats do nothing.
func TellDocuments(c Cutter, d *Documents) {
	if j, ok := c.(*jsonCutter); ok {
		j.documents = d
		d.begin()
	}
}

// KeepDocuments makes a writer of JSON write what d tells as it was; those of other formats do
// nothing. AtOnce says that nobody wants to wait for a value: what was read as no list is written
// as values one after another, whether others come or not.
func KeepDocuments(w Writer, d *Documents, atOnce bool) {
	if b, ok := w.(*byFirst); ok {
		w = b.Writer
	}
	if p, ok := w.(*painted); ok {
		w = p.Writer
	}
	if a, ok := w.(*array); ok {
		a.documents, a.atOnce = d, atOnce
	}
}
