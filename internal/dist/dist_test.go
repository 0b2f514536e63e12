package dist

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mtpipe/internal/cli"
	"mtpipe/pipeline"
	"mtpipe/stages"
)

var moment = time.Date(2026, 3, 4, 5, 6, 8, 0, time.UTC)

// TestScripts holds the shells whose scripts are packed beside those that the program knows.
func TestScripts(t *testing.T) {
	cmd, _, err := cli.Command(pipeline.NewRegistry(stages.All()...)).Find([]string{"completion"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range scripts {
		got = append(got, s.shell)
	}
	want := slices.Clone(cmd.ValidArgs)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got scripts for %q, want %q", got, want)
	}
}

// TestArchives writes the same files twice, and reads them again.
func TestArchives(t *testing.T) {
	files := []file{{name: "mtpipe", data: []byte("program"), mode: 0o755}, {name: "man/mtpipe.1", data: []byte(".TH\n"), mode: 0o644}}
	want := "m/mtpipe -rwxr-xr-x 2026-03-04T05:06:08Z program\nm/man/mtpipe.1 -rw-r--r-- 2026-03-04T05:06:08Z .TH\n\n"
	for _, form := range []struct {
		name  string
		write func(io.Writer, string, []file, time.Time) error
		read  func([]byte) (string, error)
	}{{"tar", writeTar, readTar}, {"zip", writeZip, readZip}} {
		t.Run(form.name, func(t *testing.T) {
			var once, twice bytes.Buffer
			if err := errors.Join(form.write(&once, "m", files, moment), form.write(&twice, "m", files, moment.Local())); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(once.Bytes(), twice.Bytes()) {
				t.Error("the second archive is another one")
			}
			if got, err := form.read(once.Bytes()); got != want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
}

func readTar(data []byte) (string, error) {
	var b strings.Builder
	packed, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	r := tar.NewReader(packed)
	for {
		h, err := r.Next()
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return b.String(), err
		}
		text, err := io.ReadAll(r)
		if err != nil || h.Uid != 0 || h.Uname != "" {
			return "", errors.Join(err, errors.New("somebody owns "+h.Name+h.Uname))
		}
		b.WriteString(h.Name + " " + h.FileInfo().Mode().String() + " " + h.ModTime.UTC().Format(time.RFC3339) + " " + string(text) + "\n")
	}
}

func readZip(data []byte) (string, error) {
	var b strings.Builder
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", err
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(in)
		if err != nil {
			return "", err
		}
		b.WriteString(f.Name + " " + f.Mode().String() + " " + f.Modified.UTC().Format(time.RFC3339) + " " + string(text) + "\n")
	}
	return b.String(), nil
}

// TestManifests makes archives that hold nothing but their names, and looks for each with its sum.
func TestManifests(t *testing.T) {
	r := &release{Options: Options{Out: t.TempDir(), Targets: Targets, Kinds: []string{"brew", "scoop"},
		URL: "https://example.org/v1/", Log: io.Discard}, version: version{"1.2.3", "rc.1"}}
	for _, target := range Targets {
		name := r.archiveName(target)
		if err := os.WriteFile(filepath.Join(r.Out, name), []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(r.manifests(), r.sums()); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(r.Out, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	formula, scoop := read("mtpipe.rb"), read("mtpipe.json")
	for _, target := range Targets {
		name := r.archiveName(target)
		sum := sha256.Sum256([]byte(name))
		for _, part := range []string{"https://example.org/v1/" + name, hex.EncodeToString(sum[:])} {
			if in := map[bool]string{true: scoop, false: formula}[target.OS == "windows"]; !strings.Contains(in, `"`+part+`"`) {
				t.Errorf("%s: got %s, want %s in it", target, in, part)
			}
		}
	}
	var manifest struct{ Version, Bin string }
	if err := json.Unmarshal([]byte(scoop), &manifest); err != nil || manifest.Version != "1.2.3-rc.1" || manifest.Bin != "mtpipe.exe" {
		t.Errorf("got %+v, %v", manifest, err)
	}
	sum := sha256.Sum256([]byte(formula))
	if want := hex.EncodeToString(sum[:]) + "  mtpipe.rb\n"; !strings.Contains(read("SHA256SUMS"), want) {
		t.Errorf("got %s, want %s in it", read("SHA256SUMS"), want)
	}
	r.Targets = Targets[:2]
	if err := r.manifests(); err == nil || !strings.Contains(err.Error(), "there is no archive for darwin/amd64") {
		t.Errorf("got %v, want an error about darwin/amd64", err)
	}
}

// TestLicenses finds a license for everything that the program is linked with.
func TestLicenses(t *testing.T) {
	t.Chdir("../..")
	text, err := licensesOf("./cmd/mtpipe")
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"github.com/spf13/cobra v", "github.com/BurntSushi/toml v", "Go go"} {
		if n := bytes.Count(text, []byte("\n== "+module)) + bytes.Count(text[:60], []byte("== "+module)); n != 1 {
			t.Errorf("got %d licenses of %q, want 1", n, module)
		}
	}
}
