package format_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/internal/format"
	"mtpipe/value"
)

// drawn are tables as programs print them, and what is read of them.
var drawn = []struct{ name, text, want string }{
	{"ps aux", `USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
root           1  0.0  0.1 167744 11032 ?        Ss   10:00   0:01 /sbin/init splash
systemd+     412  0.0  0.0  90872  6212 ?        Ssl  10:00   0:00 /lib/systemd/systemd-timesyncd
ada        99999 12.5 10.1 123456789 1611032 pts/0  R+   10:01   0:02 sort -k 2
`, `{"USER":"root","PID":1,"%CPU":0.0,"%MEM":0.1,"VSZ":167744,"RSS":11032,"TTY":"?","STAT":"Ss","START":"10:00","TIME":"0:01","COMMAND":"/sbin/init splash"}
{"USER":"systemd+","PID":412,"%CPU":0.0,"%MEM":0.0,"VSZ":90872,"RSS":6212,"TTY":"?","STAT":"Ssl","START":"10:00","TIME":"0:00","COMMAND":"/lib/systemd/systemd-timesyncd"}
{"USER":"ada","PID":99999,"%CPU":12.5,"%MEM":10.1,"VSZ":123456789,"RSS":1611032,"TTY":"pts/0","STAT":"R+","START":"10:01","TIME":"0:02","COMMAND":"sort -k 2"}
`},
	{"ps", "    PID TTY          TIME CMD\n   3421 pts/0    00:00:00 bash\n", `{"PID":3421,"TTY":"pts/0","TIME":"00:00:00","CMD":"bash"}
`},
	{"df", `Filesystem     1K-blocks     Used Available Use% Mounted on
tmpfs             813396     2028    811368   1% /run
/dev/nvme0n1p2 244506940 75332584 156681076  33% /
/dev/mapper/vg-long-name 100 50 50 50% /mnt/my disk
`, `{"Filesystem":"tmpfs","1K-blocks":813396,"Used":2028,"Available":811368,"Use%":"1%","Mounted on":"/run"}
{"Filesystem":"/dev/nvme0n1p2","1K-blocks":244506940,"Used":75332584,"Available":156681076,"Use%":"33%","Mounted on":"/"}
{"Filesystem":"/dev/mapper/vg-long-name","1K-blocks":100,"Used":50,"Available":50,"Use%":"50%","Mounted on":"/mnt/my disk"}
`},
	{"df of long names", "Filesystem Size Mounted on\ntmpfs      795M /dev/shm\n", `{"Filesystem":"tmpfs","Size":"795M","Mounted on":"/dev/shm"}
`},
	{"docker ps", `CONTAINER ID   IMAGE          COMMAND                  CREATED       STATUS       PORTS                  NAMES
4c01db0b339c   ubuntu:22.04   "bash"                   2 days ago    Up 2 hours                          web
d7886598dbe2   postgres       "docker-entrypoint.s…"   1 week ago    Up 2 hours   0.0.0.0:5432->5432/tcp database
`, `{"CONTAINER ID":"4c01db0b339c","IMAGE":"ubuntu:22.04","COMMAND":"\"bash\"","CREATED":"2 days ago","STATUS":"Up 2 hours","PORTS":"","NAMES":"web"}
{"CONTAINER ID":"d7886598dbe2","IMAGE":"postgres","COMMAND":"\"docker-entrypoint.s…\"","CREATED":"1 week ago","STATUS":"Up 2 hours","PORTS":"0.0.0.0:5432->5432/tcp","NAMES":"database"}
`},
	{"kubectl get", `NAME    READY   NOMINATED NODE   READINESS GATES
web-1   1/1     <none>           <none>
`, `{"NAME":"web-1","READY":"1/1","NOMINATED NODE":"<none>","READINESS GATES":"<none>"}
`},
	{"letters of two bytes", "ÄÄÄ  B  C\nö    b  ü\nééé é  c\n", `{"ÄÄÄ":"ö","B":"b","C":"ü"}
{"ÄÄÄ":"ééé","B":"é","C":"c"}
`},
	{"tabs", "A\tB\n1\t2\n123456789\t3\n", `{"A":1,"B":2}
{"A":123456789,"B":3}
`},
	{"empty lines, carriage returns and a mark", "\ufeff\r\nA  B\r\n\r\n1  2\r\n\r\n3\r\n", `{"A":1,"B":2}
{"A":3,"B":""}
`},
	{"one column", "A\n1 2\n", "{\"A\":\"1 2\"}\n"},
	{"the same name twice", "A  A\n1  2\n", "{\"A\":1,\"A_2\":2}\n"},
	{"a header alone", "A B\n", ""},
	{"nothing", "\n", ""},
}

