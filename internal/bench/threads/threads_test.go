package threads

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// answers are what each job has to give for n.
func answers(n int) map[string]string {
	sum := fmt.Sprint(n * (n - 1) / 2)
	return map[string]string{
		switching: fmt.Sprintf("%d turns", n), single: sum, batched: sum,
		starting: fmt.Sprint(n), waiting: fmt.Sprint(n), timing: fmt.Sprintf("%d timers", n),
	}
}

// TestK11_EveryKindOfThreads does each job, small, with each kind of threads that is installed,
// and looks at the answers.
func TestK11_EveryKindOfThreads(t *testing.T) {
	const n = 200
	want := answers(n)
	kinds := Kinds(t.Context(), "")
	if len(kinds) < 8 || kinds[0].Name != "threads" {
		t.Fatalf("got the kinds %v, want ours first, and seven more", kinds)
	}
	done := 0
	for _, k := range kinds {
		for _, job := range Jobs {
			job.N = n
			if k.Argv == nil || !k.does(job) {
				continue
			}
			t.Run(k.Name+"/"+job.Key, func(t *testing.T) {
				var s Said
				var err error
				if k.Argv[0] == "" { // in this process
					s, err = Do(k.Argv[2], job.Key, n)
				} else {
					s, err = k.Ask(t.Context(), job)
				}
				if err != nil || s.Answer != want[job.Key] {
					t.Errorf("got %q, %v, want %q", s.Answer, err, want[job.Key])
				}
				if job.Key == waiting && s.Bytes == 0 && s.Seconds == 0 {
					t.Error("nothing was measured")
				}
				if k.Name == "threads" && job.Key == switching && s.Late != 0 {
					t.Errorf("%d turns came after one's own, want none", s.Late)
				}
			})
			done++
		}
	}
	if done < 16 {
		t.Errorf("%d jobs were done, want all of those in Go at least", done)
	}
}

// TestK11_Rows measures what there is in this process's own kinds of processes, which are made up.
func TestK11_Rows(t *testing.T) {
	say := func(name, text string) Kind { return Kind{name, []string{"sh", "-c", "echo '" + text + "' #"}, ""} }
	all := regexp.MustCompile("")
	o := Options{Runs: 3, Only: all, Peers: all, Tell: func(string) {}}
	job := Job{"a job", starting, "ns", 1000}
	rows, err := Measure(t.Context(), []Kind{
		say("ours", `{"seconds": 0.001, "answer": "7"}`), say("theirs", `{"seconds": 0.004, "answer": "7", "late": 10}`),
		{"missing", nil, ""}, {"unable", nil, switching},
	}, []Job{job}, o)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := Table(&out, rows); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	want := []string{"job kind figure threads take of it", "a job ours 1000 ns 1.00", "theirs 4000 ns 0.250 1.0% in the wrong order",
		"missing - ns - not installed", "unable - ns - does not have that"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = Measure(t.Context(), []Kind{say("ours", `{"answer": "7"}`), say("theirs", `{"answer": "8"}`)}, []Job{job}, o)
	if err == nil || !strings.Contains(err.Error(), "ours has 7, theirs has 8") {
		t.Errorf("got %v, want an error about answers that differ", err)
	}
}
