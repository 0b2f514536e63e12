package docs_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const cookbook = "docs/cookbook.md"

// recipe is a job of the cookbook.
type recipe struct {
	job
	group string
	line  int
}

// longer are the jobs whose line may be longer than the other one by more than a fifth, with
// the reason.
var longer = map[string]string{}

// readCookbook returns the jobs of the cookbook: under each heading the line of another program
// in a block of sh, then a block of console.
func readCookbook(t *testing.T, text string) (list []recipe) {
	t.Helper()
	blocks := regexp.MustCompile("(?ms)^(?:```(sh|console)\n(.*?)^```$|(##|###) ([^\n]+)$)")
	var group string
	for _, m := range blocks.FindAllStringSubmatchIndex(text, -1) {
		at := 1 + strings.Count(text[:m[0]], "\n")
		if m[2] < 0 { // a heading
			if title := text[m[8]:m[9]]; text[m[6]:m[7]] == "##" {
				group = title
			} else {
				list = append(list, recipe{job: job{title: title}, group: group, line: at})
			}
			continue
		}
		if len(list) == 0 {
			continue
		}
		r := &list[len(list)-1]
		switch text[m[2]:m[3]] {
		case "sh":
			if r.there != "" {
				t.Errorf("%s:%d: got a second line of another program, want one", cookbook, at)
			}
			r.there = strings.TrimSpace(text[m[4]:m[5]])
		case "console":
			r.addSteps(readSteps(text[m[4]:m[5]], m[4]))
		}
	}
	for _, r := range list {
		if r.there == "" || r.here.command == "" {
			t.Fatalf("%s:%d: %s: got no two lines, want one of another program and one of mtpipe", cookbook, r.line, r.title)
		}
		if r.here.want == "" && len(r.after) == 0 && !*update {
			t.Errorf("%s:%d: %s: got no output, want some, or a command that looks at what was written", cookbook, r.line, r.title)
		}
	}
	return list
}

// addSteps adds commands: the first of mtpipe is the job's line. One that runs beside the others
// is, where the job is a server; elsewhere it is what the others need.
func (r *recipe) addSteps(steps []step) {
	for _, s := range steps {
		switch {
		case r.here.command != "":
			r.after = append(r.after, s)
		case strings.Contains(s.command, "mtpipe ") && (!strings.HasSuffix(s.command, "&") || r.group == "Servers"):
			r.here = s
		default:
			r.before = append(r.before, s)
		}
	}
}

// readSteps returns the commands of a block of console, which stand after "$ ", or "> " where
// one goes on; the lines after each are what it prints. The block begins at the byte from.
func readSteps(block string, from int) (list []step) {
	for line := range strings.Lines(block) {
		to := from + len(line)
		command, begins := strings.CutPrefix(line, "$ ")
		more, goesOn := strings.CutPrefix(line, "> ")
		switch {
		case begins:
			list = append(list, step{command: strings.TrimSuffix(command, "\n"), from: to, to: to})
		case goesOn && list[len(list)-1].to == from && list[len(list)-1].want == "":
			s := &list[len(list)-1]
			s.command += "\n" + strings.TrimSuffix(more, "\n")
			s.from, s.to = to, to
		default:
			s := &list[len(list)-1]
			s.want += line
			s.to = to
		}
		from = to
	}
	for i := range list {
		list[i].want = strings.TrimSuffix(list[i].want, "\n")
	}
	return list
}

// TestCookbook runs each job of the cookbook, and the line of the other program in a folder of
// its own, where that is installed: both give the same answer, and ours is not longer by more
// than a fifth. With -update, what ours print is written into the cookbook.
func TestCookbook(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh")
	}
	text, err := os.ReadFile(filepath.Join(project, cookbook))
	if err != nil {
		t.Fatal(err)
	}
	list := readCookbook(t, string(text))
	if len(list) < 72 { // those of other tools' users, which are 32, and forty more
		t.Errorf("got %d jobs, want 72", len(list))
	}
	ran := make([]job, len(list))
	home := t.TempDir()
	t.Run("jobs", func(t *testing.T) {
		for i, r := range list {
			t.Run(fmt.Sprintf("%d:%s", r.line, r.title), func(t *testing.T) {
				t.Parallel()
				r.home = home
				ran[i] = r.runHere(t)
				r.checkWants(t, ran[i])
				r.checkLength(t)
				t.Run("there", ran[i].runThere)
			})
		}
	})
	if *update {
		updateCookbook(t, string(text), ran)
	}
	checkJobsPage(t, list)
}

