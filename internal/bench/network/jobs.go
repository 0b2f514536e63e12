package network

import (
	"context"
	_ "embed"
	"fmt"
	"os/exec"

	"mtpipe/internal/bench"
)

//go:embed serve_gevent.py
var geventServer string

//go:embed serve_twisted.py
var twistedServer string

//go:embed serve_asyncio.py
var asyncioServer string

// The names of the servers that bounds are about.
const (
	threads   = "threads"
	stackless = "stackless"
	program   = "mtpipe"
	goNet     = "Go's net"
	webServe  = "web.Serve"
	netHTTP   = "net/http"
	gevent    = "gevent"
)

// servers returns those that answer with the line, or with its upper case.
func (s Setup) servers(ctx context.Context, upper bool) []Server {
	suffix, kind, stage := "", "echo", "lines"
	if upper {
		suffix, kind, stage = "-upper", "upper", "upper"
	}
	list := []Server{s.child(threads, "microthread"+suffix, true)}
	if !upper {
		list = append(list, s.child(stackless, "stackless", true))
	}
	return append(list,
		Server{Ours: true, Contender: bench.Contender{Name: program, Argv: []string{s.MTPipe, "tcp_listen 127.0.0.1:0 { " + stage + " }"}}},
		s.child(goNet, "gonet"+suffix, false),
		python(ctx, gevent, "gevent", geventServer, kind),
		python(ctx, "Twisted", "twisted", twistedServer, kind),
		python(ctx, "asyncio", "asyncio", asyncioServer, kind),
		python(ctx, "asyncio, uvloop", "uvloop", asyncioServer, kind, "uvloop"),
	)
}

// child returns a server of package child.
func (s Setup) child(name, serve string, ours bool) Server {
	return Server{Ours: ours, Frees: true, Contender: bench.Contender{Name: name, Argv: []string{s.Self, "-serve", serve}}}
}

// python returns a server in Python, run by an interpreter that has the module. There may be
// several, of which the first is not the system's.
func python(ctx context.Context, name, module, text string, args ...string) Server {
	interpreter := "python3 with " + module // which is missing
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(ctx, p, "-c", "import "+module).Run() == nil {
			interpreter = p
			break
		}
	}
	return Server{Contender: bench.Contender{Name: name, Argv: append([]string{interpreter, "-c", text}, args...)}}
}

// serverJobs returns what is asked of servers. No job has more connections than most.
func (s Setup) serverJobs(ctx context.Context, sizes Sizes, most int) []Job {
	var list []Job
	echo := s.servers(ctx, false)
	for _, n := range sizes.Connections {
		n = min(n, most)
		list = append(list, Job{
			Name: fmt.Sprintf("echo, %d connections", n), Servers: echo, Connections: n, Requests: sizes.Requests,
			Bounds: []Bound{{threads, goNet, 1.1}, {threads, gevent, 0.6}},
		})
	}
	n := min(sizes.Connections[0], most)
	idle := min(sizes.Idle, most)
	http := []Server{s.child(webServe, "web", true), s.child(netHTTP, "http", false)}
	return append(list, Job{
		Name: fmt.Sprintf("HTTP, %d connections", n), Servers: http, Connections: n, Requests: sizes.Requests, HTTP: true,
		Bounds: []Bound{{webServe, netHTTP, 1}},
	}, Job{
		Name: fmt.Sprintf("HTTP, %d idle connections", idle), Servers: http, Connections: idle, HTTP: true,
		Bounds: []Bound{{webServe, netHTTP, 0.6}},
	}, Job{
		Name: fmt.Sprintf("upper case, %d connections", n), Servers: s.servers(ctx, true), Connections: n, Requests: sizes.Requests, Upper: true,
	}, Job{
		Name: fmt.Sprintf("%d idle connections", idle), Servers: echo, Connections: idle,
		Bounds: []Bound{{threads, goNet, 0.6}, {stackless, goNet, 0.2}},
	})
}

// fetchJobs returns what is asked of HTTP clients, of a server at the address. The peers that
// start a process for each request get fewer of them, and so does mtpipe beside them. One
// curl for a hundred addresses would start fewer processes, but have one request under way at
// a time.
func (s Setup) fetchJobs(sizes Sizes, address string) []bench.Job {
	url := "http://" + address
	mtpipe := func(n int) bench.Contender {
		return bench.Contender{Name: program, Argv: []string{s.MTPipe, fmt.Sprintf(`seq %d | pmap --jobs 1000 { http_get "%s/$it" }`, n, url)}}
	}
	return []bench.Job{
		{
			Name:   fmt.Sprintf("fetch %d bodies", sizes.Fetches),
			Answer: bodies,
			Contenders: []bench.Contender{
				mtpipe(sizes.Fetches),
				{Name: "Go by hand", Wanted: 1 / 0.9,
					Argv: []string{s.Self, "-fetch", url, "-requests", fmt.Sprint(sizes.Fetches), "-parallel", "1000"}},
			},
		}, {
			Name:   fmt.Sprintf("fetch %d bodies", sizes.FewFetches),
			Answer: bodySet,
			Contenders: []bench.Contender{
				mtpipe(sizes.FewFetches),
				{Name: "xargs|curl", Needs: []string{"seq", "xargs", "curl"}, Wanted: 0.1,
					Argv: []string{"sh", "-c", fmt.Sprintf(`seq -f '%s/%%.0f' %d | xargs -P 16 -n 1 curl -s`, url, sizes.FewFetches)}},
			},
		},
	}
}

// commandJobs returns what is asked of programs that start programs. Parallel, which is slow,
// gets fewer to start, and so does mtpipe beside it.
func (s Setup) commandJobs(sizes Sizes) []bench.Job {
	job := func(n int, command, argument string, answer bench.Answer, peer bench.Contender) bench.Job {
		peer.Needs = append(peer.Needs, "seq", command)
		peer.Argv = []string{"sh", "-c", fmt.Sprintf("seq %d | %s %s", n, peer.Argv[0], command)}
		return bench.Job{
			Name:   fmt.Sprintf("start %d %s", n, command),
			Answer: answer,
			Contenders: []bench.Contender{
				{Name: program, Argv: []string{s.MTPipe, fmt.Sprintf("seq %d | pmap --jobs 8 { exec %s%s }", n, command, argument)}},
				peer,
			},
		}
	}
	xargs := bench.Contender{Name: "xargs", Needs: []string{"xargs"}, Argv: []string{"xargs -P 8 -n 1"}, Wanted: 1}
	parallel := bench.Contender{Name: "parallel", Needs: []string{"parallel"}, Argv: []string{"parallel --will-cite -j 8"}, Wanted: 0.2}
	return []bench.Job{
		job(sizes.Commands, "true", "", bench.Words, xargs),
		job(sizes.FewCommands, "true", "", bench.Words, parallel),
		job(sizes.FewCommands, "echo", " $it", bench.Unordered, xargs), // which shows that all ran
	}
}
