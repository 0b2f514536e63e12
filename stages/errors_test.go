package stages_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// outcome is what a run has written, and its error.
type outcome struct {
	stdout, stderr string
	err            error
}

// runErrors runs the pipeline in text on the text in stdin.
func runErrors(t *testing.T, text, stdin string, s pipeline.Settings) outcome {
	t.Helper()
	var out, messages bytes.Buffer
	s.Stdin, s.Stdout, s.Stderr = strings.NewReader(stdin), &out, &messages
	plan, err := pipeline.Compile(text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, s)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	err = plan.Run(nil)
	return outcome{out.String(), messages.String(), err}
}

// eachWay calls f with settings of several numbers of jobs and several capacities of pipes.
func eachWay(t *testing.T, f func(t *testing.T, s pipeline.Settings)) {
	for _, jobs := range []int{1, 2, 3} {
		for _, capacity := range []int{1, 2, 0} {
			t.Run(fmt.Sprintf("jobs %d, capacity %d", jobs, capacity), func(t *testing.T) {
				f(t, pipeline.Settings{Jobs: jobs, Capacity: capacity})
			})
		}
	}
}

const badNumbers = "1\nx\n3\ny\n5\n"

// TestL2_TryAndCatch wants the errors of a block in catch, in their place, and only what it
// fails with to be an error of the run.
func TestL2_TryAndCatch(t *testing.T) {
	missing := "missing.csv: no such file or directory"
	rows := []struct{ name, text, want, err string }{
		{"in place", "try { map int(it) } catch { get value }", "1\nx\n3\ny\n5\n", ""},
		{"through numbers", "try { map int(it) | map it*2 | filter 'it > 2' } catch { get value }", "x\n6\ny\n10\n", ""},
		{"two stages fail", "try { map int(it) | filter 'it == 3 ? int(\"u\") > 0 : true' } catch { get value }", "1\nx\n3\ny\n5\n", ""},
		{"before a sort", "try { map int(it) | sort -n -r } catch { get value }", "x\ny\n5\n3\n1\n", ""},
		{"a total", "try { map int(it) | sum } catch { get value }", "x\ny\n9\n", ""},
		{"a total of what is wrong", "try { sum } catch { get value }", "x\ny\n9\n", ""},
		{"the record", "try { map int(it) } catch { select message stage line value | head 1 }", "1\n" + `{"message":"\"x\" is not a number (it)","stage":"map","line":2,"value":"x"}` + "\n3\n5\n", ""},
		{"without catch", "try { map int(it) }", "1\n3\n5\n", ""},
		{"inner", "try { try { map int(it) } catch { map int(it.value) } } catch { get stage }", "1\nmap\n3\nmap\n5\n", ""},
		{"inner without catch", "try { try { map int(it) } } catch { get value }", "1\n3\n5\n", ""},
		{"the block has enough", "try { map int(it) | head 2 } catch { get value }", "1\nx\n3\n", ""},
		{"the catch has enough", "try { map int(it) } catch { head 1 | get value }", "1\nx\n3\n5\n", ""},
		{"the reader has enough", "try { map int(it) } catch { get value } | head 2", "1\nx\n", ""},
		{"an endless block", "try { repeat a | map int(it) } catch { get value } | head 2", "a\na\n", ""},
		{"catch fails", "try { map int(it) } catch { map int(it.value) }", "1\n", `"x" is not a number (value)`},
		{"the input fails", "map int(it) | try { map it } catch { get message }", "1\n", `line 2: "x" is not a number`},
		{"a file that is not there", "try { csv missing.csv } catch { get message }", missing + "\n", ""},
		{"a program that is not there", "try { exec no-such-program } catch { get stage }", "exec\n", ""},
		{"the block ends", "try { take_from 1 2; csv missing.csv; take_from 3 } catch { get message }", "1\n2\n" + missing + "\n", ""},
		{"fail in it", "try { map --on-error fail int(it) } catch { get value }", "1\nx\n", ""},
		{"skip in it", "try { map --on-error skip int(it) } catch { get value }", "1\n3\n5\n", ""},
		{"each in it", "try { each { map int(it) } } catch { get value }", "1\nx\n3\ny\n5\n", ""},
		{"pmap in it", "try { pmap { map int(it) } } catch { get value }", "1\nx\n3\ny\n5\n", ""},
		{"in each", "each { try { map int(it) } catch { get value } }", "1\nx\n3\ny\n5\n", ""},
		{"in pmap", "pmap { try { map int(it) } catch { get value } }", "1\nx\n3\ny\n5\n", ""},
		{"in a definition", "def f { try { map int(it) } catch { get value } }; f", "1\nx\n3\ny\n5\n", ""},
		{"concat in it", "try { concat { map int(it) } } catch { get value }", "1\nx\n3\ny\n5\n", ""},
		{"tee in it", "try { tee { map int(it) } { null } } catch { get value }", "1\nx\n3\ny\n5\n", ""},
		{"retry in it", "try { retry 2 { map int(it) } } catch { get value } | sort", "1\n3\n5\nx\ny\n", ""},
		{"in one of two", "tee { try { map int(it) } catch { null } | sum } { count } | sort", "5\n9\n", ""},
		{"total of errors", "try { map int(it) } catch { count }", "1\n3\n5\n2\n", ""},
	}
	eachWay(t, func(t *testing.T, s pipeline.Settings) {
		for _, c := range rows {
			got := runErrors(t, c.text, badNumbers, s)
			if got.stdout != c.want || (got.err == nil) != (c.err == "") || got.err != nil && !strings.Contains(got.err.Error(), c.err) {
				t.Errorf("%s: %s: got %q and error %v, want %q and %q", c.name, c.text, got.stdout, got.err, c.want, c.err)
			}
		}
	})
}

