package bench

// Jobs returns what is measured, with the paths of mtpipe and of the access log.
func Jobs(mtpipe, log string) []Job {
	c := []string{"LC_ALL=C"}
	run := func(args ...string) Contender {
		return Contender{Name: "mtpipe", Argv: append([]string{mtpipe}, args...)}
	}
	shell := func(name, text string) Contender {
		return Contender{Name: name, Argv: []string{"sh", "-c", text, "sh", log}, Env: c}
	}
	awk := func(name string) Contender {
		if (Contender{Argv: []string{name}}).Missing() {
			return Contender{Name: name, Argv: []string{name}}
		}
		return shell(name, name+` '/ 500 / { n[$1]++ } END { for (k in n) print n[k], k }' "$1" | sort -rn | head`)
	}
	peer := func(argv ...string) Contender { return Contender{Name: argv[0], Argv: argv, Env: c} }
	return []Job{
		{
			Name:   "errors by address",
			Answer: TopCounts,
			Contenders: []Contender{
				run("-o", "tsv", `grep " 500 " | field 1 | count_by | top 10 count`, log),
				shell("grep|cut|sort|uniq", `grep " 500 " "$1" | cut -d" " -f1 | sort | uniq -c | sort -rn | head`),
				awk("mawk"),
				awk("gawk"),
			},
		}, {
			Name:       "count lines",
			Answer:     Words,
			Contenders: []Contender{run("count", log), shell("wc -l", `wc -l <"$1"`)},
		}, {
			Name:   "search a literal",
			Answer: Bytes,
			Contenders: []Contender{
				run(`grep " 500 "`, log),
				peer("grep", " 500 ", log),
				peer("rg", "--no-config", "-N", " 500 ", log),
			},
		}, {
			Name:       "start-up",
			Answer:     Words,
			Runs:       40,
			Contenders: []Contender{run("seq 1"), peer("jq", "-n", "1")},
		},
	}
}

// fiveStages is the question of the first output: each line goes through five stages, which
// leave its first two fields.
func fiveStages(mtpipe string) []Contender {
	return []Contender{
		{Name: "mtpipe", Argv: []string{mtpipe, `lines | grep line | grep -v never | field 1 2 | grep "line [0-9]"`}},
		{Name: "five processes", Env: []string{"LC_ALL=C"}, Argv: []string{"sh", "-c",
			`cat | grep line | grep -v never | cut -d" " -f1,2 | grep "line [0-9]"`}},
		{Name: "five processes, line-buffered", Env: []string{"LC_ALL=C"}, Argv: []string{"sh", "-c",
			`cat | grep --line-buffered line | grep --line-buffered -v never | stdbuf -oL cut -d" " -f1,2 | grep --line-buffered "line [0-9]"`}},
	}
}
