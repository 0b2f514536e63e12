// Package torture runs random pipelines over random data, in many ways, and compares: with one
// another, with the plain evaluation of package plain, with the programs of GNU. A family is one
// kind of comparison; a case of it is made of a number alone, so that one that failed can be run
// again.
package torture

import (
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"time"
)

// Case is one run of a family: a source of chance, and a directory of its own that is empty.
type Case struct {
	*rand.Rand
	Seed uint64
	Dir  string
	Env  *Env
}

// Family is a kind of comparison.
type Family struct {
	Name  string
	Short string
	Share int                            // of the time; 0 counts as 1
	Run   func(c *Case) error            // the error is a difference; ErrSkipped says that there was nothing to compare
	Needs func(env *Env) (reason string) // why it cannot run here; may be nil
}

// skipped is the error of a case that had nothing to compare.
type skipped struct{ why string }

func (s skipped) Error() string { return s.why }

// Skip returns the error of a case in which nothing was compared.
func Skip(why string) error { return skipped{why} }

// Families returns all families, in the order of the report.
func Families() []Family {
	return []Family{plainFamily, waysFamily, leavingFamily, gnuFamily, endingsFamily, KillsFamily, FaultsFamily, SweepFamily, ShortFamily, MemoryFamily}
}

// Result is what the cases of a family gave.
type Result struct {
	Family      string
	Runs        int
	First, Last uint64 // seeds
	Skipped     int
	Inner       int // runs of pipelines in these cases
	Failures    []Failure
	Missing     string // why the family did not run
	Took        time.Duration
}

// Failure is a case that gave a difference.
type Failure struct {
	Seed uint64
	Err  error
}

// Options say what to run.
type Options struct {
	Seed   uint64
	Runs   int           // of each family; 0: as many as there is time for
	Time   time.Duration // for all of them together; 0: no limit
	Most   int           // differences after which a family ends; 0: one
	Report io.Writer     // is told each difference as it is found
	Over   func() bool   // no case begins any more when it reports true; may be nil
}

// random returns the source of chance of a case.
func random(family string, seed uint64) *rand.Rand {
	h := fnv.New64a()
	_, _ = io.WriteString(h, family)
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// Run runs families and returns what they gave.
func Run(env *Env, families []Family, o Options) (results []Result) {
	shares := 0
	for _, f := range families {
		shares += max(f.Share, 1)
	}
	for _, f := range families {
		limit := time.Duration(0)
		if o.Time > 0 {
			limit = o.Time * time.Duration(max(f.Share, 1)) / time.Duration(shares)
		}
		results = append(results, runFamily(env, f, o, limit))
	}
	return results
}

func runFamily(env *Env, f Family, o Options, limit time.Duration) Result {
	r := Result{Family: f.Name, First: o.Seed, Last: o.Seed}
	if f.Needs != nil {
		if r.Missing = f.Needs(env); r.Missing != "" {
			return r
		}
	}
	began, inner := time.Now(), env.runs
	for seed := o.Seed; (o.Runs == 0 || r.Runs < o.Runs) && (limit == 0 || time.Since(began) < limit) && (o.Over == nil || !o.Over()); seed++ {
		err := env.one(f, seed)
		r.Runs++
		r.Last = seed
		if _, ok := err.(skipped); ok {
			r.Skipped++
			continue
		}
		if err == nil {
			continue
		}
		r.Failures = append(r.Failures, Failure{seed, err})
		if o.Report != nil {
			fmt.Fprintf(o.Report, "--- %s, seed %d: %v\nagain: go run ./internal/torture/cmd/torture -only %s -seed %d -runs 1\n\n", f.Name, seed, err, f.Name, seed)
		}
		if len(r.Failures) >= max(o.Most, 1) {
			break
		}
	}
	r.Took, r.Inner = time.Since(began), env.runs-inner
	return r
}

// Table writes the results, a family a line, and returns how many differences there were.
func Table(w io.Writer, results []Result) (differences int) {
	fmt.Fprintf(w, "| family | runs | seeds | compared | pipelines run | differences | time |\n|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		if r.Missing != "" {
			fmt.Fprintf(w, "| %s | 0 | | | | left out: %s | |\n", r.Family, r.Missing)
			continue
		}
		differences += len(r.Failures)
		fmt.Fprintf(w, "| %s | %d | %d–%d | %d | %d | %d | %s |\n", r.Family, r.Runs, r.First, r.Last, r.Runs-r.Skipped, r.Inner, len(r.Failures), r.Took.Round(time.Second))
	}
	return differences
}