// TestL3_Policies wants the option of a stage, the policy continue and the limit to do what they
// say.
func TestL3_Policies(t *testing.T) {
	eachWay(t, func(t *testing.T, s pipeline.Settings) {
		for _, c := range []struct {
			name, text   string
			how          pipeline.OnError
			most         int64
			stdout       string
			stderr, errs []string // that stand in the messages, and in the error
		}{
			{"the option skip", "map --on-error skip int(it) | sum", pipeline.Fail, 0, "9\n", []string{"map: 2 skipped; one of them: line "}, nil},
			{"the option of one stage", "map --on-error=skip int(it) | map 'it == 3 ? int(\"u\") : it'", pipeline.Fail, 0, "1\n", []string{" skipped; one of them: line "}, []string{`"u" is not a number`}},
			{"the option fail", "map --on-error fail int(it)", pipeline.Skip, 0, "1\n", nil, []string{`line 2: "x" is not a number`}},
			{"the option keep", "map --on-error keep int(it) | count", pipeline.Fail, 0, "5\n", nil, nil},
			{"of a reader", "jsonl --on-error skip", pipeline.Fail, 0, "1\n3\n5\n", []string{"jsonl: 2 skipped"}, nil},
			{"of pmap", "pmap --on-error skip { map int(it) }", pipeline.Fail, 0, "1\n3\n5\n", []string{"pmap: 2 skipped"}, nil},
			{"in pmap", "pmap { map --on-error skip int(it) }", pipeline.Fail, 0, "1\n3\n5\n", []string{"map: 2 skipped"}, nil},
			{"continue", "map int(it)", pipeline.Continue, 0, "1\n3\n5\n", []string{`map: line 2: "x" is not`, `map: line 4: "y" is not`}, []string{"2 records were wrong and left out (2 in map)"}},
			{"continue in pmap", "pmap { map int(it) }", pipeline.Continue, 0, "1\n3\n5\n", []string{`(for "x")`, `(for "y")`}, []string{"2 records were wrong and left out (2 in pmap)"}},
			{"continue in a total", "sum", pipeline.Continue, 0, "9\n", []string{`line 4: "y" is not`}, []string{"(2 in sum)"}},
			{"continue with nothing wrong", "grep 1 | map int(it)", pipeline.Continue, 0, "1\n", nil, nil},
			{"the limit", "map int(it)", pipeline.Skip, 2, "", nil, []string{"map: 2 records were wrong, and --max-errors is 2"}},
			{"the limit and keep", "map int(it) | count", pipeline.Keep, 1, "", nil, []string{"map: 1 record was wrong, and --max-errors is 1"}},
			{"below the limit", "map int(it)", pipeline.Skip, 3, "1\n3\n5\n", nil, nil},
		} {
			s := s
			s.OnError, s.MaxErrors = c.how, c.most
			got := runErrors(t, c.text, badNumbers, s)
			if got.stdout != c.stdout && c.stdout != "" || (got.err == nil) != (c.errs == nil) {
				t.Errorf("%s: got %q and error %v, want %q and %q", c.name, got.stdout, got.err, c.stdout, c.errs)
			}
			for _, want := range c.stderr {
				if !strings.Contains(got.stderr, want) {
					t.Errorf("%s: got messages %q, want %q in them", c.name, got.stderr, want)
				}
			}
			for _, want := range c.errs {
				if got.err != nil && !strings.Contains(got.err.Error(), want) {
					t.Errorf("%s: got %v, want %q in it", c.name, got.err, want)
				}
			}
		}
	})
}