// readAll reads text, so many bytes at a time, and returns it as JSON lines.
func readAll(t *testing.T, c format.Cutter, text string, size int) string {
	t.Helper()
	var b strings.Builder
	for _, f := range drive(t, c, text, func() int { return size }) {
		if f.err != "" {
			fmt.Fprintln(&b, f.err)
			continue
		}
		b.WriteString(f.dump + "\n")
	}
	return b.String()
}

// asJSON reads text at once, and returns it as JSON lines.
func asJSON(t *testing.T, c format.Cutter, text string) string {
	t.Helper()
	data := []byte(text)
	c.Cut(data, true)
	batch := c.Batch(value.NewBlock(data), data)
	if batch == nil {
		return ""
	}
	batch.Parse()
	var b strings.Builder
	for v := range batch.All() {
		b.Write(append(v.AppendJSON(nil), '\n'))
	}
	return b.String()
}

func TestColumns(t *testing.T) {
	of := format.CutterOf("columns")
	for _, row := range drawn {
		if got := asJSON(t, of(), row.text); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
		want := readAll(t, of(), row.text, len(row.text)+1)
		for size := 1; size < 60; size += 7 {
			if got := readAll(t, of(), row.text, size); got != want {
				t.Errorf("%s, %d bytes at a time: got\n%s\nwant\n%s", row.name, size, got, want)
			}
		}
	}
}

func TestColumnsOfWidths(t *testing.T) {
	for _, row := range []struct {
		name, widths, columns string
		noHeader              bool
		text, want            string
	}{
		{"a header", "4,3,*", "", false, "Name NoRest of it\nAda 007x y\nBob   1\nB\n", `{"Name":"Ada","No":"007","Rest of it":"x y"}` + "\n" + `{"Name":"Bob","No":1,"Rest of it":""}` + "\n" + `{"Name":"B","No":"","Rest of it":""}` + "\n"},
		{"no header", "1,1", "", true, "12\n", "{\"c1\":1,\"c2\":2}\n"},
		{"names", "1,2", "a,b", false, "123\n", "{\"a\":1,\"b\":23}\n"},
		{"letters of two bytes and tabs", "2,2", "a,b", false, "ää\tü\n", "{\"a\":\"ää\",\"b\":\"ü\"}\n"},
		{"a header that is longer", "1,1", "", false, "ABC\n12\n", "{\"A\":1,\"B\":2}\n"},
	} {
		if got := asJSON(t, format.ColumnsOf(row.widths, row.columns, row.noHeader), row.text); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
	got := readAll(t, format.ColumnsOf("1,1", "a,b", false), "12\n123\n34  \n", 5)
	if want := "{\"a\"=text\"1\" \"b\"=text\"2\"}\ngoes on after the last column; --widths may end with * for the rest\n{\"a\"=text\"3\" \"b\"=text\"4\"}\n"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestColumnsOfTables reads random tables as the writer of tables draws them.
func TestColumnsOfTables(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	words := []string{"a", "bc", "-1.5", "1234567", "é世", "two words", "x", ""}
	for range 3000 {
		names := []string{"n", "long name", "x1", "Ü"}[:1+rng.IntN(4)]
		shape := value.NewShape(names...)
		w := format.ByName("table").Writer()
		var text []byte
		var want strings.Builder
		for range 1 + rng.IntN(4) {
			vals := make([]value.Value, len(names))
			for i := range vals {
				vals[i] = value.TextOf(words[rng.IntN(len(words))])
			}
			vals[0] = value.TextOf(words[rng.IntN(len(words)-1)]) // a line is not empty
			v := value.Rec(value.NewRecord(shape, vals...))
			text, _ = w.Append(text, v)
			want.Write(append(v.AppendJSON(nil), '\n'))
		}
		text = format.End(text, w)
		if strings.ContainsRune(string(text), '世') {
			continue // it is two columns of a terminal wide, and one character
		}
		if got := asJSON(t, format.CutterOf("columns")(), string(text)); got != want.String() {
			t.Fatalf("of\n%s\ngot\n%s\nwant\n%s", text, got, want.String())
		}
	}
}
