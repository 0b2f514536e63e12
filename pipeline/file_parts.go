package pipeline

import "mtpipe/internal/format"

// FileParts is implemented by the arguments of stages that do nothing but read files: what their
// stage puts is what input.Pieces and input.ReadPiece find, one piece after another.
type FileParts interface {
	// Parts returns the files, which may be patterns, and what makes the cutter that finds the
	// records of one of them. There are no files when they cannot be read in pieces, not even in
	// whole ones: when the stage reads its input, or standard input.
	Parts() (files []string, cutter func(name string) format.Cutter)
}