// TestL4_ErrorsTo wants the bad records back from the file, whatever they hold.
func TestL4_ErrorsTo(t *testing.T) {
	eachWay(t, func(t *testing.T, s pipeline.Settings) {
		s.ErrorsTo = filepath.Join(t.TempDir(), "bad.jsonl")
		for _, c := range []struct {
			name, text, stdin string
			how               pipeline.OnError
			values            string
		}{
			{"text", "map int(it)", badNumbers, pipeline.Skip, "x\ny\n"},
			{"continue", "map int(it)", badNumbers, pipeline.Continue, "x\ny\n"},
			{"keep", "map int(it) | map it", badNumbers, pipeline.Keep, "x\ny\n"},
			{"fail", "map int(it)", badNumbers, pipeline.Fail, "x\n"},
			{"pmap", "pmap { map int(it) }", badNumbers, pipeline.Skip, "x\ny\n"},
			{"text like numbers", "filter 'it == \"007\" ? 1 : true'", "007\n1\n", pipeline.Skip, "007\n"},
			{"records", "csv | filter 'int(a) > 0'", "a,b\n1,2\nx,007\n", pipeline.Skip, `{"a":"x","b":"007"}` + "\n"},
			{"records of JSON", "jsonl | filter 'int(a) > 0'", "{\"a\":\"u\", \"b\":1e2}\n", pipeline.Skip, "{\"a\":\"u\",\"b\":1e2}\n"},
			{"text of a record", "csv", "a,b\n1\n", pipeline.Skip, "1\n"},
			{"nothing", "map it", badNumbers, pipeline.Skip, ""},
			{"caught", "try { map int(it) } catch { null }", badNumbers, pipeline.Skip, ""},
		} {
			s.OnError = c.how
			runErrors(t, c.text, c.stdin, s)
			got := runErrors(t, "jsonl "+s.ErrorsTo+" | get value", "", pipeline.Settings{})
			sorted := c.values
			if got.err != nil || got.stdout != sorted && s.Jobs == 1 || len(got.stdout) != len(sorted) {
				t.Errorf("%s: got %q and error %v, want %q", c.name, got.stdout, got.err, c.values)
			}
		}
		s.OnError = pipeline.Skip
		runErrors(t, "map int(it)", "a\xff\x00b\n", s)
		text, err := os.ReadFile(s.ErrorsTo)
		if err != nil {
			t.Fatal(err)
		}
		var bad struct{ Base64 []byte }
		if err := json.Unmarshal(text, &bad); err != nil || string(bad.Base64) != "a\xff\x00b" {
			t.Errorf("not UTF-8: got %q and error %v, want the bytes in base64", text, err)
		}
	})
}

