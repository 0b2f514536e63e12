package bench_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"mtpipe/internal/bench"
)

var update = flag.Bool("update", false, "write the log of the examples again")

// TestShippedLog wants the small log of the examples to be what the generator writes.
func TestShippedLog(t *testing.T) {
	const file = "../../examples/data/access.log"
	want := accessLog(t, 8500, 44521)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(file); string(got) != want {
		t.Errorf("%s is stale; to mend it: go test ./internal/bench -run TestShippedLog -update", file)
	}
}

func accessLog(t *testing.T, size, seed int64) string {
	t.Helper()
	return written(t, bench.WriteAccessLog, size, seed)
}

func TestWriteAccessLog(t *testing.T) {
	const size = 4 << 20
	log := accessLog(t, size, 1)
	lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
	form := regexp.MustCompile(`^10\.\d+\.\d+\.\d+ - - \[\d\d/Jan/2026:\d\d:\d\d:\d\d \+0000\] "GET /\S* HTTP/1\.1" \d{3} \d+ "\S+" "[^"]+"$`)
	seen := make(map[string]bool)
	failed := 0
	for _, l := range lines {
		if !form.MatchString(l) {
			t.Fatalf("got line %q, want one in the combined format", l)
		}
		address, _, _ := strings.Cut(l, " ")
		seen[address] = true
		if strings.Contains(l, `" 500 `) {
			failed++
		}
	}
	for _, c := range []struct {
		name           string
		got, low, high int
	}{
		{"bytes", len(log), size, size + 200},
		{"bytes a line", len(log) / len(lines), 128, 138},
		{"addresses", len(seen), 3100, 3200},
		{"failures in a thousand", 1000 * failed / len(lines), 95, 105},
	} {
		if c.got < c.low || c.got > c.high {
			t.Errorf("%s: got %d, want %d to %d", c.name, c.got, c.low, c.high)
		}
	}
}

func TestWriteAccessLogIsRepeatable(t *testing.T) {
	first := accessLog(t, 10_000, 7)
	if first != accessLog(t, 10_000, 7) {
		t.Error("got different lines for one seed, want the same")
	}
	if first == accessLog(t, 10_000, 8) {
		t.Error("got the same lines for two seeds, want others")
	}
}
