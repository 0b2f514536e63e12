package torture

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// shortTest names, in a program that the tests start of themselves, a file to be read once by each of
// some threads.
const shortTest = "TORTURE_SHORT"

func TestMain(m *testing.M) {
	if name := os.Getenv(shortTest); name != "" {
		os.Exit(readOnce(name))
	}
	os.Exit(m.Run())
}

// readOnce returns how many of forty reads by many goroutines have got less than there is.
func readOnce(name string) (less int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range 40 {
		wg.Go(func() {
			f, err := os.Open(name)
			if err != nil {
				panic(err)
			}
			defer f.Close()
			if n, _ := f.Read(make([]byte, 1000)); n < 1000 {
				mu.Lock()
				less++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return less
}

// TestShortener wants reads of all threads, and writes, to be short at times, and what a program
// that goes on after them writes to be the same.
func TestShortener(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	text := strings.Repeat("0123456789", 20000)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(words ...string) (status, shortened int, written string) {
		t.Helper()
		var out bytes.Buffer
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Env, cmd.Stdout, cmd.SysProcAttr = append(os.Environ(), shortTest+"="+name), &out, ownGroup()
		s := &shortener{Rand: rand.New(rand.NewPCG(1, 2))}
		began := false
		status, err := s.run(cmd, func() { began = true })
		if err != nil {
			t.Skip("programs cannot be traced:", err)
		}
		if !began {
			t.Error("was not told that the program has started")
		}
		return status, s.shortened, out.String()
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if less, shortened, _ := run(self); less == 0 || less > shortened {
		t.Errorf("got %d short reads and %d short calls", less, shortened)
	}
	if status, shortened, out := run("cat", name); status != 0 || shortened == 0 || out != text {
		t.Errorf("cat: got the status %d, %d short calls and %d bytes, want 0, some, and %d", status, shortened, len(out), len(text))
	}
	if status, _, out := run("sh", "-c", "printf x; exit 3"); status != 3 || out != "x" {
		t.Errorf("sh: got the status %d and %q", status, out)
	}
	if status, _, _ := run("sh", "-c", "kill -9 $$"); status != -1 {
		t.Errorf("got the status %d of a program that a signal has ended", status)
	}
}
