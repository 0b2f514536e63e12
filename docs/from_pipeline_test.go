package docs_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mtpipe/docs"
)

// shellPipelines are said in mtpipe's words with the same answer: byte for byte but for jq and Miller, which write
// numbers and JSON in their own way.
var shellPipelines = []string{
	"cat words", "cat -n words", "cat words wanted | wc -l", "wc -l < access.log", "wc -w < letter.txt", "wc -L < letter.txt",
	"head words", "head -3 words", "head -n 2 words", "head -n -2 words", "head --lines=1 words", "tail -n +3 words", "tail -2 words", "tail words | head -1",
	"sort words", "sort -ru words", "sort -t, -k3,3n quarters.csv", "sort -k2,2 -k1n sizes", "sort words | uniq -c | sort -rn | head -n 2",
	"cat words words | sort | uniq -d", "sort present | uniq -u", "uniq -c present", "cut -d, -f3,1 quarters.csv", "cut -f1 sizes", "cut -d, -f2- buses.csv", "cut -c1-10 app.log", "cut -c -5 words", "cut -s -d: -f2 app.log",
	"cut -d, --complement -f2 buses.csv", "tr a-z A-Z < words", "cat words | tr -d aeiou", "tr -cs A-Za-z '\\n' < letter.txt", "tr -s ' ' < letter.txt",
	"grep disk app.log", "grep -c disk app.log", "grep -v '^ ' app.log", "grep -in DISK app.log", "grep -o '[0-9]\\+' access.log", "grep -E 'a|e' words", "grep -v 'a|e' words",
	"grep -F a words wanted", "grep -e fox -e dog words", "grep -w -m 1 fox words", "grep -A1 dog words", "grep 'd\\(o\\|i\\)' words", "egrep '^(.)' words", "grep '[[:digit:]]\\{3\\}' access.log",
	"sed 's/disk/disc/' app.log", "sed 's/o/0/g; s/e/3/g' words", "sed -E 's/(.)(.)/\\2\\1/' words", "sed 's/\\([a-z]\\)/<&>/' words", "sed -n 2p words", "sed -n '2,3p' words", "sed -n '2,$p' words", "sed 2q words", "sed 1d words", "sed '$d' words",
	"sed '/^ /d' app.log", "sed -n '/disk/p' app.log", "sed 's|/|:|g' paths", "sed 's/$/!/' words", "sed 's/o/$1/' words", "sed y/abc/xyz/ words", "sed -e 1d -e 's/a/A/I' words", "sed -n '$p' words",
	"nl -ba words", "paste -sd, words", "paste -d: words words", "tac words", "rev words", "seq 3", "seq 2 5", "seq 1 0.5 3", "shuf -i 1-5 | sort", "comm -12 wanted wanted", "comm -23 words /dev/null",
	"cat words | tee copy | wc -l; cat copy", "cat words > copy; cat copy", "cat words | xargs -n1 echo got", "cat words | xargs -I{} echo {} is {}", "cat words | xargs -I% echo a%b",
	"awk '{print $1}' access.log", "awk '{print}' words", "awk 1 words", "awk '{print $NF}' app.log", "awk '{print $9, $1}' access.log", "awk '{print $(NF-1)}' access.log", "awk -F, '{print $3}' buses.csv", "awk -F, '{print $1, $3}' quarters.csv", "awk -F, -v OFS=, '{print $2, $1}' quarters.csv", "awk -F'\\t' '{print $2}' sizes",
	"awk '/disk/' app.log", "awk '!/disk/' app.log", "awk '/ 500 / {print $1}' access.log", "awk 'NR==2' words", "awk 'NR <= 2' words", "awk 'NR>1' words", "awk 'NR > 1 {print $1}' sizes", "awk 'NR % 3 == 0' access.log", "awk 'END {print NR}' access.log", "awk 'END{print}' words",
	"awk '{s += $10} END {print s}' access.log", "awk '{s+=$1;} END {print s}' sizes", "awk '$9 == 500' access.log", "awk '$9 >= 400 {print $1, $9}' access.log", "awk -F, 'NR > 1 && $3 > 10' quarters.csv", "awk -F, '$3 == \"Market\"' buses.csv", "awk '$7 ~ /orders/' access.log",
	"awk 'length > 4' words", "awk 'length($0) < 5' words", "awk '!seen[$0]++' wanted", "awk '!s[$1]++' access.log", "awk '{print NR, $0}' words", "awk '{print toupper($0)}' words", "awk '{print length}' words", "awk NF letter.txt", "awk '{gsub(/disk/, \"disc\")} 1' app.log", "awk '{sub(/o/, \"0\"); print}' words", "awk '{n[$9]++} END {for (k in n) print k, n[k]}' access.log | sort",
	"jq -r .path requests.jsonl", "jq -c .path requests.jsonl", "jq -c . requests.jsonl", "jq -c '{status, path}' requests.jsonl", "jq -r .customer.city order.json", "jq -c '.items[]' order.json", "jq -s length requests.jsonl", "jq -c 'select(.ms > 100)' requests.jsonl", "jq -cn '[inputs.ms]' requests.jsonl", "jq -r '.[\"path\"] as $p | $p' requests.jsonl", "cat requests.jsonl | jq -r .status | sort | uniq -c",
	"mlr --csv head -n 2 orders.csv", "mlr --csv cut -o -f price,item orders.csv", "mlr --csv cut -x -f price orders.csv", "mlr --icsv --ojsonl filter '$price > 10' orders.csv", "mlr --csv sort -nr price then head -n 2 orders.csv", "mlr --csv filter '$item == \"tea\" && $quantity > 1' orders.csv", "mlr --c2l cat quarters.csv", "mlr --csv rename shop,store then tac quarters.csv", "mlr --csv count-distinct -f shop quarters.csv", "mlr --csv stats1 -a sum,max -f sales -g shop quarters.csv", "mlr --csv put '$twice = $sales * 2' quarters.csv", "mlr --icsv --oxtab --from quarters.csv tail -n 1",
}

