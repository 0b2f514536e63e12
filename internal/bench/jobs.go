package bench

import (
	"context"
	"fmt"
	"path/filepath"
)

// Setup is what jobs are made of.
type Setup struct {
	MTPipe      string // the path of the program
	NodeModules string // a directory with DuckDB's package for Node; may be empty
	Files       Files
}

const (
	streaming = 64e6 // bytes that mtpipe is to stay below in jobs that keep nothing
	atRest    = 24e6 // bytes that it may have whatever the limit is
)

// Jobs returns what is measured, with the bounds on the ratios of mtpipe's time to that of
// its peers.
func Jobs(ctx context.Context, s Setup) []Job {
	d := findDuckDB(ctx, s.NodeModules)
	var list []Job
	for _, jobs := range [][]Job{s.lineJobs(), s.logJobs(d), s.csvJobs(d), s.jsonJobs(d), s.tableJobs(d), s.sortJobs()} {
		list = append(list, jobs...)
	}
	return append(list, Job{
		Name:       "start-up",
		Answer:     Words,
		Runs:       40,
		Contenders: []Contender{{Name: "mtpipe", Argv: []string{s.MTPipe, "seq 1"}}, peer("jq", "-n", "1")},
	})
}

// mtpipe returns mtpipe as a contender.
func (s Setup) mtpipe(format Format, args ...string) Contender {
	argv := []string{s.MTPipe, "-j", fmt.Sprint(processors)}
	return Contender{Name: "mtpipe", Argv: append(argv, args...), Format: format}
}

// alone returns mtpipe with one reactor, as a peer.
func (s Setup) alone(format Format, args ...string) Contender {
	return Contender{Name: "mtpipe -j 1", Argv: append([]string{s.MTPipe, "-j", "1"}, args...), Format: format, Wanted: 0.6}
}

func peer(argv ...string) Contender { return Contender{Name: argv[0], Argv: argv} }

// shell returns a pipeline of the named programs as a peer. In its text, $1 is the file.
func shell(name, text, file string, needs ...string) Contender {
	return Contender{Name: name, Argv: []string{"sh", "-c", text, "sh", file}, Needs: needs, Format: Blanks}
}

// miller returns Miller as a peer.
func miller(wanted float64, format Format, args ...string) Contender {
	return Contender{Name: "mlr", Argv: append([]string{"mlr"}, args...), Format: format, Wanted: wanted}
}

func within(wanted float64, c Contender) Contender {
	c.Wanted = wanted
	return c
}

// lineJobs are those that look at whole lines of the log.
func (s Setup) lineJobs() []Job {
	const literal = " 500 "
	const pattern = `"(GET|POST) /api/v[0-9]+/[a-z]+s/[0-9]+ HTTP/1\.[01]" (404|500) `
	log := s.Files.Log
	return []Job{
		{
			Name:   "count lines",
			Answer: Words,
			Memory: streaming,
			Contenders: []Contender{
				s.mtpipe(Lines, "count", log),
				within(1, shell("wc -l", `exec wc -l <"$1"`, log, "wc")),
			},
		}, {
			Name:   "grep literal",
			Answer: Bytes,
			Piped:  true,
			Memory: streaming,
			Contenders: []Contender{
				s.mtpipe(Lines, "grep '"+literal+"'", log),
				within(1.5, peer("rg", "--no-config", "-N", literal, log)),
				peer("grep", literal, log),
			},
		}, {
			Name:   "grep regexp",
			Answer: Bytes,
			Piped:  true,
			Memory: streaming,
			Contenders: []Contender{
				s.mtpipe(Lines, "grep '"+pattern+"'", log),
				within(2, peer("rg", "--no-config", "-N", pattern, log)),
				peer("grep", "-E", pattern, log),
			},
		},
	}
}

// logJobs are those that total what is in the log.
func (s Setup) logJobs(d duckDB) []Job {
	job := func(what string, field int, cores, awk, duck float64) Job {
		log := s.Files.Log
		with := func(name string, bound float64) Contender {
			return within(bound, shell(name, fmt.Sprintf(`%s '/ 500 / { n[$%d]++ } END { for (k in n) print n[k], k }' "$1" | sort -rn | head`,
				name, field), log, name, "sort", "head"))
		}
		return Job{
			Name:   "log: errors by " + what,
			Answer: TopCounts,
			Memory: streaming,
			Contenders: []Contender{
				s.mtpipe(CSV, "-o", "csv", fmt.Sprintf(`grep " 500 " | field %d | count_by | top 10 count`, field), log),
				within(cores, shell("grep|cut|sort|uniq", fmt.Sprintf(`grep " 500 " "$1" | cut -d" " -f%d | sort | uniq -c | sort -rn | head`, field),
					log, "grep", "cut", "sort", "uniq", "head")),
				with("mawk", awk),
				with("gawk", 0),
				within(duck, d.query(fmt.Sprintf(`SELECT split_part(line, ' ', %d) AS k, count(*) AS n
FROM read_csv('%s', auto_detect=false, header=false, delim=chr(1), quote='', escape='', columns={'line': 'VARCHAR'})
WHERE contains(line, ' 500 ') GROUP BY k ORDER BY n DESC LIMIT 10`, field, log))),
			},
		}
	}
	return []Job{job("path", 7, 0.1, 0.3, 1), job("address", 1, 0, 0, 0)}
}

