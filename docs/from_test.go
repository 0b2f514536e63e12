package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"mtpipe/docs"
)

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// TestComingFrom runs the pairs of lines in the topics from-…: that of the other program, where
// it is installed, and ours give the same answer. What ours print is kept in testdata/from,
// for where it is not; -update writes that.
func TestComingFrom(t *testing.T) {
	home := t.TempDir()
	for _, topic := range docs.Topics() {
		name, is := strings.CutPrefix(topic.Name, "from-")
		if !is {
			continue
		}
		t.Run(name, func(t *testing.T) {
			list := readPairs(t, name, topic.Text)
			if len(list) < 20 {
				t.Errorf("got %d pairs, want 20", len(list))
			}
			ran := make([]job, len(list))
			file := filepath.Join("testdata", "from", name+".txt")
			kept := readKept(file)
			t.Run("pairs", func(t *testing.T) {
				for i, j := range list {
					j.home = home
					t.Run(j.title, func(t *testing.T) {
						t.Parallel()
						ran[i] = j.runHere(t)
						want := kept[j.title]
						if same := ran[i].here.want == want || strings.HasSuffix(j.title, "in any order") && sameAnswer(want, ran[i].here.want, false, true); !same && !*update {
							t.Errorf("%s\ngot\n%s\nwant\n%s", j.here.command, ran[i].here.want, want)
						}
						t.Run("there", ran[i].runThere)
					})
				}
			})
			if *update {
				writeKept(t, file, ran)
			}
		})
	}
}

// readPairs returns the pairs of lines in the blocks of sh: after a comment, which is the
// title, the line of the other program and ours.
func readPairs(t *testing.T, name, text string) (list []job) {
	t.Helper()
	seen := map[string]bool{}
	for _, b := range shellBlock.FindAllStringSubmatch(text, -1) {
		for pair := range strings.SplitSeq(strings.TrimSpace(b[1]), "\n\n") {
			lines := strings.Split(pair, "\n")
			title, is := strings.CutPrefix(lines[0], "# ")
			if !is || len(lines) != 3 || !strings.Contains(lines[2], "mtpipe ") || seen[title] {
				t.Fatalf("%s: got %q, want a comment, which no other pair has, and two lines, the second of mtpipe", name, pair)
			}
			seen[title] = true
			list = append(list, job{title: title, there: inProgram(name, lines[1]), here: step{command: lines[2]}})
		}
	}
	return list
}

// inProgram returns the line of the shell that runs a line of a program with a language.
func inProgram(name, line string) string {
	switch name {
	case "sql":
		return "sqlite3 :memory: <<'END'\n" + tables + line + ";\nEND"
	case "nushell":
		return "nu -c '" + strings.ReplaceAll(line, "'", `'\''`) + "'"
	}
	return line
}

// tables are the files that the queries of the topic from-sql use.
const tables = `.mode csv
.headers on
CREATE TABLE orders(id TEXT, customer TEXT, item TEXT, quantity INTEGER, price REAL, day TEXT);
.import --skip 1 orders.csv orders
CREATE TABLE quarters(shop TEXT, quarter TEXT, sales INTEGER);
.import --skip 1 quarters.csv quarters
CREATE TABLE cities(shop TEXT, city TEXT);
.import --skip 1 cities.csv cities
CREATE TABLE buses(day TEXT, bus TEXT, stop TEXT);
.import --skip 1 buses.csv buses
CREATE TABLE sales(shop TEXT, q1 INTEGER, q2 INTEGER, q3 INTEGER);
.import --skip 1 sales.csv sales
CREATE TABLE wanted(line TEXT);
.import wanted wanted
CREATE TABLE present(line TEXT);
.import present present
`

// readKept returns what lines have printed, by their titles.
func readKept(file string) map[string]string {
	kept := map[string]string{}
	if a, err := txtar.ParseFile(file); err == nil {
		for _, f := range a.Files {
			kept[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
		}
	}
	return kept
}

func writeKept(t *testing.T, file string, ran []job) {
	t.Helper()
	var b strings.Builder
	b.WriteString("What the lines of mtpipe print, by the titles of their pairs.\n")
	for _, j := range ran {
		fmt.Fprintf(&b, "-- %s --\n%s\n", j.title, j.here.want)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
