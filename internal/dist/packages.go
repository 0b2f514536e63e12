package dist

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The tools, in the versions that were tried.
const (
	nfpm      = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.4"
	cyclonedx = "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0"
)

const (
	summary    = "Shell-like pipelines inside one process"
	maintainer = "mtpipe maintainers <maintainers@example.org>"
)

// content is a file as nfpm takes it.
type content struct {
	Source      string `json:"src,omitempty"`
	Destination string `json:"dst"`
	Type        string `json:"type,omitempty"`
	Info        struct {
		Mode os.FileMode `json:"mode"`
	} `json:"file_info"`
}

// pack makes a package of one kind.
func (r *release) pack(kind string, t Target, program string) error {
	contents, err := r.contents(kind, program)
	if err != nil {
		return err
	}
	config := map[string]any{
		"name":           "mtpipe",
		"arch":           t.Arch,
		"platform":       t.OS,
		"version_schema": "semver",
		"version":        r.version.base,
		"prerelease":     r.version.pre,
		"section":        "utils",
		"priority":       "optional",
		"maintainer":     maintainer,
		"description":    summary,
		"license":        "MIT",
		"homepage":       r.URL,
		"contents":       contents,
		"rpm":            map[string]string{"buildhost": "localhost"},
	}
	if kind == "deb" {
		config["recommends"] = []string{"tzdata", "ca-certificates"}
	}
	text, err := indented(config) // which is YAML too
	if err != nil {
		return err
	}
	path := filepath.Join(r.work, "nfpm.yaml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		return err
	}
	_, err = r.tool(nfpm, "package", "--config", path, "--packager", kind, "--target", r.add(r.stem(t)+"."+kind))
	return err
}

// contents lays the files out that a package of one kind holds.
func (r *release) contents(kind, program string) ([]content, error) {
	var list []content
	put := func(source, installed string, mode os.FileMode) {
		c := content{Source: source, Destination: installed}
		c.Info.Mode = mode
		list = append(list, c)
	}
	directory := content{Destination: "/usr/share/doc/mtpipe", Type: "dir"} // without it, rpm leaves it behind
	directory.Info.Mode = 0o755
	list = append(list, directory)
	put(program, "/usr/bin/mtpipe", 0o755)
	for i, f := range r.common {
		if f.installed == "" || f.only != "" && f.only != kind {
			continue
		}
		if strings.HasSuffix(f.installed, ".gz") {
			f.data = zipped(f.data)
		}
		source := filepath.Join(r.work, fmt.Sprintf("content%d", i))
		if err := os.WriteFile(source, f.data, 0o666); err != nil {
			return nil, err
		}
		put(source, f.installed, f.mode)
	}
	return list, nil
}

// tool runs one of the tools on this machine, with the time of the commit as the present.
func (r *release) tool(name string, args ...string) (string, error) {
	epoch := "SOURCE_DATE_EPOCH=" + strconv.FormatInt(r.moment.Unix(), 10)
	return output([]string{epoch, "GOFLAGS="}, "go", append([]string{"run", name}, args...)...)
}

// sbom makes the list of what the program for a system was linked from, in the form CycloneDX.
func (r *release) sbom(t Target, program string) error {
	_, err := r.tool(cyclonedx, "bin", "-json", "-noserial", "-notimestamp", "-std",
		"-version", "v"+r.version.String(), "-output", r.add(r.stem(t)+".sbom.json"), program)
	return err
}

// image lays out what an image of a container is made of: docker build --platform linux/amd64 dist.
func (r *release) image(t Target, program string) error {
	dir := filepath.Join(r.Out, "image", t.Arch)
	for _, d := range []string{filepath.Join(dir, "usr/bin"), filepath.Join(dir, "tmp")} {
		if err := os.MkdirAll(d, 0o777); err != nil {
			return err
		}
	}
	if err := os.Chmod(filepath.Join(dir, "tmp"), os.ModeSticky|0o777); err != nil {
		return err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "usr/bin/mtpipe"), data, 0o755); err != nil {
		return err
	}
	recipe, err := os.ReadFile("Dockerfile")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(r.Out, "Dockerfile"), recipe, 0o666)
}
