package dist

import (
	"fmt"
	"path/filepath"
	"strings"
)

// archived is an archive that a manifest names.
type archived struct{ url, sum string }

// archives returns the archives that were made.
func (r *release) archives() (map[Target]archived, error) {
	list := make(map[Target]archived)
	for _, t := range r.Targets {
		name := r.archiveName(t)
		sum, err := sumOf(filepath.Join(r.Out, name))
		if err != nil {
			return nil, err
		}
		list[t] = archived{strings.TrimSuffix(r.URL, "/") + "/" + name, sum}
	}
	return list, nil
}

// formula returns a formula for Homebrew.
func (r *release) formula(archives map[Target]archived) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "class Mtpipe < Formula\n  desc %q\n  homepage %q\n  version %q\n  license \"MIT\"\n", summary, r.URL, r.version)
	for _, system := range []struct{ os, block string }{{"darwin", "on_macos"}, {"linux", "on_linux"}} {
		fmt.Fprintf(&b, "\n  %s do\n", system.block)
		for _, cpu := range []struct{ arch, block string }{{"amd64", "on_intel"}, {"arm64", "on_arm"}} {
			a, ok := archives[Target{system.os, cpu.arch}]
			if !ok {
				return "", fmt.Errorf("there is no archive for %s/%s", system.os, cpu.arch)
			}
			fmt.Fprintf(&b, "    %s do\n      url %q\n      sha256 %q\n    end\n", cpu.block, a.url, a.sum)
		}
		b.WriteString("  end\n")
	}
	b.WriteString(`
  def install
    bin.install "mtpipe"
    man1.install Dir["man/*.1"]
    man7.install Dir["man/*.7"]
    bash_completion.install "completions/mtpipe.bash" => "mtpipe"
    zsh_completion.install "completions/_mtpipe"
    fish_completion.install "completions/mtpipe.fish"
  end

  test do
    assert_equal "6\n", shell_output("#{bin}/mtpipe 'range 4 | sum'")
  end
end
`)
	return b.String(), nil
}

// scoop returns a manifest for Scoop.
func (r *release) scoop(archives map[Target]archived) (string, error) {
	systems := make(map[string]any)
	for name, arch := range map[string]string{"64bit": "amd64", "arm64": "arm64"} {
		t := Target{"windows", arch}
		a, ok := archives[t]
		if !ok {
			return "", fmt.Errorf("there is no archive for %s", t)
		}
		systems[name] = map[string]string{"url": a.url, "hash": a.sum, "extract_dir": r.stem(t)}
	}
	return indented(map[string]any{
		"version": r.version.String(), "description": summary, "homepage": r.URL, "license": "MIT",
		"architecture": systems, "bin": "mtpipe.exe",
	})
}
