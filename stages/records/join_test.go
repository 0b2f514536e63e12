package records_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// TestJoinKeys wants keys to be compared as they are spelled, and those of expressions as what
// they are, in memory and beyond it.
func TestJoinKeys(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right := file("right.csv", "id,name\n7,seven\n007,agent\n1234e10,e\n12340000000000,whole\n,nobody\n0.10,dime\n12345678901234567890,large\n")
	jsonl := file("right.jsonl", `{"id":7.0,"name":"seven"}
{"id":"007","name":"agent"}
{"id":null,"name":"nobody"}
{"name":"none"}
{"id":"","name":"empty"}
{"id":0.1,"name":"dime"}
{"id":12345678901234567890,"name":"large"}
{"id":12345678901234567891,"name":"larger"}
`)
	dashed := file("dashed.csv", "user-id,name\n3,three\n")
	rows := []struct{ name, text, in, want string }{
		{"spelled", "join " + right + " --on k=id", "k\n7\n007\n07\n7.0\n", "7,seven\n007,agent\n"},
		{"exponents", "join " + right + " --on k=id", "k\n1234e10\n12340000000000\n", "1234e10,e\n12340000000000,whole\n"},
		{"empty keys", "join " + right + " --on k=id", "k,x\n,1\n7,2\n", "7,2,seven\n"},
		{"empty keys stay on the left", "join --left " + right + " --on k=id", "k,x\n,1\n7,2\n", ",1,\n7,2,seven\n"},
		{"empty keys have no partner", "join --anti " + right + " --on k=id", "k,x\n,1\n7,2\n", ",1\n"},
		{"numbers of JSON", "join " + jsonl + " --on k=id", "k\n7\n007\n7.0\n\"\"\n0.1\n0.10\n12345678901234567890\n", "7,seven\n007,agent\n0.1,dime\n12345678901234567890,large\n"},
		{"expressions on both sides", `join ` + right + ` --on "int(k)=int(id ?? 0)" --on "0 == 0=0 == 0" --on "len(name)=len(name)"`, "k,name\n07,xxxxx\n", "07,xxxxx,7,seven\n07,xxxxx,007,agent\n"},
		{"an expression on one side", `join ` + right + ` --on "int(k)=id"`, "k\n007\n07\n1\n", "007,7,seven\n07,7,seven\n"},
		{"an expression on the other side", `join ` + right + ` --on "k=upper(name)"`, "k\nAGENT\nagent\n", "AGENT,007,agent\n"},
		{"computed numbers", `join ` + right + ` --on "k/10=id"`, "k\n70\n1\n", "70,7,seven\n"},
		{"null of an expression", `join ` + right + ` --on "k*2=id"`, "k,x\n3.5,1\n,2\n", "3.5,1,7,seven\n"},
		{"names that are no expressions", "join " + dashed + " --on user-id", "user-id\n3\n", "3,three\n"},
		{"others of a name with an expression", `join --outer ` + dashed + ` --on "int(k)=user-id"`, "k\n1\n", "1,,\n,3,three\n"},
		{"equals signs in an expression", `join ` + right + ` --on "k == 1 ? \"7\" : \"x=y\"=id"`, "k\n1\n2\n", "1,7,seven\n"},
	}
	for _, r := range rows {
		in := file("left.csv", r.in)
		for _, memory := range []int64{0, 1_000} {
			got, err := stagetest.RunWithin(t, memory, 1, "csv "+in+" | "+r.text+" | to_csv --no-header")
			if err != nil || got != r.want {
				t.Errorf("%s with %d bytes: got %q, %v, want %q", r.name, memory, got, err, r.want)
			}
		}
	}
	for text, want := range map[string]string{
		"join " + right + ` --on "int(k=id"`:    "unexpected end of expression",
		"join " + right + ` --on =id`:           "must be a name or an expression, or two with = between them",
		"join " + right + ` --on "int(k)=len("`: "unexpected",
	} {
		if _, err := stagetest.Run(t, text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
