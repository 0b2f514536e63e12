package pipeline

import "mtpipe/internal/format"

// FileParts is implemented by the arguments of readers whose files may be read in parts, by others than the
// stage: Parts returns the files, or patterns of their names, and what finds the records in a
// file of some name. Without files, there is nothing to be read so.
type FileParts interface {
	Parts() (files []string, cutter func(name string) format.Cutter)
}
