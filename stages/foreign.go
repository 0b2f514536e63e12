package stages

import "mtpipe/pipeline"

// foreignNames is the answers to names that people know from elsewhere: what does the same here.
// A name that is a stage needs no answer, and has none even if it stands here.
func foreignNames() []pipeline.Answer {
	var list []pipeline.Answer
	for _, group := range [][]pipeline.Answer{
		answers("Unix", unixNames), answers("awk and others", programNames), answers("jq", jqNames), answers("Miller", millerNames), answers("xan and csvkit", xanNames),
		answers("nushell", nushellNames), answers("SQL", sqlNames), answers("pandas and dplyr", frameNames), answers("angle-grinder", grinderNames),
	} {
		list = append(list, group...)
	}
	return list
}

// answers makes answers of rows with a name, what does the same, and a pipeline.
func answers(from string, rows [][3]string) []pipeline.Answer {
	list := make([]pipeline.Answer, len(rows))
	for i, r := range rows {
		list[i] = pipeline.Answer{Name: r[0], From: from, Say: r[1], Use: r[2]}
	}
	return list
}

var unixNames = [][3]string{
	{"cat", "cat is lines here", "lines notes.txt"},
	{"zcat", "lines unpacks what is packed", "lines access.log.gz"},
	{"gunzip", "lines unpacks what is packed", "lines access.log.gz"},
	{"less", "what is put is printed, head has the first values", "lines notes.txt | head 20"},
	{"more", "what is put is printed, head has the first values", "lines notes.txt | head 20"},
	{"wc", "wc -l is count here", "lines notes.txt | count"},
	{"cut", "cut -f is field here, and of tables select", "lines parts.csv | field -d , 2-"},
	{"sed", "sed s/a/b/ is replace here, sed -n /a/p is grep", "lines notes.txt | replace 'a+' b"},
	{"echo", "echo is take_from here", "take_from hello world"},
	{"printf", "printf is take_from here, or format with a template", "take_from hello | format '{it}!'"},
	{"ls", "ls is find here", "find src --max-depth 1"},
	{"fd", "fd is find here", "find src --name '*.go' --type f"},
	{"xargs", "xargs is pmap here, or batch and pmap for many at once", "find src --type f | batch 100 | pmap { exec wc -c {...} }"},
	{"parallel", "parallel is pmap here", "take_from a b | pmap --jobs 8 { exec echo {} }"},
	{"nl", "nl is enumerate here", "lines notes.txt | enumerate | format '{n:>6} {value}'"},
	{"paste", "paste is zip here", "zip { lines a.txt } { lines b.txt } | format '{it[0]} {it[1]}'"},
	{"comm", "comm is compare here, comm -23 is minus and comm -12 intersect", "lines a.txt | compare b.txt"},
	{"diff", "what one file has and the other has not is join --anti here", "csv a.csv | join b.csv --on id --anti"},
	{"shuf", "shuf is shuffle here, shuf -n is sample", "lines notes.txt | sample 5"},
	{"yes", "yes is repeat here", "repeat y | head 3"},
	{"fold", "chars cuts lines", "lines notes.txt | chars 1 80"},
	{"expand", "replace puts blanks for tabs", "lines notes.txt | replace -F '\\t' '    '"},
	{"column", "column -t is table here, for records", "lines passwd | parse '{user}:{rest}' | table"},
	{"md5sum", "the function hash does it", "lines notes.txt | map 'hash(it)'"},
	{"sha256sum", "the function hash does it", "lines notes.txt | map 'hash(it)'"},
	{"base64", "the function base64 does it", "lines notes.txt | map 'base64(it)'"},
	{"date", "the functions now and strftime do it", "take_from 0 | map 'strftime(now(), \"%F %T\")'"},
	{"sleep", "delay lets values wait, every puts times", "every 1s | head 3"},
	{"csplit", "split_by writes a file for each value of an expression", "csv orders.csv | split_by shop --to '{}.csv'"},
	{"curl", "curl is http_get here", "http_get https://example.org/"},
	{"wget", "wget is http_get here", "http_get https://example.org/ | write page.html"},
	{"nc", "nc is tcp here, nc -l is tcp_listen", "tcp_listen localhost:7000 { upper }"},
	{"bash", "bash -c is sh here", "sh 'ls | wc -l'"},
	{"egrep", "egrep is grep here", "lines notes.txt | grep 'a|b'"},
	{"fgrep", "fgrep is grep -F here", "lines notes.txt | grep -F a.b"},
	{"rg", "rg is grep here", "lines notes.txt | grep todo"},
	{"dd", "head and skip take parts", "lines notes.txt | skip 5 | head 10"},
	{"iconv", "text is UTF-8 here, and UTF-16 is read by its mark", "lines notes.txt"},
	{"cp", "write writes a file", "lines notes.txt | write copy.txt"},
}

