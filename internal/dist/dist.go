// Package dist makes what is published of a release: the program for each system, archives and
// packages with the manual and the completion scripts inside, and what says what they are. From one
// commit it makes the same bytes wherever and whenever it runs: times are those of the commit, lists
// have an order, and programs hold no paths. It needs Go and git, and fetches the tools that it names.
package dist

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Target is a system that the program is built for.
type Target struct{ OS, Arch string }

func (t Target) String() string { return t.OS + "/" + t.Arch }

// Targets are all that a release is made for.
var Targets = []Target{
	{"linux", "amd64"}, {"linux", "arm64"},
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

// Kinds are what can be made.
var Kinds = []string{"archive", "deb", "rpm", "apk", "sbom", "brew", "scoop", "docker"}

// Options say what to make.
type Options struct {
	Out     string    // the directory that everything goes to; it is made anew
	Targets []Target  // of Targets
	Kinds   []string  // of Kinds
	URL     string    // where the archives of this release will be
	Log     io.Writer // where each step is told
}

// release is one run.
type release struct {
	Options
	work    string // what the files are made of
	moment  time.Time
	version version
	common  []file // in every archive and package
	made    []string
}

// Make makes a release of the checkout in the working directory.
func Make(o Options) error {
	work, err := os.MkdirTemp("", "mtpipe-dist")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	r := &release{Options: o, work: work}
	if err := os.RemoveAll(o.Out); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Out, 0o777); err != nil {
		return err
	}
	for _, step := range []func() error{r.commit, r.gather, r.targets, r.manifests, r.sums} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// targets builds the program for each system, and what holds it.
func (r *release) targets() error {
	for _, t := range r.Targets {
		r.tell("%s", t)
		program, err := r.build(t)
		if err != nil {
			return err
		}
		for _, kind := range r.Kinds {
			if err := r.hold(kind, t, program); err != nil {
				return fmt.Errorf("%s of %s: %w", kind, t, err)
			}
		}
	}
	return nil
}

// hold makes what a kind is for one system; nothing for the kinds that are made of them.
func (r *release) hold(kind string, t Target, program string) error {
	switch kind {
	case "archive":
		return r.archive(t, program)
	case "deb", "rpm", "apk":
		if t.OS == "linux" {
			return r.pack(kind, t, program)
		}
	case "sbom":
		return r.sbom(t, program)
	case "docker":
		if t.OS == "linux" {
			return r.image(t, program)
		}
	}
	return nil
}

// manifests makes what names the archives.
func (r *release) manifests() error {
	for _, m := range []struct {
		kind, name string
		text       func(map[Target]archived) (string, error)
	}{
		{"brew", "mtpipe.rb", r.formula},
		{"scoop", "mtpipe.json", r.scoop},
	} {
		if !slices.Contains(r.Kinds, m.kind) {
			continue
		}
		archives, err := r.archives()
		if err != nil {
			return err
		}
		text, err := m.text(archives)
		if err != nil {
			return fmt.Errorf("%s: %w", m.kind, err)
		}
		if err := r.write(m.name, []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// sums writes SHA256SUMS of all that was made, which sha256sum -c checks.
func (r *release) sums() error {
	var b strings.Builder
	slices.Sort(r.made)
	for _, name := range r.made {
		sum, err := sumOf(filepath.Join(r.Out, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, name)
	}
	return os.WriteFile(filepath.Join(r.Out, "SHA256SUMS"), []byte(b.String()), 0o666)
}

// add says that a file was made, and gives its path.
func (r *release) add(name string) string {
	r.made = append(r.made, name)
	r.tell("  %s", name)
	return filepath.Join(r.Out, name)
}

func (r *release) write(name string, data []byte) error {
	return os.WriteFile(r.add(name), data, 0o666)
}

func (r *release) tell(format string, args ...any) { fmt.Fprintf(r.Log, format+"\n", args...) }
