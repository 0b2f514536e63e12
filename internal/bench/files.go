package bench

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Files are the data that the jobs work on.
type Files struct {
	Log, CSV, JSONLines, Text         string
	Long, Ragged, Xtab, Chosen, Rates string // of the jobs with tables

	Dir      string // where the contenders run and write
	TextSize int64  // of Text, in bytes
}

// MakeFiles makes the data in the directory, of the number of rows: an access log of 125
// bytes for each, a CSV file, the same records as JSON lines, and text to be sorted. Files
// that are there are kept: one that bears its name is complete.
func MakeFiles(dir string, rows, seed int64) (Files, error) {
	name := func(kind string) string {
		return filepath.Join(dir, fmt.Sprintf("bench-1-%d-%d.%s", seed, rows, kind)) // 1: the version of the generators
	}
	f := Files{Log: name("log"), CSV: name("csv"), JSONLines: name("jsonl"), Text: name("txt"),
		Long: name("long.csv"), Ragged: name("ragged.csv"), Xtab: name("xtab"), Chosen: name("chosen.csv"), Rates: name("rates.csv"), Dir: dir}
	for _, file := range []struct {
		name  string
		size  int64
		write func(io.Writer, int64, int64) error
	}{
		{f.Log, 125 * rows, WriteAccessLog},
		{f.CSV, rows, WriteCSV},
		{f.JSONLines, rows, WriteJSONLines},
		{f.Text, rows, WriteText},
		{f.Long, rows, WriteLong},
		{f.Ragged, rows, WriteRagged},
		{f.Xtab, rows, WriteXtab},
		{f.Chosen, rows, WriteChosen},
		{f.Rates, rows, WriteRates},
	} {
		if err := makeFile(file.name, func(w io.Writer) error { return file.write(w, file.size, seed) }); err != nil {
			return f, err
		}
	}
	info, err := os.Stat(f.Text)
	if err == nil {
		f.TextSize = info.Size()
	}
	return f, err
}

// makeFile makes the file unless it is there.
func makeFile(name string, write func(io.Writer) error) error {
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), "bench-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	// The disk is to be at rest before anything is measured.
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