var programNames = [][3]string{
	{"awk", "awk '{print $1}' is field 1 here, and $3 > 5 is filter", "lines access.log | field 1"},
	{"gawk", "awk '{print $1}' is field 1 here, and $3 > 5 is filter", "lines access.log | field 1"},
	{"print", "what is put is printed; format says how", "lines notes.txt | format '{it}'"},
	{"perl", "replace, parse and map do what perl -pe and -ne do", "lines notes.txt | replace '(\\w+) (\\w+)' '$2 $1'"},
	{"python", "map and reduce compute with expressions", "lines numbers.txt | map 'float(it) * 2'"},
	{"datamash", "group_by does it", "tsv data.tsv | group_by g 'm=mean(x)'"},
	{"pv", "pv is progress here", "lines big.txt | progress | count"},
	{"ts", "ts is timestamp here", "follow app.log | timestamp"},
	{"dos2unix", "lines reads both ends of lines, replace takes the mark away", "lines notes.txt | replace '\\r$' ''"},
	{"while", "each runs a block for each value", "lines names.txt | each { take_from $it }"},
	{"for", "each runs a block for each value", "seq 3 | each { take_from $it }"},
	{"if", "route and partition choose by a condition; a ? b : c does it in expressions", "seq 9 | map 'it > 5 ? \"large\" : \"small\"'"},
}

var jqNames = [][3]string{
	{"to_entries", "it is a word of jq", "json config.json | jq to_entries"},
	{"keys", "the function keys does it", "json config.json | map 'keys(it)'"},
	{"length", "the function len does it, count counts values", "jsonl events.jsonl | map 'len(it)'"},
	{"gojq", "gojq is jq here", "json config.json | jq .name"},
	{"del", "del is drop here", "jsonl events.jsonl | drop secret"},
}

var millerNames = [][3]string{
	{"mlr", "the verbs of Miller are stages, csv and json say what is read", "csv orders.csv | filter 'price > 10' | sort --by price"},
	{"count-similar", "group_by counts, and join brings the count to each record", "csv orders.csv | join counts.csv --on shop"},
	{"count-distinct", "count-distinct is count_by here", "csv orders.csv | count_by shop"},
	{"stats1", "stats1 is group_by here", "csv orders.csv | group_by shop 'm=mean(price)'"},
	{"merge-fields", "set computes with several fields", "csv t.csv | set 'total=a + b'"},
	{"put", "put is set here", "csv orders.csv | set 'total=price * 1.2'"},
	{"nest", "nest is explode and implode here", "csv t.csv | explode tags --on ';'"},
	{"reshape", "reshape is unpivot and pivot here", "csv wide.csv | unpivot jan feb"},
	{"fraction", "fraction is share here", "csv orders.csv | share price"},
	{"case", "the functions upper, lower and capitalize do it", "csv t.csv | set 'name=upper(name)'"},
	{"sec2gmt", "the function strftime does it", "csv t.csv | set 'day=strftime(t, \"%F\")'"},
	{"fill-down", "fill-down is fill_down here", "csv t.csv | fill_down shop"},
	{"fill", "fill_down and fill_empty are what fills fields here", "csv t.csv | fill_down shop"},
	{"fill-empty", "fill-empty is fill_empty here", "csv t.csv | fill_empty --with 0"},
	{"regularize", "unsparsify gives all records the same fields", "jsonl t.jsonl | unsparsify"},
	{"template", "select gives all records the same fields in order", "csv t.csv | select a b"},
	{"sparsify", "set and drop take fields away", "csv t.csv | drop b"},
	{"nothing", "nothing is null here", "csv t.csv | null"},
	{"decimate", "nth and filter choose by the number", "csv t.csv | enumerate | filter 'n % 10 == 0'"},
	{"bootstrap", "sample and shuffle choose at random", "csv t.csv | sample 10"},
	{"seqgen", "seqgen is seq here", "seq 1 2 9"},
	{"label", "label is rename here", "csv t.csv | rename a=x"},
	{"sort-within-records", "reorder and select order fields", "csv t.csv | reorder c a"},
}

