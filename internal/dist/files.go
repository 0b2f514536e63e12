package dist

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// file is one of an archive or of a package.
type file struct {
	name string // in an archive, with slashes
	data []byte
	mode os.FileMode
	// Where packages put it: as a whole name, or nothing when it belongs to archives only.
	installed string
	only      string // the one kind of package that puts it there
}

// script is what the program prints to complete its command line in a shell, and the places where that
// shell looks for it.
type script struct {
	shell, name string
	installed   []file
}

var scripts = []script{
	{"bash", "mtpipe.bash", []file{{installed: "/usr/share/bash-completion/completions/mtpipe"}}},
	{"zsh", "_mtpipe", []file{
		{installed: "/usr/share/zsh/vendor-completions/_mtpipe", only: "deb"},
		{installed: "/usr/share/zsh/site-functions/_mtpipe", only: "rpm"},
		{installed: "/usr/share/zsh/site-functions/_mtpipe", only: "apk"},
	}},
	{"fish", "mtpipe.fish", []file{{installed: "/usr/share/fish/vendor_completions.d/mtpipe.fish"}}},
	{"powershell", "mtpipe.ps1", nil},
	{"nushell", "mtpipe.nu", nil},
}

// gather makes the files that are in all archives and packages.
func (r *release) gather() error {
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		installed := name
		if name == "LICENSE" {
			installed = "copyright"
		}
		if err := r.read(name, name, "/usr/share/doc/mtpipe/"+installed); err != nil {
			return err
		}
	}
	pages, err := filepath.Glob("man/*.[1-9]")
	if err != nil || len(pages) == 0 {
		return fmt.Errorf("there are no pages of the manual in man: %v", err)
	}
	for _, page := range pages {
		section := strings.TrimPrefix(filepath.Ext(page), ".")
		if err := r.read(filepath.ToSlash(page), page, "/usr/share/man/man"+section+"/"+filepath.Base(page)+".gz"); err != nil {
			return err
		}
	}
	if err := r.completions(); err != nil {
		return err
	}
	licenses, err := licensesOf("./cmd/mtpipe")
	if err != nil {
		return err
	}
	r.common = append(r.common, file{name: "LICENSES-OF-LIBRARIES", data: licenses, mode: 0o644,
		installed: "/usr/share/doc/mtpipe/LICENSES-OF-LIBRARIES"})
	return nil
}

func (r *release) read(name, path, installed string) error {
	data, err := os.ReadFile(path)
	r.common = append(r.common, file{name: name, data: data, mode: 0o644, installed: installed})
	return err
}

// completions asks the program for its scripts.
func (r *release) completions() error {
	for _, s := range scripts {
		text, err := output(nil, "go", "run", "./cmd/mtpipe", "completion", s.shell)
		if err != nil {
			return err
		}
		f := file{name: "completions/" + s.name, data: []byte(text + "\n"), mode: 0o644}
		if len(s.installed) == 0 {
			r.common = append(r.common, f)
		}
		for i, place := range s.installed {
			if i > 0 {
				f.name = "" // the archives have it already
			}
			f.installed, f.only = place.installed, place.only
			r.common = append(r.common, f)
		}
	}
	return nil
}

// zipped packs a page of the manual, without a name and a time.
func zipped(data []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	return b.Bytes()
}

// licensesOf returns the licenses of the modules that a program is linked with, and of Go's own library.
func licensesOf(program string) ([]byte, error) {
	said, err := output(nil, "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", program)
	if err != nil {
		return nil, err
	}
	root, err := output(nil, "go", "env", "GOROOT", "GOVERSION")
	if err != nil {
		return nil, err
	}
	dir, version, _ := strings.Cut(root, "\n")
	modules := append(strings.Split(said, "\n"), "Go\t"+version+"\t"+dir)
	slices.Sort(modules)
	var b bytes.Buffer
	for _, m := range slices.Compact(modules) {
		part := strings.Split(m, "\t")
		if len(part) != 3 {
			continue // an empty line: a package of Go or of this module
		}
		var texts []string
		for _, pattern := range []string{"LICEN[SC]E*", "COPYING*"} {
			found, err := filepath.Glob(filepath.Join(part[2], pattern))
			if err != nil {
				return nil, err
			}
			texts = append(texts, found...)
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("%s has no license", part[0])
		}
		for _, name := range texts {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&b, "== %s %s, %s\n\n%s\n\n", part[0], part[1], filepath.Base(name), bytes.TrimSpace(text))
		}
	}
	return b.Bytes(), nil
}

// sumOf returns the SHA-256 of a file in hexadecimal digits.
func sumOf(path string) (string, error) {
	data, err := os.ReadFile(path)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

// indented is a value as JSON for people.
func indented(v any) (string, error) {
	data, err := json.MarshalIndent(v, "", "    ")
	return string(data) + "\n", err
}