// unsaid are pipelines with something that has no counterpart, and what the caret stands under.
var unsaid = [][2]string{
	{"awk 'BEGIN {x = 1} {x *= $1} END {print x}' words", "'BEGIN"}, {"cat $file", "$file"}, {"cat words && ls", "&&"}, {"ls -l | wc -l", "ls"},
	{"sort words | grep -P 'a(?=b)'", "-P"}, {"head -c 5 words", "-c"}, {"grep '\\(a\\)\\1' words", "'\\("}, {"sed -i s/a/b/ words", "-i"}, {"cat words | sort wanted", "wanted"},
	{"head words wanted", "wanted"}, {"cat words > copy | wc -l", "copy"}, {"sed 's/a/\\U&/' words", "'s/a"}, {"paste - -", "-"}, {"echo \"$(date)\"", "$(date"}, {"wc words", "wc"}, {"cat 'words", "'words"}, {"cat words |", ""},
	{"mlr --icsv --ojson nest --ivar ';' -f x a.csv", "nest"}, {"xargs rm < words", "xargs"}, {"comm a b", "comm"}, {"diff <(sort words) wanted", "<(sort"}, {"LC_ALL=C sort words", "LC_ALL"}, {"awk -f prog words", "-f"}, {"cut -f2,1-3 words", "-f2,1-3"},
}

// TestFromShell runs pipelines of the shell and what mtpipe from makes of them.
func TestFromShell(t *testing.T) {
	home := t.TempDir()
	for _, line := range shellPipelines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if name, is := missing(line); is {
				t.Skipf("%s is not installed", name)
			}
			first, after := line, ""
			if strings.Contains(line, "; cat copy") {
				first, after, _ = strings.Cut(line, ";")
			}
			j := job{home: home}
			said, err := j.runScript(t, "sh", "mtpipe from "+shellWord(first), true)
			if err != nil || !strings.HasPrefix(said, "mtpipe ") {
				all, _ := j.runScript(t, "sh", "mtpipe from "+shellWord(first), false)
				t.Fatalf("got %q, want a command of mtpipe", all)
			}
			want, _ := j.runScript(t, "bash", first+"\n"+after, false)
			got, _ := j.runScript(t, "bash", strings.TrimSuffix(said, "\n")+"\n"+after, false)
			records := strings.HasPrefix(line, "jq ") || strings.HasPrefix(line, "mlr ")
			if got != want && !(records && sameAnswer(want, got, false, false)) || want == "" || strings.Contains(want, "No such file") {
				t.Errorf("%s\ngot\n%s\nwant\n%s", said, got, want)
			}
		})
	}
}

// TestFromPairs says the lines of other programs in the documents, as many of them as it can, and
// runs them.
func TestFromPairs(t *testing.T) {
	home := t.TempDir()
	text, err := os.ReadFile("cookbook.md")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string][]job{}
	for _, r := range readCookbook(t, string(text)) {
		lists["cookbook"] = append(lists["cookbook"], r.job)
	}
	for _, topic := range docs.Topics() {
		if name, is := strings.CutPrefix(topic.Name, "from-"); is {
			lists[name] = readPairs(t, name, topic.Text)
		}
	}
	for name, least := range map[string]int{"coreutils": 17, "awk": 13, "jq": 22, "miller": 17, "cookbook": 26} {
		t.Run(name, func(t *testing.T) {
			said := 0
			for _, j := range lists[name] {
				if strings.Contains(j.there, "\n") || strings.Contains(j.there, ";") && !strings.Contains(j.there, "'") || len(j.before)+len(j.after) > 0 {
					continue
				}
				j.home = home
				command, err := j.runScript(t, "sh", "mtpipe from "+shellWord(j.there), true)
				if err != nil || command == "" {
					continue
				}
				said++
				if _, is := missing(j.there); is {
					continue
				}
				want, _ := j.runScript(t, "bash", j.there, true)
				got, _ := j.runScript(t, "bash", command, true)
				if !sameAnswer(want, got, tabular.MatchString(command), strings.Contains(j.title, "in any order")) {
					t.Errorf("%s\n%s\ngot\n%s\nwant\n%s", j.there, command, got, want)
				}
			}
			if said < least {
				t.Errorf("got %d of %d lines, want %d at least", said, len(lists[name]), least)
			}
			t.Logf("%d of %d lines", said, len(lists[name]))
		})
	}
}

// TestFromUnsaid looks at what cannot be said: the status is 1, and a caret shows the place.
func TestFromUnsaid(t *testing.T) {
	for _, row := range unsaid {
		t.Run(row[0], func(t *testing.T) {
			t.Parallel()
			out, err := job{home: t.TempDir()}.runScript(t, "sh", "mtpipe from "+shellWord(row[0])+"; echo status $?", false)
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			at := strings.Index(row[0], row[1])
			if row[1] == "" {
				at = len(row[0])
			}
			want := []string{fmt.Sprintf("mtpipe: %d: ", at+1), row[0], strings.Repeat(" ", at) + "^", "status 1"}
			if err != nil || len(lines) != 4 || !strings.HasPrefix(lines[0], want[0]) || lines[1] != want[1] || lines[2] != want[2] || lines[3] != want[3] {
				t.Errorf("got\n%s\nwant\n%s", out, strings.Join(want, "\n"))
			}
		})
	}
}

func shellWord(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
