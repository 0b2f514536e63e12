package torture

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"mtpipe/internal/torture/plain"
	"mtpipe/pipeline"
)

var plainFamily = Family{Name: "plain", Short: "random pipelines beside the plain evaluation", Share: 3, Run: func(c *Case) error {
	d := c.data()
	p := program{data: d, stages: newGenerator(c, d).pipeline(5), out: pick(c, "", "", "", "jsonl", "json", "csv", "tsv"),
		onError: pick(c, pipeline.Fail, pipeline.Fail, pipeline.Skip)}
	if p.onError == pipeline.Skip {
		p.out = pick(c, "", "jsonl", "json")
	}
	w := c.way()
	w.memory = 0
	return smallest(p, func(p program) error { return c.besidePlain(p, w) })
}}

var waysFamily = Family{Name: "ways", Short: "random pipelines in all ways", Share: 3, Run: func(c *Case) error {
	d := c.data()
	p := program{data: d, stages: newGenerator(c, d).pipeline(5), out: pick(c, "", "", "", "jsonl", "csv", "table", "logfmt", "xtab"),
		onError: pick(c, pipeline.Fail, pipeline.Fail, pipeline.Skip, pipeline.Keep, pipeline.Continue)}
	var ways []way
	for range 4 {
		ways = append(ways, c.way())
	}
	return smallest(p, func(p program) error { return c.inWays(p.job(), ways) })
}}

const notCompiled = "cannot be compiled"

// program is a pipeline that can be run and evaluated.
type program struct {
	data    Data
	stages  []plain.Stage
	out     string
	onError pipeline.OnError
}

func (p program) job() job {
	return job{text: plain.Write(p.stages), in: p.data, out: p.out, onError: p.onError}
}

func (p program) String() string { return p.job().String() }

// String returns a command for bash.
func (p job) String() string {
	s := "mtpipe "
	if p.in.Format != "lines" {
		s += "-i " + p.in.Format + " "
	}
	if p.out != "" {
		s += "-o " + p.out + " "
	}
	if p.onError != pipeline.Fail {
		s += fmt.Sprintf("--on-error %v ", p.onError)
	}
	return fmt.Sprintf("printf '%%b' %s | %s%s", bashQuote(p.in.Text), s, plain.Quote(p.text))
}

// bashQuote writes a text so that bash's printf '%b' prints it.
func bashQuote(s string) string {
	if len(s) > 2000 {
		s = s[:2000] + "…"
	}
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == '\\' || c == '\'' || c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return "'" + b.String() + "'"
}

// besidePlain compares a run with the plain evaluation.
func (c *Case) besidePlain(p program, w way) (differs error) {
	defer func() {
		if r := recover(); r != nil {
			if r != plain.Garbage {
				panic(r)
			}
			differs = nil // of smaller input
		}
	}()
	got, err := c.run(p.job(), w)
	if err != nil {
		return fmt.Errorf("%v\n%s: %w", p, notCompiled, err)
	}
	if slices.ContainsFunc(got.causes, func(s string) bool { return strings.Contains(s, "there is no field") }) {
		return nil // a name that the header has not, which the generator lost sight of
	}
	r := &plain.Run{}
	if p.onError == pipeline.Skip {
		r.Policy = plain.Skip
	}
	in := plain.Readers[p.data.Format](r, p.data.Text)
	result := r.Eval(in, p.stages)
	want, end := plain.Print(r, p.out, result)
	switch {
	case got.stdout != want && !(len(result.Values) == 0 && p.isHeader(got.stdout)):
	case end.Maybe, got.failed == (end.Failed != nil):
		return nil
	}
	return fmt.Errorf("%v\n(%v)\n%s\nended with %q; plainly with %v, %d bad", p, w, parts(got.stdout, want), append(got.causes, got.told...), end.Failed, r.Bad)
}

