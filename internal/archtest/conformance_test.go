package archtest_test

import (
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"mtpipe/internal/archtest"
)

var update = flag.Bool("update", false, "write docs/conformance.md again")

// TestConformance wants a test for every promise that is kept already, and the page about
// them to name no test or file that is not there.
func TestConformance(t *testing.T) {
	tree := source(t)
	if *update {
		if err := os.WriteFile("../../"+archtest.ConformancePage, []byte(archtest.Conformance(tree)), 0o666); err != nil {
			t.Fatal(err)
		}
		tree = source(t)
	}
	complaints := archtest.CheckConformance(tree)
	for _, c := range complaints {
		t.Error(c)
	}
	if len(complaints) > 0 {
		t.Log("to write the page again: go test ./internal/archtest -run TestConformance -update")
	}
}

func TestTests(t *testing.T) {
	tree := load(t, fstest.MapFS{
		"pipe/a_test.go": {Data: []byte(`package pipe_test
func TestE5_Closed() { rows("E4 close", "E44", "no E3 row", "D6") }
func TestD4D5_Both() {}
func TestH5_H6_Both() {}
func TestHex() {}
func FuzzF5_Trees() {}
func ExamplePipe_k5DeadReader() {}
func Example_k6Threads() {}
func Example_other() {}
func helper() { rows("A1 not in a test") }
`)},
		"cmd/mtpipe/testdata/x.txtar": {Data: []byte("# K8 Errors end it.\nexec mtpipe x\n")},
	})
	got := archtest.Tests(tree)
	for id, want := range map[string][]string{
		"E5": {"TestE5_Closed"}, "E4": {"TestE5_Closed"}, "E44": {"TestE5_Closed"}, "D6": {"TestE5_Closed"},
		"E3": nil, "A1": nil, "D4": {"TestD4D5_Both"}, "D5": {"TestD4D5_Both"}, "H5": {"TestH5_H6_Both"}, "H6": {"TestH5_H6_Both"},
		"F5": {"FuzzF5_Trees"}, "K5": {"ExamplePipe_k5DeadReader"}, "K6": {"Example_k6Threads"}, "K8": {"cmd/mtpipe/testdata/x.txtar"},
	} {
		if !slices.Equal(got[id], want) {
			t.Errorf("%s: got %v, want %v", id, got[id], want)
		}
	}
}

// TestConformanceFails shows the check a page that is wrong about an empty tree.
func TestConformanceFails(t *testing.T) {
	page := archtest.Conformance(load(t, fstest.MapFS{}))
	for _, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(line, "| E5 |") {
			page = strings.Replace(page, line, strings.TrimSuffix(line, "|")+"`TestE5_Gone` |", 1)
		}
		if strings.HasPrefix(line, "| E6 |") {
			page = strings.Replace(page, line, "", 1)
		}
	}
	var got []string
	for _, c := range archtest.CheckConformance(load(t, fstest.MapFS{archtest.ConformancePage: {Data: []byte(page)}})) {
		got = append(got, c.Msg)
	}
	for _, want := range []string{
		"no test bears E4: Closing ends the reader's iteration",
		"E4 is kept in pipe/pipe.go, which is not there",
		"E5 names TestE5_Gone, which is not there or does not bear the id",
		"the row of E6 is stale or missing",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("got no complaint %q", want)
		}
	}
	if slices.Contains(got, "no test bears I2: A question of the original environment") {
		t.Error("got a complaint about an id that needs no test")
	}
}

// TestEveryIDOnce wants the ids in order, each once.
func TestEveryIDOnce(t *testing.T) {
	for _, c := range archtest.Chapters {
		for i, p := range c.Promises {
			if want := c.Title[:1] + strconv.Itoa(i+1); p.ID != want {
				t.Errorf("got id %s, want %s", p.ID, want)
			}
		}
	}
}
