// Package network measures mtpipe and its runtime as servers and clients, beside the programs
// that people write instead.
//
// A server is a process that answers lines or requests of HTTP. A load in this process drives it over many
// connections at once and checks every answer; what counts is how long processors worked for
// the server, since that does not depend on the load and little on what else the machine
// does. Clients are jobs of package bench. Everything is on the loopback interface and bounded in
// count and time. It needs Linux.
package network

import (
	"regexp"

	"mtpipe/internal/bench"
)

// Setup is what the measurements are made of.
type Setup struct {
	MTPipe string // the path of the program
	Self   string // of a program that runs package child, given -serve or -fetch
}

// Sizes say how much is done.
type Sizes struct {
	Connections []int // of the servers that answer
	Requests    int   // to each of those, over all of its connections
	Idle        int   // connections that wait
	Fetches     int   // of mtpipe and the program by hand
	FewFetches  int   // beside curl
	Commands    int   // that are started
	FewCommands int   // beside parallel
}

// Full are the sizes that the bounds are meant for.
var Full = Sizes{
	Connections: []int{1_000, 10_000},
	Requests:    100_000,
	Idle:        10_000,
	Fetches:     10_000,
	FewFetches:  1_000,
	Commands:    5_000,
	FewCommands: 500,
}

// Divided returns the sizes with a part of the requests and the rest as it is.
func (s Sizes) Divided(by int) Sizes {
	s.Requests /= by
	s.Fetches, s.FewFetches = s.Fetches/by, s.FewFetches/by
	s.Commands, s.FewCommands = s.Commands/by, s.FewCommands/by
	return s
}

// Options say what is measured and how.
type Options struct {
	Sizes
	bench.Options
	Only  *regexp.Regexp   // the names of jobs
	Peers *regexp.Regexp   // the names of peers
	Tell  func(job string) // called before each job
}

// Server is a program that answers lines until it is killed. It says where it listens.
type Server struct {
	bench.Contender
	Ours  bool // on mtpipe's runtime
	Frees bool // gives memory back at SIGUSR1
}

// Job is a question to several servers.
type Job struct {
	Name        string
	Servers     []Server
	Connections int
	Requests    int  // 0: the connections are idle, and their memory is what counts
	Upper       bool // the answer is the line in upper case; otherwise the line
	HTTP        bool // what is sent is requests of HTTP
	Bounds      []Bound
}

// Bound says that one server is to take at most a part of what another takes.
type Bound struct {
	Of, Beside string
	Wanted     float64
}

// Figures are what one run of a server gave, or the medians of several. A number that is not
// known is 0.
type Figures struct {
	CPU    float64 `json:"cpu_us"` // of the server, in microseconds for each request
	Load   float64 `json:"load_us"`
	Rate   float64 `json:"requests_per_s"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	Memory float64 `json:"bytes_per_connection"`
}

// counts returns the figure that the job is about.
func (j Job) counts(f Figures) float64 {
	if j.Requests == 0 {
		return f.Memory
	}
	return f.CPU
}

// Result is the samples of one server.
type Result struct {
	Server  Server
	Samples []Figures
	Status  bench.Status
	Note    string // why, unless bench.Done
}

// Medians returns the median of each figure.
func (r Result) Medians() Figures {
	if len(r.Samples) == 0 {
		return Figures{}
	}
	median := func(of func(Figures) float64) float64 {
		var list []float64
		for _, s := range r.Samples {
			list = append(list, of(s))
		}
		return bench.Median(list)
	}
	return Figures{
		CPU:    median(func(f Figures) float64 { return f.CPU }),
		Load:   median(func(f Figures) float64 { return f.Load }),
		Rate:   median(func(f Figures) float64 { return f.Rate }),
		P50:    median(func(f Figures) float64 { return f.P50 }),
		P99:    median(func(f Figures) float64 { return f.P99 }),
		Memory: median(func(f Figures) float64 { return f.Memory }),
	}
}