var xanNames = [][3]string{
	{"xan", "the verbs of xan are stages, csv says what is read", "csv orders.csv | count_by shop"},
	{"qsv", "the verbs of qsv are stages, csv says what is read", "csv orders.csv | count_by shop"},
	{"xsv", "the verbs of xsv are stages, csv says what is read", "csv orders.csv | count_by shop"},
	{"csvcut", "csvcut is select here", "csv orders.csv | select shop price"},
	{"csvgrep", "csvgrep is filter here", "csv orders.csv | filter 'shop == \"north\"'"},
	{"csvsort", "csvsort is sort here", "csv orders.csv | sort --by price"},
	{"csvstat", "csvstat is stats here", "csv orders.csv | stats"},
	{"csvjoin", "csvjoin is join here", "csv orders.csv | join shops.csv --on shop"},
	{"csvlook", "csvlook is -o table, which is usual on a terminal", "csv orders.csv | head 20"},
	{"frequency", "frequency is count_by here", "csv orders.csv | count_by shop | top 10 count"},
	{"freq", "freq is count_by here", "csv orders.csv | count_by shop | top 10 count"},
	{"dedup", "dedup is distinct here", "csv orders.csv | distinct id"},
	{"groupby", "groupby is group_by here", "csv orders.csv | group_by shop 'm=mean(price)'"},
	{"agg", "group_by, sum, mean and others compute one result", "csv orders.csv | mean price"},
	{"search", "search is grep or filter here", "csv orders.csv | grep north"},
	{"behead", "to_csv --no-header writes no header", "csv orders.csv | to_csv --no-header"},
	{"headers", "the function keys has the names of fields", "csv orders.csv | head 1 | map 'keys(it)'"},
	{"view", "what is put is printed as a table on a terminal", "csv orders.csv | head 20"},
	{"transform", "transform is set here", "csv orders.csv | set 'shop=upper(shop)'"},
	{"fixlengths", "unsparsify gives all records the same fields", "csv orders.csv | unsparsify"},
}

var nushellNames = [][3]string{
	{"open", "open is read here", "read orders.csv"},
	{"save", "save is write here", "csv orders.csv | write copy.csv"},
	{"group-by", "group-by is group_by here", "csv orders.csv | group_by shop 'n=count()'"},
	{"sort-by", "sort-by is sort --by here", "csv orders.csv | sort --by price:desc"},
	{"update", "update is set here", "csv orders.csv | set 'price=price * 2'"},
	{"upsert", "upsert is set here", "csv orders.csv | set 'price=price * 2'"},
	{"par-each", "par-each is pmap here", "seq 3 | pmap { take_from $it }"},
	{"to", "to json is to_json here", "csv orders.csv | to_json"},
	{"wrap", "map makes records", "lines notes.txt | map '{line: it}'"},
	{"math", "sum, mean, max and others compute", "csv orders.csv | sum price"},
	{"str", "the functions trim, upper, sub and others change text", "lines notes.txt | map 'upper(it)'"},
	{"default", "?? in an expression stands for what is missing", "jsonl t.jsonl | map 'price ?? 0'"},
	{"compact", "filter leaves out what is null", "jsonl t.jsonl | filter 'price != null'"},
	{"chunks", "chunks is batch here", "lines notes.txt | batch 10"},
	{"columns", "the function keys has the names of fields", "csv orders.csv | head 1 | map 'keys(it)'"},
	{"prepend", "concat puts one after the other", "concat { take_from first } { lines notes.txt }"},
}

var sqlNames = [][3]string{
	{"SELECT", "SELECT is select and map here, WHERE is filter, and the file comes first", "csv orders.csv | filter 'price > 10' | select shop price"},
	{"FROM", "the file comes first, by the name of its format", "csv orders.csv"},
	{"WHERE", "WHERE is filter here", "csv orders.csv | filter 'price > 10'"},
	{"GROUP", "GROUP BY is group_by here", "csv orders.csv | group_by shop 'n=count()'"},
	{"ORDER", "ORDER BY is sort --by here", "csv orders.csv | sort --by price:desc"},
	{"HAVING", "HAVING is filter after group_by here", "csv orders.csv | group_by shop 'n=count()' | filter 'n > 1'"},
	{"LIMIT", "LIMIT is head here", "csv orders.csv | head 10"},
	{"OFFSET", "OFFSET is skip here", "csv orders.csv | skip 10"},
	{"UNION", "UNION ALL is concat here, and distinct after it is UNION", "concat { csv a.csv } { csv b.csv } | distinct"},
	{"EXCEPT", "EXCEPT is join --anti here", "csv a.csv | join b.csv --on id --anti"},
	{"INSERT", "INSERT is append here", "csv new.csv | append all.csv"},
	{"DELETE", "DELETE is reject and a new file here", "csv all.csv | reject 'price == 0' > all.csv"},
	{"order_by", "order_by is sort --by here", "csv orders.csv | sort --by price:desc"},
}