func (r recipe) checkWants(t *testing.T, ran job) {
	if *update {
		return
	}
	steps := ran.steps()
	for i, s := range r.steps() {
		if got := steps[i].want; got != s.want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", s.command, got, s.want)
		}
	}
}

func (r recipe) checkLength(t *testing.T) {
	here, there := characters(r.here.command), characters(r.there)
	_, allowed := longer[r.title]
	if is := 5*here > 6*there; is != allowed {
		t.Errorf("got %d characters beside %d, longer by more than a fifth: %v, want %v\n%s\n%s", here, there, is, allowed, r.here.command, r.there)
	}
}

// updateCookbook writes what the commands print into the cookbook.
func updateCookbook(t *testing.T, text string, ran []job) {
	var steps []step
	for _, j := range ran {
		steps = append(steps, j.steps()...)
	}
	slices.Reverse(steps)
	for _, s := range steps {
		want := s.want
		if want != "" {
			want += "\n"
		}
		if s.command == "" {
			t.Fatal("got a job that did not run, want none")
		}
		text = text[:s.from] + want + text[s.to:]
	}
	if err := os.WriteFile(filepath.Join(project, cookbook), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

const jobsPage = "docs/jobs.md"

// checkJobsPage compares the table of jobs with the cookbook.
func checkJobsPage(t *testing.T, list []recipe) {
	file := filepath.Join(project, jobsPage)
	want := writeJobsPage(list)
	if *update {
		if err := os.WriteFile(file, want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := os.ReadFile(file); !bytes.Equal(got, want) {
		t.Errorf("%s is stale; to mend it: go test ./docs -run TestCookbook -update", jobsPage)
	}
}

func writeJobsPage(list []recipe) []byte {
	var ratios []float64
	shorter := 0
	for _, r := range list {
		here, there := characters(r.here.command), characters(r.there)
		ratios = append(ratios, float64(here)/float64(there))
		if here < there {
			shorter++
		}
	}
	slices.Sort(ratios)
	var b bytes.Buffer
	fmt.Fprintf(&b, `# Jobs: their characters and ours

The jobs of the [cookbook](cookbook.md), with how many characters a line of another program has and
how many ours has: from the first to the last, the name of the program, options and quotes among
them. Of %d jobs, ours is shorter in %d; half of them have at most %.2f of the other's characters.
This page is written by a test: `+"`go test ./docs -run TestCookbook -update`"+`.
`, len(list), shorter, ratios[len(ratios)/2])
	group := ""
	for _, r := range list {
		if r.group != group {
			group = r.group
			fmt.Fprintf(&b, "\n## %s\n\n| job | beside | theirs | ours | ratio |\n|---|---|--:|--:|--:|\n", group)
		}
		here, there := characters(r.here.command), characters(r.there)
		fmt.Fprintf(&b, "| [%s](cookbook.md#%s) | %s | %d | %d | %.2f |\n", r.title, anchor(r.title), programOf(r.there), there, here, float64(here)/float64(there))
	}
	if len(longer) > 0 {
		fmt.Fprintf(&b, "\nLonger by more than a fifth:\n\n")
		for _, r := range list {
			if why := longer[r.title]; why != "" {
				fmt.Fprintf(&b, "- %s: %s.\n", r.title, why)
			}
		}
	}
	return b.Bytes()
}

// anchor returns what GitHub makes of a heading.
func anchor(title string) string {
	title = strings.ReplaceAll(strings.ToLower(title), " ", "-")
	return regexp.MustCompile(`[^\p{L}\p{N}_-]`).ReplaceAllString(title, "")
}

// programOf returns the names of the programs of a line.
func programOf(line string) string {
	var names []string
	for _, m := range regexp.MustCompile(`(?:^|[|;&(]|&&|\n)\s*([a-z][a-z0-9]*)`).FindAllStringSubmatch(quotedText.ReplaceAllString(line, ""), -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	return strings.Join(names, ", ")
}

var quotedText = regexp.MustCompile(`(?s)'[^']*'|"(?:[^"\\]|\\.)*"`)
