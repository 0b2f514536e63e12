package sinks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// inFolders changes to a directory with a folder named out, and beside it what nothing in out may
// touch: old, and the folder other. In out are links to these and to each other.
func inFolders(t *testing.T) {
	t.Helper()
	stagetest.InDir(t, map[string]string{"old": "old\n"})
	for _, dir := range []string{"out", "out/in", "other", "out/dir"} {
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, leads := range map[string]string{
		"out/link": "../old", "out/dangling": "../new", "out/absolute": filepath.Join(t.TempDir(), "new"), "out/away": "../other", "out/chain": "in/up", "out/in/up": "../../old",
		"out/inside": "in/x", "folder": "out",
	} {
		stagetest.Symlink(t, leads, name)
	}
}

// written returns the regular files below the directory but old, with what is in them.
func written(t *testing.T) map[string]string {
	t.Helper()
	list := make(map[string]string)
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && path != "old" {
			list[path] = stagetest.ReadFile(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := stagetest.ReadFile(t, "old"); got != "old\n" {
		list["old"] = got
	}
	return list
}

// TestNamesFromData wants names that come of values to stay in the folder of the template, and the
// pipeline to go on behind those that do not.
func TestNamesFromData(t *testing.T) {
	long := strings.Repeat("€", 85)
	const bad = "cannot be a part of a file's name"
	for _, c := range []struct {
		name, text, value string
		file, message     string // one of the two
	}{
		{"a name", "split_by it --to 'out/{}'", "a", "out/a", ""},
		{"as it is told", "split_by it --to 'out/{:>03d}-{it:04d}'", "7", "out/007-0007", ""},
		{"dots within", "split_by it --to 'out/{}'", "a..b.", "out/a..b.", ""},
		{"a dot of the template", "split_by it --to 'out/.{}'", "a", "out/.a", ""},
		{"above", "split_by it --to 'out/{}'", "../x", "", bad},
		{"above, a template above", "split_by it --to 'out/in/../{}'", "a", "out/a", ""},
		{"two dots", "split_by it --to 'out/{}'", "..", "", `to would give the name "out/.."`},
		{"two dots of two values", "split_by it --to 'out/{}{}'", ".", "", `to would give the name "out/.."`},
		{"one dot", "split_by it --to 'out/{}/x'", ".", "", `to would give the name "out/."`},
		{"absolute", "split_by it --to '{}'", "/tmp/x", "", bad},
		{"hidden", "split_by it --to 'out/{}'", ".profile", "", "would be hidden"},
		{"hidden by an empty beginning", "split_by it --to 'out/{it[0:0] + it}'", ".x", "", "would be hidden"},
		{"a newline", "split_by it.a --to 'out/{}'", `{"a":"x\ny"}`, "", bad},
		{"an escape", "split_by it.a --to 'out/{}'", `{"a":"x\u001b[2J"}`, "", bad},
		{"DEL", "split_by it.a --to 'out/{}'", `{"a":"x\u007f"}`, "", bad},
		{"C1", "split_by it.a --to 'out/{}'", `{"a":"x\u009b2J"}`, "", bad},
		{"NUL", "split_by it.a --to 'out/{}'", `{"a":"x\u0000"}`, "", bad},
		{"too long", "split_by it --to 'out/{}'", long + "x", "", "has 256 bytes"},
		{"too long with the template", "split_by it --to 'out/{}.txt'", long, "", "has 259 bytes"},
		{"as long as can be", "split_by it --to 'out/{}'", long, "out/" + long, ""},
		{"a link to outside", "split_by it --to 'out/{}'", "link", "", "out/link: a link leads out of the folder"},
		{"a link to what is not there", "split_by it --to 'out/{}'", "dangling", "", "a link leads out of the folder"},
		{"an absolute link", "split_by it --to 'out/{}'", "absolute", "", "a link leads out of the folder"},
		{"a link to a folder", "split_by it --to 'out/{}/x'", "away", "", "a link leads out of the folder"},
		{"a chain of links", "split_by it --to 'out/{}'", "chain", "", "a link leads out of the folder"},
		{"a link within", "split_by it --to 'out/{}'", "inside", "out/in/x", ""},
		{"a folder that is a link", "split_by it --to 'folder/{}'", "a", "out/a", ""},
		{"a folder that is a link, and a link", "split_by it --to 'folder/{}'", "link", "", "a link leads out of the folder"},
		{"anywhere: hidden", "split_by it --anywhere --to 'out/{}'", ".x", "out/.x", ""},
		{"anywhere: above", "split_by it --anywhere --to 'out/{}'", "../x", "x", ""},
		{"anywhere: a link", "split_by it --anywhere --to 'out/{}/x'", "away", "other/x", ""},
		{"anywhere: a newline", "split_by it.a --anywhere --to 'out/{}'", `{"a":"x\ny"}`, "", bad},
		{"anywhere: empty", "split_by it.a --anywhere --to 'out/{}'", `{"a":""}`, "", bad},

		{"a block's value in the template", "each { take_from 1 | split_by it --to \"out/$it-{}\" }", "in/a", "out/in/a-1", ""},
		{"a block's value leads above", "each { take_from 1 | split_by it --to \"out/$it/{}\" }", "in/../..", "", `to would give the name "out/in/.."`},

		{"write", "each { take_from 1 | write out/$it }", "a", "out/a", ""},
		{"write below", "each { take_from 1 | write out/$it }", "./in/a", "out/in/a", ""},
		{"write, dots of a name", "each { take_from 1 | write out/$it.txt }", "a", "out/a.txt", ""},
		{"write above", "each { take_from 1 | write out/$it }", "in/../../x", "", `file would give the name "out/in/.."`},
		{"write two dots", "each { take_from 1 | write out/$it/x }", "..", "", `file would give the name "out/.."`},
		{"write absolute", "each { take_from 1 | write $it }", "/tmp/mtpipe-x", "", "would leave the folder"},
		{"write hidden", "each { take_from 1 | write out/$it }", "in/.x", "", "would be hidden"},
		{"write hidden folder", "each { take_from 1 | write out/$it }", ".ssh/x", "", "would be hidden"},
		{"write empty", "each { take_from 1 | write \"out/$it\" }", "", "", bad},
		{"write, a control character", "jsonl | each { take_from 1 | write out/$it }", `"a\tb"`, "", bad},
		{"write, too long", "each { take_from 1 | write out/$it }", long + "x", "", "has 256 bytes"},
		{"write to a link", "each { take_from 1 | write out/$it }", "link", "", "a link leads out of the folder"},
		{"write through a link", "each { take_from 1 | write out/$it }", "away/x", "", "a link leads out of the folder"},
		{"write to a link of the text", "each { take_from $it | write folder/in/x }", "1", "out/in/x", ""},
		{">", "each { take_from 1 > out/$it }", "in/../../x", "", "would give the name"},
		{"append", "each { take_from 1 | append out/$it }", "link", "", "a link leads out of the folder"},
		{">>", "each { take_from 1 >> \"out/$it\" }", "../x", "", "would give the name"},
		{"a parameter", "def save name { write out/$name }; each { take_from 1 | save $it }", "../x", "", "would give the name"},
		{"write anywhere", "each { take_from 1 | write --anywhere out/$it }", "../x", "x", ""},
		{"append anywhere", "each { take_from 1 | append --anywhere out/$it }", ".x", "out/.x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			inFolders(t)
			text := c.text
			if strings.HasPrefix(c.value, "{") {
				text = "jsonl | " + text
			}
			_, err := stagetest.Run(t, text, c.value+"\n")
			got := written(t)
			if c.message != "" {
				if err == nil || !strings.Contains(err.Error(), c.message) || len(got) > 0 {
					t.Errorf("%s: got %v and files %q, want the error %q and none", c.text, err, got, c.message)
				}
				return
			}
			if _, ok := got[c.file]; err != nil || !ok || len(got) != 1 {
				t.Errorf("%s: got %v and files %q, want %s", c.text, err, got, c.file)
			}
		})
	}
}

// TestNamesAreErrorsOfValues wants a value that cannot choose a name to be left out alone.
func TestNamesAreErrorsOfValues(t *testing.T) {
	inFolders(t)
	_, err := stagetest.Run(t, "split_by it --on-error skip --to 'out/{}'", "a\n../x\n.h\nlink\n"+strings.Repeat("x", 300)+"\nb\na\n")
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t); len(got) != 2 || got["out/a"] != "a\na\n" || got["out/b"] != "b\n" {
		t.Errorf("got %q, want a and b", got)
	}
}

// TestLongNames writes files whose names are as long as names can be: what is written beside them
// for the time being needs no longer one.
func TestLongNames(t *testing.T) {
	three, one := strings.Repeat("€", 84), strings.Repeat("x", 255)
	for _, c := range []struct{ text, file, want string }{
		{"seq 2 | write " + three, three, "1\n2\n"},
		{"seq 2 > " + one, one, "1\n2\n"},
		{"seq 2 | append " + three, three, "1\n2\n"},
		{"seq 2 >> " + one, one, "1\n2\n"},
		{"seq 1 | split_by it --to '" + three[:252-3] + "{}'", three[:252-3] + "1", "1\n"},
		{"seq 1 | split_by it --to '" + one[1:] + "{}'", one[1:] + "1", "1\n"},
	} {
		for _, old := range []map[string]string{nil, {c.file: ""}} {
			dir := stagetest.InDir(t, old)
			if _, err := stagetest.Run(t, c.text, ""); err != nil {
				t.Errorf("%s: %v", stagetest.Clip(c.text), err)
				continue
			}
			stagetest.WantFiles(t, dir, map[string]string{c.file: c.want})
		}
	}
}
