package programs

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What both forms of a program use.
const (
	atATime      = 50   // requests of the crawler
	waitingLines = 4096 // that a member of the chat has not read
	counters     = 4
)

// patience is how long a producer and a consumer may take together.
func patience(how string) time.Duration {
	if how == "late" {
		return 5 * time.Millisecond
	}
	return time.Minute
}

var errBroken = errors.New("broken")

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func announce(a net.Addr) { fmt.Fprintf(os.Stderr, "listening on %s\n", a) }

var link = regexp.MustCompile(`href="([^"]*)"`)

// links returns the addresses that a page leads to.
func links(url string, page []byte) (to []string) {
	site := url[:strings.LastIndexByte(url, '/')]
	for _, m := range link.FindAllSubmatch(page, -1) {
		to = append(to, site+string(m[1]))
	}
	return to
}

// entry is what the log processor wants to know of a request.
type entry struct {
	address, path string
	status, bytes int
}

func parse(line string) (e entry, err error) {
	fields := strings.Fields(line)
	if len(fields) < 10 {
		return e, fmt.Errorf("a line has %d fields only: %s", len(fields), line)
	}
	e.address, e.path = fields[0], fields[6]
	if e.status, err = strconv.Atoi(fields[8]); err != nil {
		return e, err
	}
	e.bytes, err = strconv.Atoi(fields[9])
	return e, err
}

// totals are the bytes that each address got, and the failures that it met.
type totals map[string]struct{ bytes, failures int }

func (s totals) add(e entry) {
	t := s[e.address]
	t.bytes += e.bytes
	if e.status >= 500 {
		t.failures++
	}
	s[e.address] = t
}

// report names the ten who got the most.
func (s totals) report() string {
	names := slices.SortedFunc(maps.Keys(s), func(a, b string) int {
		return cmp.Or(cmp.Compare(s[b].bytes, s[a].bytes), strings.Compare(a, b))
	})
	var out strings.Builder
	for _, name := range names[:min(10, len(names))] {
		fmt.Fprintf(&out, "%s %d %d\n", name, s[name].bytes, s[name].failures)
	}
	return out.String()
}

// service is how many turns the i-th customer takes.
func service(i int) int { return 1 + i%7 }

// inFiveWays lets a producer and a consumer run in each of five ways so often, and tells what
// the consumer summed up and what became of it. Few are late, since that takes its time.
func inFiveWays(rounds int, run func(how string) (sum int, err error)) (answer string) {
	for _, how := range []string{"error", "panic", "early", "stopped", "late"} {
		n, sums, failures := rounds, 0, 0
		if how == "late" {
			n = (rounds + 99) / 100
		}
		for range n {
			sum, err := run(how)
			if how != "late" { // where it depends on the machine how far they get
				sums += sum
			}
			if err != nil {
				failures++
			}
		}
		answer += fmt.Sprintf("%s: %d times, sum %d, %d failures\n", how, n, sums, failures)
	}
	return answer
}
