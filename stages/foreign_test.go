package stages_test

import (
	"regexp"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestForeignNames wants what is said of each name to be a pipeline, and the name to be no stage
// and to stand once.
func TestForeignNames(t *testing.T) {
	registry := pipeline.NewRegistry(stages.All()...)
	seen := make(map[string]bool)
	for _, a := range registry.Answers() {
		if _, err := pipeline.Compile(a.Use, "", pipeline.Scope{Registry: registry}, pipeline.Settings{}); err != nil {
			t.Errorf("%s: %s: got error %v", a.Name, a.Use, err)
		}
		if seen[strings.ToLower(a.Name)] {
			t.Errorf("%s: got two answers, want one", a.Name)
		}
		seen[strings.ToLower(a.Name)] = true
	}
	if len(seen) < 100 {
		t.Errorf("got answers to %d names, want at least 100", len(seen))
	}
}

// TestUnknownStageIsAnswered wants the error of a stage that is not there to say what does the same
// where the name is known from elsewhere.
func TestUnknownStageIsAnswered(t *testing.T) {
	for text, want := range map[string]string{
		"cat notes.txt":               "1: there is no stage cat; cat is lines here: lines notes.txt",
		"lines a | wc -l":             "11: there is no stage wc; wc -l is count here: lines notes.txt | count",
		"SELECT a FROM b":             "1: there is no stage SELECT; SELECT is select and map here, WHERE is filter, and the file comes first: csv orders.csv | filter 'price > 10' | select shop price",
		"mlr --icsv cat a":            "1: there is no stage mlr; the verbs of Miller are stages, csv and json say what is read: csv orders.csv | filter 'price > 10' | sort --by price",
		"awk '{print $1}'":            "1: there is no stage awk; awk '{print $1}' is field 1 here, and $3 > 5 is filter: lines access.log | field 1",
		"def cat { lines }; cat":      "",
		"lines | cutt":                "9: there is no stage cutt",
		"csv a | pivot_longer x":      "9: there is no stage pivot_longer; pivot_longer is unpivot here: csv wide.csv | unpivot jan feb --name month --value sales",
		"csv a | Group_By shop":       `9: there is no stage Group_By; did you mean group_by?`,
		"find -name '*.go'":           "6: find: there is no option -name: --name '*.go', with two dashes",
		"lines | sort -R":             "14: sort: there is no option -R: shuffle puts the input in random order",
		"lines | grep -P 'a'":         "14: grep: there is no option -P: patterns have the syntax of RE2, which is most of Perl's; leave it out. There is nothing to look ahead or back by",
		"lines | field -f 2":          "15: field: there is no option -f: fields are arguments: field -d , 2-",
		"lines | uniq -z":             "14: uniq: there is no option -z: lines --null reads texts that end with a zero byte",
		"lines | take --bytes 3":      "14: take: there is no option --bytes: values are counted, not bytes; chars 1 20 keeps the first 20 bytes of each line",
		"csv a | count_similar shop":  "9: there is no stage count_similar; group_by counts, and join brings the count to each record: csv orders.csv | join counts.csv --on shop",
		"csv a | head --by shop":      "14: head: there is no option --by: by KEY { … } runs stages for each group: by shop { head 2 }",
		"csv a | select -x a":         "16: select: there is no option -x: drop takes fields away: drop price",
		"csv a | format '%s' a":       `21: format: takes one argument, and "a" is one more; fields stand in braces: format '{name} {price:.2f}'`,
		"csv a | format '%-5s: %.2f'": `16: format: fields stand in braces, not after %: '{name} {price:.2f}'`,
		"csv a | format '100%'":       "",
		"csv a | format '{a}%s'":      "",
		"csv a | sum -f x":            "13: sum: there is no option -f: the field is an argument: sum price",
		"csv a | join -t, b":          `14: join: there is no option -t: --format says how FILE is read: --format 'csv -d ";"'`,
		"csv a | top -n 3":            "13: top: there is no option -n: how many is an argument: top 3",
		"lines | split -d ,":          "15: split: there is no option -d: the delimiter is an argument: split ,",
		"lines | head -n 3 --quiet":   "19: head: there is no option --quiet",
	} {
		_, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{})
		if got := message(err); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestForeignOptions wants what is said of each option to be of one that the stage does not have.
func TestForeignOptions(t *testing.T) {
	for _, family := range stages.All() {
		for _, s := range family.Stages {
			usage := regexp.MustCompile(`[\[|](--?[\w-]+)`).FindAllStringSubmatch(s.Usage(), -1)
			for _, option := range usage {
				if said := s.Instead[option[1]]; said != "" {
					t.Errorf("%s has the option %s, and says instead of it: %s", s.Name, option[1], said)
				}
			}
		}
	}
}

// message returns the text of an error, "" for none.
func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
