package stages

import (
	"maps"

	"strings"

	"mtpipe/pipeline"
)

// foreignOptions is what is written instead of options that the stages' namesakes elsewhere have:
// the stages, the options, and the answer, in which STAGE is the stage's name.
var foreignOptions = [][3]string{
	{"head take tail top bottom sample first last", "-g --by --per", "by KEY { … } runs stages for each group: by shop { STAGE 2 }"},
	{"top bottom sample", "-n -k", "how many is an argument: STAGE 3"},
	{"top bottom", "-f --field", "what is compared is an argument: STAGE 3 price"},
	{"top bottom", "-a", "records are put whole anyway; leave it out"},
	{"sum mean stddev min max median", "-f --field", "the field is an argument: STAGE price"},
	{"sum mean stddev min max median percentile stats first last", "-g --by", "group_by computes for each group: group_by shop 'x=STAGE(price)'"},
	{"percentile", "-p", "which are arguments: percentile 50 95 --of price"},
	{"percentile", "-f --field", "--of says of what: percentile 95 --of price"},
	{"count", "-g --by -d -f", "count_by counts each: count_by shop"},
	{"count_by", "-g --by -f -d", "what is counted is an argument: count_by shop"},
	{"group_by", "-g -f --by", "keys and results are arguments: group_by shop 'm=mean(price)'"},
	{"group_by", "-a", "results are arguments: group_by shop 'm=mean(price)'"},
	{"distinct uniq", "-g", "distinct takes the names of fields: distinct shop item"},
	{"distinct", "-f", "names are arguments: distinct shop item"},
	{"distinct", "-c", "count_by counts equal values: count_by shop item"},
	{"select", "-x --exclude -v", "drop takes fields away: drop price"},
	{"drop", "-x", "select keeps fields and no others: select shop price"},
	{"select", "-o", "fields come in the order of the names anyway; leave it out"},
	{"select drop reorder unpivot fill_down fill_empty rename", "-f --fields", "names are arguments: STAGE shop price"},
	{"select drop reorder", "-r", "a pattern stands between slashes: STAGE /^x_/"},
	{"rename", "-r -g", "a pattern stands between slashes: rename '/^x_/=y_'"},
	{"unpivot", "-i", "names are arguments: unpivot jan feb"},
	{"unpivot", "-r", "a pattern stands between slashes: unpivot /^m_/"},
	{"unpivot", "-o", "--name and --value say how the two are called"},
	{"pivot", "-s -f --names --values", "both names are arguments: pivot month sales"},
	{"step", "-a -f", "the field and what is added are arguments: step price delta shift"},
	{"step share", "-g", "--by NAME: STAGE … --by shop"},
	{"step", "-d", "--alpha says how much the latest weighs"},
	{"fill_down fill_empty", "-a --all", "without names all fields are filled; leave it out"},
	{"fill_empty", "-v", "--with says what is filled in: fill_empty --with 0"},
	{"join", "-t", "--format says how FILE is read: --format 'csv -d \";\"'"},
	{"join", "-1 -2 -j -l -r", "--on says what is compared: --on LEFT=RIGHT"},
	{"join", "-f", "FILE is an argument: join shops.csv --on shop"},
	{"join", "-a --ul", "--left and --right also put what has no partner, --outer both"},
	{"join", "-v --np", "--anti puts what has no partner"},
	{"split", "-d -F", "the delimiter is an argument: split ,"},
	{"split", "-l -b -C -n", "split_by writes parts to files: split_by --lines 1000 --to 'part{}.txt'"},
	{"replace", "-g", "all matches are replaced anyway; leave it out"},
	{"replace", "-E -r -e", "patterns are extended regular expressions anyway; leave it out"},
	{"replace", "--in-place", "read the file and write it: lines a.txt | replace x y > a.txt"},
	{"csv", "-s --sep --ifs --separator", "-d says what stands between fields: csv -d ';'"},
	{"csv", "-t", "tsv reads tabs, or csv -d '\\t'"},
	{"csv", "-H --implicit-csv-header --no-headers", "--no-header: the first record is data"},
	{"format", "", "fields stand in braces: format '{name} {price:.2f}'"},
}

// withForeignOptions gives the stages of the families these answers, beside their own.
func withForeignOptions(families []pipeline.Family) []pipeline.Family {
	byName := make(map[string]*pipeline.Stage)
	for _, f := range families {
		for _, s := range f.Stages {
			byName[s.Name] = s
			s.Instead = maps.Clone(s.Instead)
		}
	}
	for _, row := range foreignOptions {
		for _, name := range strings.Fields(row[0]) {
			s := byName[name]
			if s.Instead == nil {
				s.Instead = make(map[string]string)
			}
			options := strings.Fields(row[1])
			if row[1] == "" {
				options = []string{""}
			}
			for _, o := range options {
				if s.Instead[o] == "" {
					s.Instead[o] = strings.ReplaceAll(row[2], "STAGE", name)
				}
			}
		}
	}
	return families
}
