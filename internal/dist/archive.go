package dist

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"
)

// stem is the name of what is made for a system, without its ending.
func (r *release) stem(t Target) string {
	return "mtpipe_" + r.version.String() + "_" + t.OS + "_" + t.Arch
}

// archiveName is the name of the archive for a system.
func (r *release) archiveName(t Target) string {
	if t.OS == "windows" {
		return r.stem(t) + ".zip"
	}
	return r.stem(t) + ".tar.gz"
}

// archive makes the archive for a system: one directory with the program and all that belongs to it.
func (r *release) archive(t Target, program string) error {
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	files := []file{{name: filepath.Base(program), data: data, mode: 0o755}}
	for _, f := range r.common {
		if f.name != "" {
			files = append(files, f)
		}
	}
	write := writeTar
	if t.OS == "windows" {
		write = writeZip
	}
	out, err := os.Create(r.add(r.archiveName(t)))
	if err != nil {
		return err
	}
	return errors.Join(write(out, r.stem(t), files, r.moment), out.Close())
}

// writeTar writes files as a packed tar with one time for all, which nobody owns.
func writeTar(out io.Writer, dir string, files []file, moment time.Time) error {
	packed, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(packed)
	for _, f := range files {
		h := &tar.Header{Name: dir + "/" + f.name, Mode: int64(f.mode), Size: int64(len(f.data)), ModTime: moment, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := w.Write(f.data); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), packed.Close())
}

// writeZip writes files as a zip with one time for all.
func writeZip(out io.Writer, dir string, files []file, moment time.Time) error {
	w := zip.NewWriter(out)
	for _, f := range files {
		h := &zip.FileHeader{Name: dir + "/" + f.name, Method: zip.Deflate, Modified: moment}
		h.SetMode(f.mode)
		entry, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := entry.Write(f.data); err != nil {
			return err
		}
	}
	return w.Close()
}
