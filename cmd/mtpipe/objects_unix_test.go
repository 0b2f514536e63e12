//go:build unix

package main

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// objectServer starts a server of objects with a bucket, and makes it the one that programs use; parts gets the
// path of the object for each part that was sent, and aborted a value for each upload that is taken back.
func objectServer(t *testing.T) (store gofakes3.Backend, parts chan string, aborted chan struct{}) {
	t.Helper()
	memory := s3mem.New()
	if err := memory.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	parts, aborted = make(chan string, 100), make(chan struct{}, 100)
	next := gofakes3.New(memory).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r)
		switch q := r.URL.Query(); {
		case r.Method == http.MethodPut && q.Has("partNumber"):
			parts <- r.URL.Path
		case r.Method == http.MethodDelete && q.Has("uploadId"):
			aborted <- struct{}{}
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL_S3": server.URL, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "not-to-be-told", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, value)
	}
	return memory, parts, aborted
}

// TestObjectsAreFiles wants of objects what the same files on disk give.
func TestObjectsAreFiles(t *testing.T) {
	store, _, _ := objectServer(t)
	dir := t.TempDir()
	t.Chdir(dir)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte("n,x\n7,8\n9,bad\n"))
	_ = z.Close()
	var long strings.Builder
	for i := range 300_000 {
		long.WriteString(strings.Repeat("x", i%50))
		long.WriteString("\n")
	}
	for name, text := range map[string]string{"a.csv": "n,x\n1,2\n3,4\n", "b.csv": "n,x\n5,6\n", "e.csv": "n,y\n5,6\n", "c.csv.gz": packed.String(), "d.jsonl": "{\"a\":1}\n{\"a\"\n", "empty": "", "long": long.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		meta := map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}
		if _, err := store.PutObject("bucket", name, meta, strings.NewReader(text), int64(len(text)), nil); err != nil {
			t.Fatal(err)
		}
	}
	const at = "s3://bucket/"
	for _, pipeline := range []string{
		"csv @[ab].csv", "csv @*.csv | sum x", "csv @a.csv @e.csv | filter 'y > 1'", "csv @a.csv @e.csv | filter 'z > 1'", "csv @c.csv.gz | sum x", "csv @c.csv.gz | map filename()", "csv < @a.csv", "read @d.jsonl",
		"csv @a.csv | join @b.csv --on n --outer", "csv @*.csv | filter xx > 1",
		"lines @empty | count", "lines @long | count", "lines @long | grep -n xxxxxxxxxx | tail 3", "lines @long | head 2", "lines @long | tail 3",
		"lines @long | tac | head 3", "lines @long | last", "lines @long @a.csv @long | uniq -c | tail 2", "lines @long | sort | head 3",
	} {
		want := runProgram(t, "", strings.ReplaceAll(pipeline, "@", ""))
		got := runProgram(t, "", strings.ReplaceAll(pipeline, "@", at))
		got.stdout, got.stderr = strings.ReplaceAll(got.stdout, at, ""), strings.ReplaceAll(got.stderr, at, "")
		if got.stdout != want.stdout || got.code != want.code || place(got.stderr) != place(want.stderr) {
			t.Errorf("%s: got %+v, want %+v", pipeline, got, want)
		}
	}
	if got := runProgram(t, "", "count", at+"[ab].csv"); got.stdout != "3\n" {
		t.Errorf("files of the command line: got %+v, want 3 records", got)
	}
}

// place returns a message without the pipeline's text and the column, which the length of names moves.
func place(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	_, rest, _ := strings.Cut(strings.TrimPrefix(line, "mtpipe: "), ": ")
	return rest
}

// TestObjectErrors wants a message and a status that is not 0 of what cannot be read or written, without
// a credential.
func TestObjectErrors(t *testing.T) {
	objectServer(t)
	for _, row := range []struct {
		args   []string
		stderr string
		code   int
	}{
		{[]string{"lines s3://bucket/x"}, "mtpipe: 1: lines: s3://bucket/x: there is no such object\n", 1},
		{[]string{"lines 's3://bucket/x*'"}, "mtpipe: 1: lines: no object matches s3://bucket/x*\n", 1},
		{[]string{"lines s3://nobody/x"}, "mtpipe: 1: lines: s3://nobody: there is no bucket of that name\n", 1},
		{[]string{"seq 3 | write s3://nobody/x"}, "mtpipe: 9: write: s3://nobody: there is no bucket of that name\n", 1},
		{[]string{"seq 3 | append s3://bucket/x"}, "mtpipe: 16: append: nothing can be added to an object; write makes it anew\n", 2},
		{[]string{"seq 3 | split_by it --to 's3://bucket/{}'"}, "mtpipe: 21: split_by: objects are not written by this stage; write makes one\n", 2},
		{[]string{"follow s3://bucket/x"}, "mtpipe: 8: follow: an object does not grow; lines reads it\n", 2},
		{[]string{"--sandbox", "count", "s3://bucket/x"}, "mtpipe: lines: \"s3://bucket/x\" is not allowed in a sandbox: it is an object on the network\n", 2},
		{[]string{"--sandbox", "lines s3://bucket/x"}, "mtpipe: 7: lines: \"s3://bucket/x\" is not allowed in a sandbox: it is an object on the network\n", 2},
		{[]string{"--endpoint", "http://user:word@host", "count"}, "mtpipe: invalid argument \"http://***@host\" for \"--endpoint\" flag: it must be a URL such as https://HOST:PORT, without a path or a password\n", 2},
	} {
		got := runProgram(t, "", row.args...)
		if first, _, _ := strings.Cut(got.stderr, "\n"); first+"\n" != row.stderr || got.code != row.code || got.stdout != "" || strings.Contains(got.stderr, "not-to-be-told") {
			t.Errorf("%q: got %+v, want %q and the status %d", row.args, got, row.stderr, row.code)
		}
	}
}

// TestObjectIsWhole wants an object to be there only after all of it was written: not after an error,
// a signal or a time-out, which take the parts back.
func TestObjectIsWhole(t *testing.T) {
	store, parts, aborted := objectServer(t)
	if got := runProgram(t, "", "seq 2000000 | write s3://bucket/whole"); got.code != 0 || got.stderr != "" {
		t.Fatalf("got %+v", got)
	}
	if got, want := runProgram(t, "", "lines s3://bucket/whole | count"), "2000000\n"; got.stdout != want {
		t.Errorf("got %+v, want %q", got, want)
	}
	timeOut := time.After(patience)
	absent := func(key, why string) {
		select {
		case <-aborted:
		case <-timeOut:
			t.Fatalf("%s: nothing was taken back", why)
		}
		if _, err := store.HeadObject("bucket", key); err == nil {
			t.Errorf("%s: there is an object", why)
		}
	}
	if got := runProgram(t, "", "seq 4000000 | map 'it == 3000000 ? int(\"x\") : it' | write s3://bucket/x"); got.code != 1 {
		t.Errorf("got %+v, want the status 1", got)
	}
	absent("x", "an error")
	cmd := process(t, "concat { seq 2000000 } { every 1h } | write s3://bucket/y")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for path := ""; path != "/bucket/y"; { // what others have sent may be told late
		select {
		case path = <-parts:
		case <-timeOut:
			t.Fatal("no upload has begun")
		}
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	if code := ended(t, cmd); code != 128+int(syscall.SIGTERM) {
		t.Errorf("got the status %d after a signal", code)
	}
	absent("y", "a signal")
}