var frameNames = [][3]string{
	{"pivot_longer", "pivot_longer is unpivot here", "csv wide.csv | unpivot jan feb --name month --value sales"},
	{"pivot_wider", "pivot_wider is pivot here", "csv long.csv | pivot month sales"},
	{"melt", "melt is unpivot here", "csv wide.csv | unpivot jan feb"},
	{"gather", "gather is unpivot here", "csv wide.csv | unpivot jan feb"},
	{"spread", "spread is pivot here", "csv long.csv | pivot month sales"},
	{"mutate", "mutate is set here", "csv orders.csv | set 'total=price * 2'"},
	{"assign", "assign is set here", "csv orders.csv | set 'total=price * 2'"},
	{"summarise", "summarise is group_by here, or sum, mean and others", "csv orders.csv | group_by shop 'm=mean(price)'"},
	{"summarize", "summarize is group_by here, or sum, mean and others", "csv orders.csv | group_by shop 'm=mean(price)'"},
	{"arrange", "arrange is sort --by here", "csv orders.csv | sort --by price"},
	{"sort_values", "sort_values is sort --by here", "csv orders.csv | sort --by price"},
	{"value_counts", "value_counts is count_by here", "csv orders.csv | count_by shop"},
	{"drop_duplicates", "drop_duplicates is distinct here", "csv orders.csv | distinct id"},
	{"dropna", "dropna is filter here", "csv orders.csv | filter 'price != null'"},
	{"fillna", "fillna is fill_empty here", "csv orders.csv | fill_empty --with 0"},
	{"ffill", "ffill is fill_down here", "csv orders.csv | fill_down shop"},
	{"merge", "merge is join here", "csv orders.csv | join shops.csv --on shop"},
	{"left_join", "left_join is join --left here", "csv orders.csv | join shops.csv --on shop --left"},
	{"anti_join", "anti_join is join --anti here", "csv orders.csv | join shops.csv --on shop --anti"},
	{"read_csv", "read_csv is csv here", "csv orders.csv"},
	{"describe", "describe is stats here", "csv orders.csv | stats"},
	{"glimpse", "glimpse is stats here", "csv orders.csv | stats"},
	{"slice_max", "slice_max is top here", "csv orders.csv | top 3 price"},
	{"nlargest", "nlargest is top here", "csv orders.csv | top 3 price"},
	{"nsmallest", "nsmallest is bottom here", "csv orders.csv | bottom 3 price"},
	{"unnest", "unnest is explode here", "jsonl t.jsonl | explode items"},
	{"flatMap", "explode makes a value for each element", "jsonl t.jsonl | explode items"},
	{"cumsum", "cumsum is step here", "csv t.csv | step price cumsum"},
	{"rolling", "rolling is window here", "lines numbers.txt | window 3 | map 'mean(it)'"},
	{"rename_with", "rename takes old and new names", "csv t.csv | rename a=b"},
	{"iloc", "iloc is slice here", "csv t.csv | slice 3 5"},
	{"str_replace", "str_replace is replace here, or the function sub", "lines notes.txt | replace a b"},
	{"inject", "inject is reduce here", "seq 4 | reduce 0 'acc + it'"},
	{"collect", "batch makes lists", "seq 4 | batch 100"},
}

var grinderNames = [][3]string{
	{"agrind", "the operators of angle-grinder are stages, lines or follow comes first", "lines app.log | parse '{level} {text}' | count_by level"},
	{"p50", "percentile does it", "csv t.csv | percentile 50 --of ms"},
	{"p90", "percentile does it", "csv t.csv | percentile 90 --of ms"},
	{"p99", "percentile does it", "csv t.csv | percentile 99 --of ms"},
	{"count_distinct", "distinct and count do it, or distinct() in group_by", "csv t.csv | distinct user | count"},
	{"avg", "avg is mean here", "csv t.csv | mean ms"},
	{"average", "average is mean here", "csv t.csv | mean ms"},
	{"fields", "fields is select here, and fields except is drop", "csv t.csv | select a b"},
	{"total", "total is step cumsum here", "csv t.csv | step ms cumsum"},
}
