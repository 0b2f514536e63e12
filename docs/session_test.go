package docs_test

import (
	"fmt"
	"html"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

// sessionCommands are what the picture of README.md shows.
var sessionCommands = []string{
	`mtpipe 'lines examples/data/access.log | grep " 500 " | field 1 | count_by | top 3 count' -o table`,
	`mtpipe 'csv examples/data/orders.csv | filter "prize > 10"'`,
	`mtpipe 'csv examples/data/orders.csv | filter "price > 10" | select item price day' -o table`,
	`printf '3\n1\nx\n2\n' | mtpipe 'map "it * 2"'`,
	`mtpipe 'repeat hello | head 1'`,
}

// TestSession runs the commands of the picture and wants the picture to be what they print; -update
// draws it.
func TestSession(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	var lines []string
	for _, c := range sessionCommands {
		cmd := exec.Command("sh", "-c", c)
		cmd.Dir = project
		out, _ := cmd.CombinedOutput()
		lines = append(lines, "$ "+c)
		lines = append(lines, strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")...)
	}
	got := drawSession(lines)
	if *update {
		if err := os.WriteFile("session.svg", got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("session.svg")
	if err != nil || string(want) != string(got) {
		t.Errorf("docs/session.svg is stale (%v); to mend it: go test ./docs -run TestSession -update", err)
	}
}

// drawSession returns lines of a terminal as SVG: what was typed is bright, messages are red.
func drawSession(lines []string) []byte {
	const width, height, margin = 8.4, 20, 16
	longest := 0
	for _, l := range lines {
		longest = max(longest, utf8.RuneCountInString(l))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">`+"\n",
		float64(longest)*width+2*margin, len(lines)*height+2*margin)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#1e1e2e"/>` + "\n")
	for i, l := range lines {
		colour := "#bac2de"
		switch {
		case strings.HasPrefix(l, "$ "):
			colour = "#a6e3a1"
		case strings.HasPrefix(l, "mtpipe: "):
			colour = "#f38ba8"
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s" xml:space="preserve">%s</text>`+"\n", margin, margin+height*i+15, colour, html.EscapeString(l))
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}
