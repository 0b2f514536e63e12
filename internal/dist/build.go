package dist

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// version is the name of a release: a tag's, or the next one's with the time of the commit.
type version struct {
	base string // 0.1.0
	pre  string // rc.1, git20260131120000 or nothing
}

func (v version) String() string {
	if v.pre == "" {
		return v.base
	}
	return v.base + "-" + v.pre
}

// tag is how a release is tagged.
var tag = regexp.MustCompile(`^v(\d+\.\d+\.\d+)(?:-([0-9A-Za-z.]+))?$`)

// commit finds the time and the version of the checkout, and the program for this machine, which says
// what release its source is.
func (r *release) commit() error {
	said, err := output(nil, "git", "log", "-1", "--format=%ct")
	if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		said, err = epoch, nil
	}
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(said, 10, 64)
	if err != nil {
		return fmt.Errorf("the time of the commit is %q, not a number of seconds", said)
	}
	r.moment = time.Unix(seconds, 0).UTC()
	if said, _ := output(nil, "git", "status", "--porcelain"); said != "" {
		r.tell("the checkout has changes that are in no commit:\n%s", said)
	}
	if said, err := output(nil, "git", "describe", "--exact-match", "--tags", "--match", "v*", "HEAD"); err == nil {
		m := tag.FindStringSubmatch(said)
		if m == nil {
			return fmt.Errorf("the tag %s is no version: vMAJOR.MINOR.PATCH, or with -SUFFIX", said)
		}
		r.version = version{m[1], m[2]}
		return nil
	}
	said, err = output(nil, "go", "run", "./cmd/mtpipe", "--version")
	if err != nil {
		return err
	}
	m := regexp.MustCompile(`^mtpipe (\d+\.\d+\.\d+)`).FindStringSubmatch(said)
	if m == nil {
		return fmt.Errorf("the program says that it is %q", said)
	}
	r.version = version{m[1], "git" + r.moment.Format("20060102150405")}
	return nil
}

// build builds the program for a system, without C and without what tells where it was built. On
// Windows there is no database of time zones, so it holds one.
func (r *release) build(t Target) (string, error) {
	program := filepath.Join(r.work, t.OS+"_"+t.Arch, "mtpipe")
	args := []string{"build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w -buildid=", "-o"}
	if t.OS == "windows" {
		program += ".exe"
		args = append(args, program, "-tags", "timetzdata")
	} else {
		args = append(args, program)
	}
	_, err := output(t.environment(), "go", append(args, "./cmd/mtpipe")...)
	return program, err
}

// environment is what the Go command builds with. What the environment of the caller says about
// processors of later generations does not count.
func (t Target) environment() []string {
	return []string{"GOOS=" + t.OS, "GOARCH=" + t.Arch, "CGO_ENABLED=0", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT="}
}

// output runs a program with more in its environment, and returns what it printed.
func output(more []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), more...)
	var told bytes.Buffer
	cmd.Stderr = &told
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, told.Bytes())
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
