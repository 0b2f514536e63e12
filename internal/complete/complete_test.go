package complete

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

func newEngine() *Engine {
	return &Engine{Registry: pipeline.NewRegistry(stages.All()...), Environ: []string{"HOME=/home/x", "HOST=h"}, Limit: time.Minute}
}

// inFiles makes the files that the tests complete with the working directory.
func inFiles(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"orders.csv":   "id,price,unit price,item\n1,12.5,3,ham\n2,7,1,egg\n",
		"people.jsonl": `{"name":"Ann","age":7,"home":{"city":"Rome","zip":"1"}}` + "\n" + `{"name":"Bob","mail":"b@x"}` + "\n",
		"semi.txt":     "k;v\n1;2\n",
		"tags.tsv":     "id\ttag\n1\ta\n",
		"lib.mtp":      "def cheap { filter 'price < 10' }\nimport sub/more.mtp\n",
		"sub/more.mtp": "def dear n=3 { top $n price }\n",
		".hidden":      "x",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// texts returns what the candidates make of the text.
func texts(p Pipeline, a Answer) (list []string) {
	for _, c := range a.Candidates {
		list = append(list, p.Text[a.From:]+"→"+c.Text)
	}
	return list
}

func TestPipeline(t *testing.T) {
	inFiles(t)
	tests := []struct {
		name string
		p    Pipeline
		want string // what becomes of what
	}{
		{"a stage at the beginning", Pipeline{Text: "shuf"}, "shuf→shuffle"},
		{"after a bar", Pipeline{Text: "seq 3 | revers"}, "revers→reverse"},
		{"no source after a bar", Pipeline{Text: "seq 3 | seq"}, ""},
		{"a source in a block", Pipeline{Text: "seq 3 | tee { ran"}, "ran→range"},
		{"after ;", Pipeline{Text: "seq 3;reve"}, "reve→reverse"},
		{"in the next line", Pipeline{Text: "seq 3 |\n  reve"}, "reve→reverse"},
		{"a definition", Pipeline{Text: "def cheapest { sort price } csv orders.csv | cheap"}, "cheap→cheapest"},
		{"imported definitions", Pipeline{Text: "import lib.mtp; csv orders.csv | dea"}, "dea→dear"},
		{"def", Pipeline{Text: "seq 3; de"}, "de→delay de→debounce de→def"},
		{"foreign names are not offered", Pipeline{Text: "aw"}, ""},
		{"in a comment", Pipeline{Text: "seq 3 # so"}, ""},

		{"options", Pipeline{Text: "sort --st"}, "--st→--stable"},
		{"an option that is given", Pipeline{Text: "sort --stable --st"}, ""},
		{"a short option", Pipeline{Text: "sort -n"}, "-n→-n"},
		{"the option of all stages", Pipeline{Text: "map it --on-"}, "--on-→--on-error"},
		{"and its values", Pipeline{Text: "map it --on-error k"}, "k→keep"},
		{"after =", Pipeline{Text: "map it --on-error=k"}, "k→keep"},
		{"values of an option", Pipeline{Text: "write x --format js"}, "js→jsonl js→json"},
		{"a format that is read", Pipeline{Text: "join tags.tsv --format xt"}, "xt→xtab"},
		{"no options after --", Pipeline{Text: "sort -- --sta"}, ""},

		{"files", Pipeline{Text: "csv or"}, "or→orders.csv"},
		{"directories", Pipeline{Text: "csv su"}, "su→sub/"},
		{"files below one", Pipeline{Text: "csv sub/"}, "sub/→sub/more.mtp"},
		{"hidden files when asked for", Pipeline{Text: "csv ."}, ".→.hidden"},
		{"the file of a redirection", Pipeline{Text: "seq 3 > or"}, "or→orders.csv"},
		{"a file of an import", Pipeline{Text: "import li"}, "li→lib.mtp"},

		{"a variable of --as", Pipeline{Text: "seq 3 | each --as row { take_from $r"}, "r→row"},
		{"the value of a block", Pipeline{Text: "seq 3 | each { take_from $i"}, "i→it"},
		{"none outside of it", Pipeline{Text: "seq 3 | each { take_from 1 } | take_from $i"}, ""},
		{"a variable of -D", Pipeline{Text: "seq $mo", Define: []string{"most=3"}}, "mo→most"},
		{"of the environment", Pipeline{Text: "take_from $HO"}, "HO→HOME HO→HOST"},
		{"in braces", Pipeline{Text: "take_from ${HOS"}, "HOS→HOST}"},
		{"a parameter", Pipeline{Text: "def f most=3 { head $m"}, "m→most"},
		{"in quotes", Pipeline{Text: `filter "price > $HOS`}, "HOS→HOST"},

		{"fields of a file", Pipeline{Text: "csv orders.csv | sort --by pr"}, "pr→price"},
		{"all of them", Pipeline{Text: "csv orders.csv | select "}, `→id →price →'unit price' →item`},
		{"of a file of the command line", Pipeline{Text: "filter 'pric", Files: []string{"orders.csv"}}, "pric→price"},
		{"for a reader of it", Pipeline{Text: "csv | filter 'pric", Files: []string{"orders.csv"}}, "pric→price"},
		{"with --in", Pipeline{Text: "get v", Files: []string{"semi.txt"}, In: "csv -d ;"}, ""},
		{"with options of the reader", Pipeline{Text: "csv -d ';' semi.txt | get "}, "→k →v"},
		{"read by its name", Pipeline{Text: "read people.jsonl | get ma"}, "ma→mail"},
		{"of a redirection", Pipeline{Text: "csv < orders.csv | get ite"}, "ite→item"},
		{"after select", Pipeline{Text: "csv orders.csv | select id item | get "}, "→id →item"},
		{"after drop", Pipeline{Text: "csv orders.csv | drop id 'unit price' | get "}, "→price →item"},
		{"after rename", Pipeline{Text: "csv orders.csv | rename price=cost | get c"}, "c→cost"},
		{"after set", Pipeline{Text: "csv orders.csv | set 'sum=price*2' | get s"}, "s→sum"},
		{"after group_by", Pipeline{Text: "csv orders.csv | group_by item 'all=sum(price)' | get "}, "→item →all"},
		{"after count_by", Pipeline{Text: "csv orders.csv | count_by item | get "}, "→item →count"},
		{"after join", Pipeline{Text: "csv orders.csv | join tags.tsv --on id | get ta"}, "ta→tag"},
		{"after a definition", Pipeline{Text: "import lib.mtp; csv orders.csv | cheap | get ite"}, "ite→item"},
		{"though no record is left", Pipeline{Text: "csv orders.csv | filter 'price > 999' | set z=1 | get "}, "→id →price →'unit price' →item →z"},
		{"after jq", Pipeline{Text: "read people.jsonl | jq '{who: .name}' | get "}, "→who"},
		{"after a misspelt name", Pipeline{Text: "csv orders.csv | filter 'prise > 3' | get pr"}, "pr→price"},
		{"none after a program", Pipeline{Text: "csv orders.csv | exec cat | get "}, "→--on-error"},
		{"in a block", Pipeline{Text: "csv orders.csv | tee { get ite"}, "ite→item"},
		{"in a block after others", Pipeline{Text: "csv orders.csv | tee { head 1 } { select item | get "}, "→item"},
		{"of errors", Pipeline{Text: "csv orders.csv | try { map 'price/0' } { get mess"}, "mess→message"},
		{"of a record in it", Pipeline{Text: "read people.jsonl | filter 'home.c"}, "c→city"},
		{"after it", Pipeline{Text: "csv orders.csv | filter 'it.ite"}, "ite→item"},
		{"in a string", Pipeline{Text: `csv orders.csv | filter 'item == "pr`}, ""},
		{"in brackets", Pipeline{Text: `csv orders.csv | filter 'it["unit`}, `unit→unit price"]`},
		{"with a blank in an expression", Pipeline{Text: `csv orders.csv | filter 'uni`}, `uni→it["unit price"] uni→uniq(`},
		{"as a word", Pipeline{Text: `csv orders.csv | get uni`}, `uni→'unit price'`},
		{"as a word in a shell's quotes", Pipeline{Text: `csv orders.csv | get uni`, Quote: '\''}, `uni→"unit price"`},
		{"in a template", Pipeline{Text: `csv orders.csv | format 'x {pric`}, "pric→price"},
		{"not beside its braces", Pipeline{Text: `csv orders.csv | format 'x {price} pri`}, ""},
		{"aggregates", Pipeline{Text: "csv orders.csv | group_by item x=corr"}, "corr→correlation("},
		{"functions", Pipeline{Text: "map 'strfti"}, "strfti→strftime("},
		{"after an operator", Pipeline{Text: "map '1+strfti"}, "strfti→strftime("},
		{"not after a digit", Pipeline{Text: "map '1"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := texts(tt.p, newEngine().Pipeline(tt.p))
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
