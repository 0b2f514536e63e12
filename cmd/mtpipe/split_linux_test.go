package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// awaitNameless waits until a run has so many files without a name open in its directory.
func (s *started) awaitNameless(n int) {
	s.t.Helper()
	count := 0
	for by := time.Now().Add(patience); time.Now().Before(by); time.Sleep(time.Millisecond) {
		count = 0
		fds, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
		for _, fd := range fds {
			name, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", s.cmd.Process.Pid, fd.Name()))
			if strings.HasPrefix(name, s.dir+"/") && strings.HasSuffix(name, " (deleted)") {
				count++
			}
		}
		if count == n {
			return
		}
	}
	_ = s.cmd.Process.Kill()
	s.t.Fatalf("got %d files without a name, want %d; %s", count, n, s.stderr.String())
}

// texts returns the files of a directory; a directory in it ends in a slash.
func texts(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, e := range list {
		if e.IsDir() {
			all[e.Name()+"/"] = ""
			continue
		}
		all[e.Name()] = fileText(t, filepath.Join(dir, e.Name()))
	}
	return all
}

// TestSplitBy_AllOrNone has one of the files not get into its place at the end, since a directory
// is there meanwhile: the others are what they were.
func TestSplitBy_AllOrNone(t *testing.T) {
	for _, wrong := range []string{"a", "c", "e"} {
		t.Run(wrong, func(t *testing.T) {
			s := &started{t: t, cmd: process(t, "split_by it[0:1] --to {}"), dir: t.TempDir()}
			want := map[string]string{wrong + "/": ""}
			for _, name := range []string{"b", "d"} {
				writeFile(t, filepath.Join(s.dir, name), []byte("old\n"))
				want[name] = "old\n"
			}
			s.begin()
			_, _ = io.WriteString(s.stdin, "a1\nb1\nc1\nd1\ne1\na2\n")
			s.awaitNameless(5)
			if err := os.Mkdir(filepath.Join(s.dir, wrong), 0o700); err != nil {
				t.Fatal(err)
			}
			_ = s.stdin.Close()
			s.end(1, "")
			if got := s.stderr.String(); !strings.Contains(got, "split_by: "+wrong+": file exists") || strings.Contains(got, "already") {
				t.Errorf("got %q, want that there is something else, and no file in its place", got)
			}
			if got := texts(t, s.dir); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// TestSplitBy_Killed kills a run that writes many files, with kill -9: nothing is left of them.
func TestSplitBy_Killed(t *testing.T) {
	s := &started{t: t, cmd: process(t, "split_by it --to p{}"), dir: t.TempDir()}
	writeFile(t, filepath.Join(s.dir, "p7"), []byte("old\n"))
	s.begin()
	for i := range 900 {
		_, _ = fmt.Fprintln(s.stdin, i)
	}
	s.awaitNameless(900)
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	if got := texts(t, s.dir); fmt.Sprint(got) != "map[p7:old\n]" {
		t.Errorf("got %d files, %.200q, want only what was there", len(got), fmt.Sprint(got))
	}
}

// TestSplitBy_FewDescriptors writes more files than the process may have open.
func TestSplitBy_FewDescriptors(t *testing.T) {
	dir := t.TempDir()
	cmd := limitedCommand(t, 20, "seq 300 | map 'it % 100' | split_by it --to p{}")
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	got := texts(t, dir)
	for i := range 100 {
		if name := fmt.Sprint("p", i); got[name] != strings.Repeat(fmt.Sprintln(i), 3) {
			t.Errorf("%s: got %q, want the number three times", name, got[name])
		}
	}
	if len(got) != 100 {
		t.Errorf("got %d files, want 100", len(got))
	}
}