// TestL4_ErrorsToAnInput wants a file that the pipeline reads to be left alone.
func TestL4_ErrorsToAnInput(t *testing.T) {
	name := filepath.Join(t.TempDir(), "in.txt")
	link := filepath.Join(filepath.Dir(name), "link")
	if err := os.WriteFile(name, []byte(badNumbers), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(name, link); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"lines " + name, "lines " + filepath.Dir(name) + "/in*", "concat { csv " + name + " }", "def f { lines " + name + " }; f", "seq 3 | append " + name} {
		for _, to := range []string{name, link} {
			got := runErrors(t, text, "", pipeline.Settings{ErrorsTo: to, OnError: pipeline.Skip})
			if got.err == nil || !strings.Contains(got.err.Error(), "is a file of the pipeline too") {
				t.Errorf("%s, %s: got %v, want it to be refused", text, to, got.err)
			}
			if b, err := os.ReadFile(name); err != nil || string(b) != badNumbers {
				t.Fatalf("%s: got %q and error %v in the file, want it as it was", text, b, err)
			}
		}
	}
}

// TestL5_JSONMessages wants each message to be one line of JSON.
func TestL5_JSONMessages(t *testing.T) {
	got := runErrors(t, "map int(it)", badNumbers, pipeline.Settings{JSONMessages: true, OnError: pipeline.Continue, Jobs: 1})
	want := `{"kind":"error","message":"\"x\" is not a number (it)","stage":"map","place":1,"line":2,"value":"x"}` + "\n" +
		`{"kind":"error","message":"\"y\" is not a number (it)","stage":"map","place":1,"line":4,"value":"y"}` + "\n"
	if got.stderr != want {
		t.Errorf("got %s, want %s", got.stderr, want)
	}
	if line := string(pipeline.MessageJSON("error", got.err, 1)); line != `{"kind":"error","message":"2 records were wrong and left out (2 in map)","status":1}`+"\n" {
		t.Errorf("got %s", line)
	}
	got = runErrors(t, "try { csv missing.csv }", "", pipeline.Settings{JSONMessages: true})
	if want := `{"kind":"warning","message":"the block ended early: 7: csv: missing.csv: no such file or directory","stage":"try"}` + "\n"; got.stderr != want {
		t.Errorf("got %s, want %s", got.stderr, want)
	}
}

// TestL3_LimitInOrder wants --max-errors to count records in the order of the input, so that the same
// ones are told, and the same results put, with any number of copies.
func TestL3_LimitInOrder(t *testing.T) {
	var in strings.Builder
	for i := range 3000 {
		if i%10 == 7 {
			in.WriteByte('x')
		}
		fmt.Fprintln(&in, i)
	}
	told := `map: line 8: "x7" is not a number (it)` + "\n" + `map: line 18: "x17" is not a number (it)` + "\n" + `map: line 28: "x27" is not a number (it)` + "\n"
	eachWay(t, func(t *testing.T, s pipeline.Settings) {
		s.MaxErrors, s.OnError = 3, pipeline.Continue
		for text, want := range map[string]int{"map int(it)": 25, "map int(it) | count": 0, "map int(it) | sort -n": 0, "map int(it) | null": 0, "concat { map int(it) } { seq 3 }": 25} {
			got := runErrors(t, text, in.String(), s)
			var stderr string
			for line := range strings.Lines(got.stderr) {
				_, line, _ = strings.Cut(line, "map: ")
				stderr += "map: " + line
			}
			if n := strings.Count(got.stdout, "\n"); n != want || stderr != told {
				t.Errorf("%s: got %d lines and messages %q, want %d and %q", text, n, stderr, want, told)
			}
			if got.err == nil || !strings.Contains(got.err.Error(), "3 records were wrong, and --max-errors is 3") {
				t.Errorf("%s: got error %v, want that there were too many", text, got.err)
			}
		}
		got := runErrors(t, "map int(it) | head 25", in.String(), s)
		if got.err == nil || strings.Count(got.stderr, "\n") != 2 {
			t.Errorf("of those before the end that the reader wanted: got %q and %v, want two", got.stderr, got.err)
		}
	})
}
