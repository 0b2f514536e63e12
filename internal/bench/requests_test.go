package bench_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mtpipe/internal/bench"
)

func written(t *testing.T, write func(io.Writer, int64, int64) error, rows, seed int64) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, rows, seed); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRequestsAgree wants the CSV rows and the JSON lines to tell the same, as the parsers of
// the standard library read them.
func TestRequestsAgree(t *testing.T) {
	const rows = 20_000
	table, err := csv.NewReader(strings.NewReader(written(t, bench.WriteCSV, rows, 1))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header := []string{"id", "ts", "host", "path", "status", "bytes", "ms", "user"}
	if !slices.Equal(table[0], header) || len(table) != rows+1 {
		t.Fatalf("got %d rows, the first %q, want %d, the first %q", len(table), table[0], rows+1, header)
	}
	d := json.NewDecoder(strings.NewReader(written(t, bench.WriteJSONLines, rows, 1)))
	d.UseNumber()
	lists := make(map[int]bool)
	for _, row := range table[1:] {
		var record map[string]any
		if err := d.Decode(&record); err != nil {
			t.Fatal(err)
		}
		for i, name := range header {
			if got := fmt.Sprint(record[name]); got != row[i] {
				t.Fatalf("record %s: got %s %q as JSON and %q as CSV, want the same", row[0], name, got, row[i])
			}
		}
		tags, ok := record["tags"].([]any)
		if !ok || len(record) != len(header)+1 {
			t.Fatalf("record %s: got the fields %v, want a list of tags besides those of CSV", row[0], record)
		}
		lists[len(tags)] = true
	}
	if d.More() || len(lists) < 3 {
		t.Errorf("got more records, or lists of tags of the lengths %v; want %d records and three lengths", lists, rows)
	}
}

// TestRequestsAreRealistic looks at what the jobs count on.
func TestRequestsAreRealistic(t *testing.T) {
	const rows = 20_000
	text, lines := written(t, bench.WriteCSV, rows, 1), written(t, bench.WriteJSONLines, rows, 1)
	table, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	hosts, paths, failed := make(map[string]bool), make(map[string]bool), 0
	for _, row := range table[1:] {
		hosts[row[2]], paths[row[3]] = true, true
		if row[4] >= "500" {
			failed++
		}
	}
	for _, c := range []struct {
		name           string
		got, low, high int
	}{
		{"bytes a row of CSV", len(text) / rows, 56, 64},
		{"bytes a line of JSON", len(lines) / rows, 130, 142},
		{"bytes a line of text", len(written(t, bench.WriteText, rows, 1)) / rows, 60, 70},
		{"hosts", len(hosts), 50, 50},
		{"paths", len(paths), 3500, 4000},
		{"failures in a thousand", 1000 * failed / rows, 27, 33},
		{"quotes in CSV, in a thousand", 1000 * strings.Count(text, `""`) / rows, 20, 100},
		{"escaped quotes in JSON, in a thousand", 1000 * strings.Count(lines, `\"`) / rows, 20, 100},
		{"escaped backslashes in JSON, in a thousand", 1000 * strings.Count(lines, `\\`) / rows, 20, 100},
		{"escaped letters in JSON, in a thousand", 1000 * strings.Count(lines, `\u00`) / rows, 5, 20},
	} {
		if c.got < c.low || c.got > c.high {
			t.Errorf("%s: got %d, want %d to %d", c.name, c.got, c.low, c.high)
		}
	}
}

func TestDataAreRepeatable(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(io.Writer, int64, int64) error
	}{
		{"CSV", bench.WriteCSV},
		{"JSON lines", bench.WriteJSONLines},
		{"text", bench.WriteText},
		{"long CSV", bench.WriteLong},
		{"ragged CSV", bench.WriteRagged},
		{"xtab", bench.WriteXtab},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := written(t, c.write, 100, 7)
			if got := written(t, c.write, 100, 7); got != first {
				t.Error("got different rows for one seed, want the same")
			}
			if got := written(t, c.write, 200, 7); !strings.HasPrefix(got, first) {
				t.Error("got different rows for another number of rows, want the same and more")
			}
			if got := written(t, c.write, 100, 8); got == first {
				t.Error("got the same rows for two seeds, want others")
			}
		})
	}
}

func TestMakeFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	f, err := bench.MakeFiles(dir, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(f.CSV); string(b) != written(t, bench.WriteCSV, 100, 1) {
		t.Errorf("got other rows in %s than WriteCSV writes", f.CSV)
	}
	if b, _ := os.ReadFile(f.Text); int64(len(b)) != f.TextSize || f.TextSize == 0 {
		t.Errorf("got %d as the size of the text, want %d", f.TextSize, len(b))
	}
	if err := os.WriteFile(f.CSV, []byte("kept"), 0o666); err != nil {
		t.Fatal(err)
	}
	again, err := bench.MakeFiles(dir, 100, 1)
	if b, _ := os.ReadFile(f.CSV); err != nil || again != f || string(b) != "kept" {
		t.Errorf("got %v, %v and a file with %.20q, want the same files, not made again", again, err, b)
	}
	if other, err := bench.MakeFiles(dir, 101, 1); err != nil || other.CSV == f.CSV {
		t.Errorf("got %s, %v for another number of rows, want another file", other.CSV, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 18 {
		t.Errorf("got %d files, want 18", len(left))
	}
}
