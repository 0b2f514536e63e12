package manual

// safety is the sections about what comes from strangers, each with its title.
var safety = [][2]string{
	{"SANDBOX", `
--sandbox is for a pipeline from a stranger. It reads the FILEs of the command line and standard
input, writes results and messages, and reaches nothing else: exec, sh, find, env, follow, watch,
write, append, split_by, > and the stages of the network are refused, and so are pmap --log, env
and $ENV in programs of jq, and files that the pipeline names. It may name those that were given,
spelled as they were, so that a script can read its arguments: "mtpipe --sandbox -f SCRIPT a.csv
b.csv" with "csv $1 | join $2 --on id". Of variables there are those of -D and the arguments;
those of the environment are not set. What is refused is told with its place before anything
runs, also by "mtpipe explain --sandbox". A stage of one's own is refused unless its declaration
says that it is safe.

The run may keep 256M in memory and take five minutes, unless --max-memory and --timeout say
otherwise. What does not fit into the memory goes to files in TMPDIR that nobody else can open.
--errors-to, --trace, --cpuprofile and --memprofile are refused, since they write files.`},
}