// csvJobs are those on the CSV file.
func (s Setup) csvJobs(d duckDB) []Job {
	file := s.Files.CSV
	from := "FROM read_csv('" + file + "')"
	job := func(name string, answer Answer, pipeline string, duck, mlr Contender) Job {
		args := []string{"-i", "csv", "-o", "csv", pipeline, file}
		return Job{Name: name, Answer: answer,
			Contenders: []Contender{s.mtpipe(CSV, args...), within(1, duck), mlr, s.alone(CSV, args...)}}
	}
	table := func(verbs ...string) Contender {
		return miller(0.1, CSV, append(append([]string{"--icsv", "--ocsv"}, verbs...), file)...)
	}
	filter := job("csv: filter, count by", Unordered, `filter "status >= 500" | count_by host`,
		d.query("SELECT host, count(*) "+from+" WHERE status >= 500 GROUP BY host"),
		table("filter", "$status >= 500", "then", "count", "-g", "host"))
	filter.Memory = streaming
	return []Job{
		filter,
		job("csv: mean, p95 by", Unordered, `group_by host mean=mean(ms) "p95=percentile(ms, 95)"`,
			d.query("SELECT host, avg(ms), quantile_cont(ms, 0.95) "+from+" GROUP BY host"),
			table("stats1", "-i", "-a", "mean,p95", "-f", "ms", "-g", "host")),
		job("csv: sort by number", OrderedBy(6), `sort --by ms`,
			d.copy("SELECT * "+from+" ORDER BY ms", filepath.Join(s.Files.Dir, "out-duckdb")),
			table("sort", "-nf", "ms")),
	}
}

// jsonJobs are those on the JSON lines.
func (s Setup) jsonJobs(d duckDB) []Job {
	file := s.Files.JSONLines
	from := "FROM read_json('" + file + "', format='newline_delimited')"
	get := []string{"-i", "jsonl", `filter "status >= 500" | get path`, file}
	count := []string{"-i", "jsonl", "-o", "csv", `filter "status >= 500" | count_by host`, file}
	return []Job{
		{
			Name:   "jsonl: filter, one field",
			Answer: Unordered,
			Memory: streaming,
			Contenders: []Contender{
				s.mtpipe(Lines, get...),
				within(1, d.query("SELECT path "+from+" WHERE status >= 500")),
				{Name: "jq", Argv: []string{"jq", "-r", "select(.status >= 500) | .path", file}, Wanted: 0.05},
				miller(0.03, Lines, "--ijsonl", "--onidx", "filter", "$status >= 500", "then", "cut", "-f", "path", file),
				s.alone(Lines, get...),
			},
		}, {
			Name:   "jsonl: filter, count by",
			Answer: Unordered,
			Memory: streaming,
			Contenders: []Contender{
				s.mtpipe(CSV, count...),
				within(1, d.query("SELECT host, count(*) "+from+" WHERE status >= 500 GROUP BY host")),
				within(0.05, shell("jq|sort|uniq", `jq -r 'select(.status >= 500) | .host' "$1" | sort | uniq -c`, file, "jq", "sort", "uniq")),
				miller(0.03, CSV, "--ijsonl", "--ocsv", "filter", "$status >= 500", "then", "count", "-g", "host", file),
				s.alone(CSV, count...),
			},
		},
	}
}

// sortJobs are those that sort text: in memory, and in a quarter of what the text takes.
func (s Setup) sortJobs() []Job {
	file := s.Files.Text
	budget := max((s.Files.TextSize/4+5e5)/1e6, 1) // megabytes
	parallel := fmt.Sprintf("--parallel=%d", processors)
	return []Job{
		{
			Name:   "sort lines",
			Answer: Bytes,
			Contenders: []Contender{
				s.mtpipe(Lines, "sort", file),
				within(0.6, peer("sort", parallel, file)),
			},
		}, {
			Name:   fmt.Sprintf("sort lines in %d MB", budget),
			Answer: Bytes,
			Memory: max(atRest, budget*1_500_000),
			Contenders: []Contender{
				s.mtpipe(Lines, fmt.Sprintf("--max-memory=%dMB", budget), "sort", file),
				within(1, peer("sort", fmt.Sprintf("-S%db", budget*1_000_000), parallel, file)),
			},
		},
	}
}