// isHeader reports whether a text is a header alone, as it is printed when no record is left: of
// names that the input or the pipeline has. Which of them are known, and when, is tested elsewhere.
func (p program) isHeader(text string) bool {
	if p.out != "csv" && p.out != "tsv" {
		return false
	}
	names, ok := plain.Header(p.out, text)
	in := strings.ReplaceAll(p.data.Text, `""`, `"`) + plain.Write(p.stages) + " value count field nulls distinct min max mean stddev start values"
	return ok && !slices.ContainsFunc(names, func(n string) bool { return !strings.Contains(in, n) })
}

// parts shows where two texts part.
func parts(got, want string) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf("got  %d bytes, …%.200q\nwant %d bytes, …%.200q", len(got), got[min(from, len(got)):], len(want), want[min(from, len(want)):])
}

// longest is for how long a difference is made smaller.
const longest = 20 * time.Second

// smallest returns the difference that check finds, of a program made smaller as long as there
// is one: with stages and lines left out.
func smallest(p program, check func(program) error) error {
	last := check(p)
	if _, ok := last.(skipped); ok || last == nil {
		return last
	}
	tries, began := 0, time.Now()
	try := func(q program) bool {
		if tries++; time.Since(began) > longest {
			return false
		}
		err := check(q)
		if _, ok := err.(skipped); ok || err == nil || strings.Contains(err.Error(), notCompiled) != strings.Contains(last.Error(), notCompiled) {
			return false
		}
		p, last = q, err
		return true
	}
	for i := 0; i < len(p.stages) && len(p.stages) > 1; {
		q := p
		if q.stages = slices.Delete(slices.Clone(p.stages), i, i+1); !try(q) {
			i++
		}
	}
	for size := strings.Count(p.data.Text, "\n"); size > 0; size /= 2 {
		at := 0
		if p.data.Format == "csv" || p.data.Format == "tsv" {
			at = 1 // the header stays
		}
		for tries < 300 {
			lines := strings.SplitAfter(strings.TrimSuffix(p.data.Text, "\n"), "\n")
			if at+size > len(lines) {
				break
			}
			q := p
			if q.data.Text = strings.Join(slices.Delete(lines, at, at+size), ""); !try(q) {
				at += size
			}
		}
	}
	return last
}

// inWays compares runs in some ways with one in the plain way.
func (c *Case) inWays(j job, ways []way) error {
	want, err := c.run(j, plainWay)
	if err != nil {
		return Skip(err.Error())
	}
	for _, w := range ways {
		got, err := c.run(j, w)
		if err != nil {
			return err
		}
		want := want
		if j.onError == pipeline.Keep && w.input != plainWay.input { // the text of an error has the name of the input in it
			if want, err = c.run(j, way{plainWay.jobs, plainWay.capacity, w.input, 0}); err != nil {
				return err
			}
		}
		if err := compare(j, w, got, want); err != nil {
			return err
		}
	}
	return nil
}

func compare(j job, w way, got, want outcome) error {
	if w.memory > 0 && (sketched.MatchString(j.text) || slices.ContainsFunc(got.causes, func(s string) bool { return strings.Contains(s, "memory") })) {
		return nil
	}
	if got.stdout == want.stdout && sameEnd(got, want) {
		return nil
	}
	gotTold, wantTold := apart(got.told, want.told)
	return fmt.Errorf("%v\n%v:\n%s\ngot  %q, %d messages, %q\nwant %q, %d messages, %q", j, w, parts(got.stdout, want.stdout), got.causes, len(got.told), gotTold, want.causes, len(want.told), wantTold)
}

// apart returns the first few messages of each list that are not in the other one.
func apart(a, b []string) (onlyA, onlyB []string) {
	only := func(a, b []string) (list []string) {
		for _, m := range a {
			if !slices.Contains(b, m) && len(list) < 3 {
				list = append(list, m)
			}
		}
		return list
	}
	return only(a, b), only(b, a)
}

// sameEnd reports whether two runs ended alike: with the same causes, having told the same.
func sameEnd(got, want outcome) bool {
	return got.failed == want.failed && slices.Equal(got.causes, want.causes) && slices.Equal(got.told, want.told)
}

// sketched are stages whose results are about right beyond their memory.
var sketched = regexp.MustCompile(`\b(median|percentile|stats|hist)\b`)
