package stages_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// misspelt has a call for each stage that names fields, with prise for price.
var misspelt = map[string]string{
	"bottom": "bottom 1 prise", "by": "by prise { head 1 }", "count_by": "count_by prise", "distinct": "distinct prise", "drop": "drop prise", "drop_while": "drop_while 'prise == 1'",
	"explode": "explode prise", "fill_down": "fill_down prise", "fill_empty": "fill_empty prise", "filter": "filter 'prise == 1'", "flatten": "flatten prise",
	"format": "format '{prise}'", "get": "get prise", "group_by": "group_by prise", "hist": "hist prise", "join": "join DIR/b.csv --on prise=id",
	"map": "map prise", "max": "max prise", "mean": "mean prise", "median": "median prise", "merge_sorted": "merge_sorted { lines } --by prise",
	"min": "min prise", "partition": "partition 'prise == 1' { count } { count }", "percentile": "percentile 50 --of prise", "plot": "plot price --label prise",
	"reduce": "reduce 0 prise", "reorder": "reorder prise", "reject": "reject 'prise == 1'", "rename": "rename prise=z", "route": "route 'prise == 1' { count } else { count }",
	"scan": "scan 0 prise", "select": "select item prise", "set": "set x=prise", "sort": "sort --by prise:desc", "split_by": "split_by item --to 'DIR/{}-{prise}'",
	"stats": "stats prise", "stddev": "stddev prise", "sum": "sum prise", "implode": "implode prise", "minus": "minus DIR/b.csv --on prise=id", "intersect": "intersect DIR/b.csv --on prise=id", "union": "union DIR/b.csv --on prise=id", "compare": "compare DIR/b.csv --on prise=id", "pivot": "pivot prise item", "step": "step prise delta", "share": "share prise", "unpivot": "unpivot prise", "take_while": "take_while 'prise == 1'", "timeslice": "timeslice 1h prise", "top": "top 1 prise",
}

// fieldsListed is how a message lists the fields that there are.
var fieldsListed = regexp.MustCompile(` \(fields: [^)]*\)`)

// namesDir returns a directory with files of records.
func namesDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"f.csv": "item,price,k\ntea,3,1\ncup,5,2\n", "g.csv": "item,cost\npot,7\n", "b.csv": "id,name\n1,one\n2,two\n", "none.csv": "item,price\n",
		"f.jsonl": `{"item":"tea","price":3,"user":{"name":"x"}}` + "\n" + `{"item":"cup","price":5,"user":{"name":"y"}}` + "\n",
		"f.tsv":   "item\tprice\ntea\t3\n", "f.logfmt": "item=tea price=3\n", "y.csv": "a,2024\nx,7\ny,8\n", "odd.csv": "\"a,b\", price,a.b,NET\n1,2,3,4\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// runNames runs text, in which DIR is a directory. What is wrong with it while planning is an
// error like others.
func runNames(t *testing.T, jobs int, dir, text string) (stdout, stderr string, err error) {
	t.Helper()
	var out, told bytes.Buffer
	plan, err := pipeline.Compile(strings.ReplaceAll(text, "DIR", dir), "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdout: &out, Stderr: &told, Jobs: jobs, Out: "jsonl"})
	if err == nil {
		err = plan.Run(nil)
	}
	return out.String(), told.String(), err
}

// TestMisspeltNames wants of every stage that names fields an error before the first record
// where a header says which there are, and a note at the end elsewhere.
func TestMisspeltNames(t *testing.T) {
	dir := namesDir(t)
	named := regexp.MustCompile(`EXPR|NAME|TEMPLATE|KEY|--by|--on`)
	const others = "grep each find parse env jq http_get http_post tcp_listen unix_listen"
	for _, family := range stages.All() {
		for _, s := range family.Stages {
			if named.MatchString(s.Usage()) && misspelt[s.Name] == "" && !strings.Contains(others, s.Name) {
				t.Errorf("%s: got no call with a name that is misspelt; its usage is %s", s.Name, s.Usage())
			}
		}
	}
	for name, call := range misspelt {
		t.Run(name, func(t *testing.T) {
			before := "csv DIR/f.csv | "
			if name != "merge_sorted" { // which reads its blocks
				for _, jobs := range []int{1, 3} {
					stdout, _, err := runNames(t, jobs, dir, before+call)
					if want := name + ": there is no field prise; did you mean price?"; err == nil || !strings.HasSuffix(fieldsListed.ReplaceAllString(err.Error(), ""), want) || stdout != "" {
						t.Errorf("%s with %d jobs: got %q, %v, want the error %s", call, jobs, stdout, err, want)
					}
				}
			}
			for _, jobs := range []int{1, 3} {
				_, stderr, err := runNames(t, jobs, dir, "jsonl DIR/f.jsonl | "+call)
				switch want := "note: no record had the field prise; did you mean price?\n"; {
				case name == "timeslice" || name == "split_by": // null is wrong there
					if err == nil {
						t.Errorf("got no error")
					}
				case stderr != want || err != nil:
					t.Errorf("%s with %d jobs: got %q, %v, want %q", call, jobs, stderr, err, want)
				}
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*prise*")); len(left) > 0 {
		t.Errorf("got files %q, want none", left)
	}
}

// TestKnownNames follows names through stages that change them.
func TestKnownNames(t *testing.T) {
	dir := namesDir(t)
	for _, row := range []struct{ text, want string }{
		{"csv DIR/f.csv | filter 'item == tea'", `filter: there is no field tea; text stands in quotes: item == "tea"`},
		{"csv DIR/f.csv | filter 'item == ite'", `filter: there is no field ite; did you mean item, or the text item == "ite"?`},
		{"csv DIR/f.csv | filter 'item in [tea]'", `there is no field tea; text stands in quotes: "tea"`},
		{"csv DIR/f.csv | group_by item n=count", "group_by: there is no field count; did you mean count()?"},
		{"csv DIR/f.csv | map upper", "map: there is no field upper; did you mean upper()?"},
		{"csv DIR/f.csv | plot price --kind spark --by prise", "plot: there is no field prise; did you mean price?"},
		{"csv DIR/f.csv | select item,price", "there is no field item,price; names are separated by blanks: select item price"},
		{"csv DIR/f.csv | join DIR/b.csv --on k=wrong", "there is no field wrong in DIR/b.csv"},
		{"csv DIR/f.csv | join DIR/b.csv --on k=id | select nme", "select: there is no field nme; did you mean name?"},
		{"csv DIR/f.csv | join DIR/b.csv --on k=id | select id", "select: there is no field id"},
		{"csv DIR/f.csv | join DIR/b.csv --on k=id --anti | select name", "select: there is no field name"},
		{"csv DIR/f.csv | join DIR/f.csv --on item | select price_3", "did you mean price_2?"},
		{"csv DIR/f.csv | set total=price*2 | sum totl", "did you mean total?"},
		{"csv DIR/f.csv | set prise=prise*2", "did you mean price?"},
		{"csv DIR/f.csv | set b=a a=1", "set: there is no field a"},
		{"csv DIR/f.csv | rename item=z | select item", "select: there is no field item"},
		{"csv DIR/f.csv | select item | sum price", "sum: there is no field price"},
		{"csv DIR/f.csv | drop item | sort item", "sort: there is no field item"},
		{"csv DIR/f.csv | explode k | get itm", "did you mean item?"},
		{"csv DIR/f.csv | enumerate | get m", "get: there is no field m"},
		{"csv DIR/f.csv | uniq -c | get cuont", "did you mean count?"},
		{"csv DIR/f.csv | sort item | tac | shuffle | reverse | tail | distinct | uniq | top 1 k | buffer 1 | last | get prise", "did you mean price?"},
		{"jsonl DIR/f.jsonl | count_by item | select cuont", "did you mean count?"},
		{"jsonl DIR/f.jsonl | group_by item s='sum(price)' | sum sm", "sum: there is no field sm; did you mean s?"},
		{"jsonl DIR/f.jsonl | stats | select maen", "did you mean mean?"},
		{"jsonl DIR/f.jsonl | select item | sum price", "sum: there is no field price"},
		{"jsonl DIR/f.jsonl | hist price | sum cuont", "did you mean count?"},
		{"csv DIR/f.csv | by item { head 1 } | sum prise", "sum: there is no field prise; did you mean price?"},
		{"csv DIR/f.csv | by item { select price } | get itm", "get: there is no field itm; did you mean item?"},
		{"csv DIR/f.csv | by first=item[:1] { drop item | head 1 } | get item", "get: there is no field item"},
		{"csv DIR/f.csv | by first=item[:1] { group_by n=count() } | get fist", "get: there is no field fist; did you mean first?"},
		{"csv DIR/f.csv | group_by item sum(/^pr/) | get price_sm", "get: there is no field price_sm; did you mean price_sum?"},
		{"csv DIR/f.csv | sum /^x/", "sum: no field matches /^x/"},
		{"csv DIR/f.csv | percentile 5 --of /^x/", "percentile: no field matches /^x/"},
		{"csv DIR/f.csv | stats /^x/", "stats: no field matches /^x/"},
		{"csv DIR/f.csv | fill_down /^x/", "fill_down: no field matches /^x/"},
		{"csv DIR/f.csv | fill_empty item /^x/", "fill_empty: no field matches /^x/"},
		{"csv DIR/f.csv | flatten /^x/", "flatten: no field matches /^x/"},
		{"csv DIR/f.csv | reorder /^x/", "reorder: no field matches /^x/"},
		{"csv DIR/f.csv | unpivot /^x/", "unpivot: no field matches /^x/"},
		{"csv DIR/f.csv | step /^x/ delta", "step: no field matches /^x/"},
		{"csv DIR/f.csv | share /^x/", "share: no field matches /^x/"},
		{"csv DIR/f.csv | bottom 2 /^x/", "bottom: no field matches /^x/"},
		{"csv DIR/f.csv | bottom 2 /^pr/ | get price_botom", "did you mean price_bottom?"},
		{"csv DIR/f.csv | step /^pr/ delta | get price_dleta", "did you mean price_delta?"},
		{"seq 3 | top 2 /^x/", "top: int has no field /^x/: 1"},
		{"seq 3 | sum /^x/", "sum: int has no field /^x/: 1"},
		{"seq 3 | group_by sum(/^x/)", "group_by: int has no field /^x/: 1"},
		{"seq 3 | stats /^x/", "stats: no value is a record, so none has the field /^x/"},
		{"lines DIR/f.csv | parse '{name},{b}' | sum nmae", "did you mean name?"},
		{"env | get nme", "did you mean name?"},
		{"csv DIR/f.csv | filter false | select prise", "did you mean price?"},
		{"csv DIR/none.csv | sum prise", "did you mean price?"},
		{"csv --no-header DIR/f.csv | sum c9", "sum: there is no field c9; did you mean c1?"},
		{"tsv DIR/f.tsv | sum prise", "did you mean price?"},
		{"read DIR/f.csv | sum prise", "did you mean price?"},
		{"lines DIR/f.csv | csv | sum prise", "did you mean price?"},
		{"csv DIR/f.csv DIR/g.csv | sum cots", "did you mean cost?"},
		{"csv DIR/f.csv | tee { sum prise | null }", "did you mean price?"},
		{"csv DIR/f.csv | each { set x=prise }", "did you mean price?"},
		{"csv DIR/f.csv | timeout 1h { retry 1 { get prise } }", "did you mean price?"},
		{"range 1 | each { csv DIR/f.csv | sum prise }", "did you mean price?"},
		{"repeat -n 1 prise | each { csv DIR/f.csv | sum $it }", "did you mean price?"},
		{"def rows { csv DIR/f.csv }; rows | sum prise", "did you mean price?"},
		{"def total x { sum $x }; csv DIR/f.csv | total prise", "did you mean price?"},
		{"csv DIR/odd.csv | sum price", `did you mean " price"?`},
		{"csv DIR/odd.csv | sum a.b", `did you mean it["a.b"]?`},
		{"csv DIR/odd.csv | sum net", "did you mean NET?"},
		{"csv DIR/f.csv | map 'it.prise'", "did you mean price?"},
		{"jsonl DIR/f.jsonl | map '{total: price}' | sum totl", "did you mean total?"},
		{"csv DIR/f.csv | map it | sum prise", "did you mean price?"},
		{"csv DIR/f.csv | timeslice 1h '\"2026-01-01\"' | get strat", "did you mean start?"},
		{"csv DIR/f.csv | map 'let p = price; p + prise'", "did you mean price?"},
	} {
		stdout, _, err := runNames(t, 2, dir, row.text)
		said := ""
		if err != nil {
			said = fieldsListed.ReplaceAllString(err.Error(), "") + "\n"
		}
		if want := strings.ReplaceAll(row.want, "DIR", dir); !strings.Contains(said, want+"\n") && !strings.Contains(said, want+" (for ") || stdout != "" {
			t.Errorf("%s: got %q, error %v, want %s", row.text, stdout, err, want)
		}
	}
}

// TestFieldsListed wants a message to list the fields that there are, if they are few.
func TestFieldsListed(t *testing.T) {
	for _, row := range []struct{ text, in, want string }{
		{"csv | get prise", "item,price\n", "11: get: there is no field prise; did you mean price? (fields: item, price)"},
		{"csv | select /^x/", "a,\" b\"\n", `14: select: no field matches /^x/ (fields: a, " b")`},
		{"csv | pivot /^x/ b", "a,b\n", `13: pivot: there is no field /^x/; pivot takes one name there, not a pattern (fields: a, b)`},
		{"csv | get x", "a,b,c,d,e,f,g,h,i,j,k,l\n", "11: get: there is no field x (fields: a, b, c, d, e, f, g, h, i, j, k, l)"},
		{"csv | get x", "a,b,c,d,e,f,g,h,i,j,k,l,m\n", "11: get: there is no field x"},
	} {
		if _, err := stagetest.Run(t, row.text, row.in+"1,2\n"); err == nil || err.Error() != row.want {
			t.Errorf("%s: got %v, want %s", row.text, err, row.want)
		}
	}
}

// TestNamesThatMayBeMissing wants nothing said of names that are there, and of those of which
// the pipeline says that they may be missing.
func TestNamesThatMayBeMissing(t *testing.T) {
	dir := namesDir(t)
	for _, row := range []struct{ text, want string }{
		{`csv DIR/f.csv | map 'it["prise"]' | count`, "2\n"},
		{"csv DIR/f.csv | sum 'prise ?? 0'", "0\n"},
		{"csv DIR/f.csv | filter 'prise == null' | count", "2\n"},
		{"csv DIR/f.csv | filter 'null == prise' | count", "2\n"},
		{"csv DIR/f.csv | filter 'prise != null and prise > 3' | count", "0\n"},
		{`csv DIR/f.csv | filter '"prise" in it' | count`, "0\n"},
		{"csv DIR/f.csv | map 'it?.prise ?? 1' | sum", "2\n"},
		{"jsonl DIR/f.jsonl | map 'user?.nmae' | count", "2\n"},
		{"jsonl DIR/f.jsonl | map 'user.nmae ?? 1' | sum", "2\n"},
		{`jsonl DIR/f.jsonl | map 'user["nmae"]' | count`, "2\n"},
		{"jsonl DIR/f.jsonl | map user.name | count", "2\n"},
		{"jsonl /dev/null | sum prise", "0\n"},
		{"jsonl DIR/f.jsonl | filter false | sum prise", "0\n"},
		{"jsonl DIR/f.jsonl | head 0 | sum prise", "0\n"},
		{"csv DIR/f.csv DIR/g.csv | sum cost", "7\n"},
		{"csv DIR/g.csv DIR/f.csv | sum price", "8\n"},
		{"csv DIR/f.csv DIR/g.csv | sum price", "8\n"},
		{"csv DIR/f.csv | set a=price b=a | sum b", "8\n"},
		{"csv DIR/f.csv | set 'total = price*2' | sum total", "16\n"},
		{"csv DIR/f.csv | set 'a b = 1' | get 'a b' | sum", "2\n"},
		{"csv DIR/f.csv | rename 'item = z' | get z | head 1", "\"tea\"\n"},
		{"csv DIR/odd.csv | rename ' price=p' | sum p", "2\n"},
		{"csv DIR/odd.csv | get a,b", "1\n"},
		{"csv DIR/f.csv | join DIR/b.csv --on 'k = id' | get name | head 1", "\"one\"\n"},
		{"csv DIR/f.csv | group_by 's = sum(price)' | get s", "8\n"},
		{"csv DIR/y.csv | sum 2024", "15\n"},
		{"csv DIR/y.csv | sum 2023", "4046\n"},
		{"csv DIR/y.csv | sum '(2024)'", "4048\n"},
		{"csv DIR/y.csv | sum '2024 + 0'", "4048\n"},
		{"csv DIR/y.csv | filter 'a == \"x\"' | top 1 2024 | get 2024", "7\n"},
		{"concat { csv DIR/y.csv } { csv DIR/f.csv } | sum 2024", "4063\n"},
		{"csv DIR/y.csv | group_by 's=sum(2024)' | get s", "15\n"},
	} {
		for _, jobs := range []int{1, 3} {
			stdout, stderr, err := runNames(t, jobs, dir, row.text)
			if stdout != row.want || stderr != "" || err != nil {
				t.Errorf("%s with %d jobs: got %q, %q, %v, want %q", row.text, jobs, stdout, stderr, err, row.want)
			}
		}
	}
}

// TestNotesBeforeAReaderThatLeaves wants the note of a name to depend on the first record alone where a reader leaves
// early, however much was read beyond what it wanted; and on all where everything was read all the same.
func TestNotesBeforeAReaderThatLeaves(t *testing.T) {
	dir := namesDir(t)
	lines := filepath.Join(dir, "later.jsonl")
	if err := os.WriteFile(lines, []byte("{\"a\":1}\n{\"a\":2,\"b\":3}\n{\"a\":2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const first = "note: the first record did not have the field b\n"
	for _, row := range []struct{ text, want string }{
		{"jsonl DIR/later.jsonl | map b | head 1 | null", first},
		{"jsonl DIR/later.jsonl | map b | buffer 2 | head 1 | null", first},
		{"jsonl DIR/later.jsonl | map b | tee { head 1 } | null", first},
		{"def f { map b }; jsonl DIR/later.jsonl | f | head 1 | null", first},
		{"def f { head 1 }; jsonl DIR/later.jsonl | map b | f | null", first},
		{"def f { tac | head 1 }; def g { map b | f }; jsonl DIR/later.jsonl | g | null", ""},
		{"def f { buffer 1; head 1 }; jsonl DIR/later.jsonl | map b | f | null", ""},
		{"jsonl DIR/later.jsonl | map a | head 1 | null", ""},
		{"jsonl DIR/later.jsonl | map b | head 9 | null", ""},
		{"jsonl DIR/later.jsonl | map b | sort | head 1 | null", ""},
		{"jsonl DIR/later.jsonl | sum b | head 1 | null", ""},
		{"jsonl DIR/later.jsonl | map c | sort | head 1 | null", "note: no record had the field c\n"},
		{"jsonl DIR/later.jsonl | head 1 | map b | null", "note: no record had the field b\n"},
	} {
		for _, jobs := range []int{1, 3} {
			if _, stderr, _ := runNames(t, jobs, dir, row.text); stderr != row.want {
				t.Errorf("%s with %d jobs: got %q, want %q", row.text, jobs, stderr, row.want)
			}
		}
	}
}

// TestNotesOfNames wants one note for each name that is wrong, at the end.
func TestNotesOfNames(t *testing.T) {
	dir := namesDir(t)
	for _, row := range []struct{ text, want string }{
		{"jsonl DIR/f.jsonl | filter 'item == tea'", `note: no record had the field tea; text stands in quotes: item == "tea"` + "\n"},
		{"jsonl DIR/f.jsonl | select item,price | null", "note: no record had the field item,price; names are separated by blanks: select item price\n"},
		{"jsonl DIR/f.jsonl | filter 'user.nmae == \"x\"'", "note: no record had the field user.nmae; did you mean user.name?\n"},
		{"jsonl DIR/f.jsonl | sum /^x/ | null", "note: no record had a field that matches /^x/\n"},
		{"jsonl DIR/f.jsonl | stats /^x/ | null", "note: no record had a field that matches /^x/\n"},
		{"jsonl DIR/f.jsonl | fill_empty /^x/ | null", "note: no record had a field that matches /^x/\n"},
		{"jsonl DIR/f.jsonl | window 2 | map 'map(it, .prise)' | null", "note: no record had the field prise; did you mean price?\n"},
		{"jsonl DIR/f.jsonl | each { set x=prise } | null", "note: no record had the field prise; did you mean price?\n"},
		{"jsonl DIR/f.jsonl | pmap { set x=prise y=prise } | null", "note: no record had the field prise; did you mean price?\n"},
		{"jsonl DIR/f.jsonl | set x=prise | set y=prise | null", "note: no record had the field prise; did you mean price?\n"},
		{"jsonl DIR/f.jsonl | set x=prise | set y=itme | sum prise | null", "note: no record had the field prise; did you mean price?\nnote: no record had the field itme; did you mean item?\n"},
		{"jsonl DIR/f.jsonl | map 'price > 0 ? {a: price} : it' | sum b | null", "note: no record had the field b\n"},
		{"jsonl DIR/f.jsonl | join DIR/f.jsonl --on item=itm", "note: no record of " + dir + "/f.jsonl had the field itm; did you mean item?\n"},
		{"csv DIR/f.csv | get item | each { jsonl DIR/f.jsonl | filter 'itm == \"x\"' }", "note: no record had the field itm; did you mean item?\n"},
		{"repeat -n 2 prise | each { jsonl DIR/f.jsonl | sum $it } | null", "note: no record had the field prise; did you mean price?\n"},
		{"logfmt DIR/f.logfmt | sum prise | null", "note: no record had the field prise; did you mean price?\n"},
		{"csv DIR/f.csv | sum price.x | null", "note: no record had the field price.x\n"},
		{"concat { csv DIR/f.csv } { csv DIR/g.csv } | sum prise | null", "note: no record had the field prise; did you mean price?\n"},
		{"jsonl DIR/f.jsonl | sum prise | map 'it + nothing'", ""},
	} {
		for _, jobs := range []int{1, 3} {
			_, stderr, err := runNames(t, jobs, dir, row.text)
			if stderr != row.want || (err == nil) != (row.want != "") {
				t.Errorf("%s with %d jobs: got %q, %v, want %q", row.text, jobs, stderr, err, row.want)
			}
		}
	}
}
