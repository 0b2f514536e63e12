package network_test

import (
	"bufio"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mtpipe/pipeline"
	"mtpipe/stages"
	"mtpipe/stages/stagetest"
)

// httpServer starts a server and tells how many connections it has taken.
func httpServer(t *testing.T, start func(*httptest.Server)) (url string, srv *httptest.Server, opened *atomic.Int64) {
	t.Helper()
	opened = new(atomic.Int64)
	srv = httptest.NewUnstartedServer(http.HandlerFunc(answer))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	start(srv)
	t.Cleanup(srv.Close)
	return srv.URL, srv, opened
}

func answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	switch r.URL.Path {
	case "/two":
		fmt.Fprint(w, "one\ntwo\n")
	case "/open":
		fmt.Fprint(w, "no newline")
	case "/empty":
	case "/json":
		fmt.Fprint(w, "{\"a\":1}\n{\"a\":2,\n")
	case "/large":
		for range 100 {
			fmt.Fprint(w, strings.Repeat("x", 999)+"\n")
			w.(http.Flusher).Flush()
		}
	case "/line":
		for range 100 {
			fmt.Fprint(w, strings.Repeat("x", 1000))
			w.(http.Flusher).Flush()
		}
	case "/short":
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "one\ntw")
	case "/moved":
		http.Redirect(w, r, "/two", http.StatusFound)
	case "/round":
		http.Redirect(w, r, "/round", http.StatusFound)
	case "/who":
		fmt.Fprintf(w, "%s %s %s\n", r.Header.Get("Authorization"), r.Header.Get("X"), r.Header.Get("Accept-Encoding"))
	case "/head":
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			fmt.Fprintf(w, "%s: %s\n", name, strings.Join(r.Header[name], ", "))
		}
	case "/refer":
		http.Redirect(w, r, "/head", http.StatusFound)
	case "/post":
		fmt.Fprintf(w, "%s %s %d\n%s", r.Method, r.Header.Get("Content-Type"), r.ContentLength, body)
	case "/size":
		fmt.Fprintf(w, "%d %d\n", len(body), r.ContentLength)
	case "/slow":
		fmt.Fprint(w, "one\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	case "/page": // three of them
		n := max(1, len(r.URL.RawQuery))
		if n < 3 {
			w.Header().Add("Link", `</page>; rel="first"; title="a, <b>"`)
			w.Header().Add("Link", fmt.Sprintf(`</none>; rev=next, </page?%s>; rel="last next"`, strings.Repeat("x", n+1)))
		}
		fmt.Fprintf(w, "page %d\n", n)
	case "/round/about":
		w.Header().Set("Link", "</round/about>; rel=next")
	case "/what":
		w.Header()["Two"] = []string{"1", "2, 3"}
		w.Header()["Date"] = nil
		fmt.Fprintf(w, "%s %s %s %s\n", r.Method, body, r.Header.Get("Content-Type"), r.Header.Get("Authorization"))
	case "/never":
		<-r.Context().Done()
	case "/odd":
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			fmt.Fprint(conn, "HTTP/1.1 418 I'm a \x1b[31mteapot\r\n\r\n")
			conn.Close()
		}
	default:
		http.NotFound(w, r)
	}
}

func TestHTTP(t *testing.T) {
	url, _, _ := httpServer(t, (*httptest.Server).Start)
	secure, tls, _ := httpServer(t, (*httptest.Server).StartTLS)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw}), 0o666); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("0123456789abcde\n", 100_000)
	for _, c := range []struct{ name, text, stdin, want, err string }{
		{"lines", "http_get U/two", "", "one\ntwo\n", ""},
		{"then others", "http_get U/two | upper", "", "ONE\nTWO\n", ""},
		{"no newline at the end", "concat { http_get U/open } { http_get U/two }", "", "no newline\none\ntwo\n", ""},
		{"nothing", "http_get U/empty | count", "", "0\n", ""},
		{"a large one", "http_get U/large | count", "", "100\n", ""},
		{"URLs from the input", "http_get", "U/two\nU/open\nU/two\n", "one\ntwo\nno newline\none\ntwo\n", ""},
		{"a redirect", "http_get U/moved", "", "one\ntwo\n", ""},
		{"a redirect that is not followed", "http_get --max-redirects 0 U/moved", "", "", `1: http_get: GET "U/moved": 302 Found`},
		{"redirects without end", "http_get --max-redirects 3 U/round", "", "", `1: http_get: GET "U/round": more than 3 redirects`},
		{"not found", "http_get U/none", "", "", `1: http_get: GET "U/none": 404 Not Found`},
		{"not found among others", "http_get", "U/two\nU/none\nU/two\n", "one\ntwo\n", `1: http_get: line 2: GET "U/none": 404 Not Found`},
		{"not found, which is fine", "http_get --ok 2xx,404 U/none", "", "404 page not found\n", ""},
		{"any status", "http_get --ok any U/none", "", "404 page not found\n", ""},
		{"another status", "http_get --ok 404 U/two", "", "", `1: http_get: GET "U/two": 200 OK`},
		{"a status to look at", "http_get U/odd", "", "", `1: http_get: GET "U/odd": 418 "I'm a \x1b[31mteapot"`},
		{"what is before an error", "http_get U/short", "", "one\n", `1: http_get: GET "U/short": the server closed the connection after 6 of 10 bytes`},
		{"too large", "http_get --max-size 50K U/large | count", "", "", `1: http_get: GET "U/large": the body is larger than 51200 bytes; see --max-size`},
		{"a line too large", "http_get --max-size 50K U/line", "", "", `1: http_get: GET "U/line": the body is larger than 51200 bytes; see --max-size`},
		{"a line longer than it may be", "http_get --max-line 50K U/line", "", "", `1: http_get: GET "U/line": a line is longer than 51200 bytes; see --max-line`},
		{"a short line longer than it may be", "http_get --max-line 2 U/two", "", "", `1: http_get: GET "U/two": a line is longer than 2 bytes; see --max-line`},
		{"any size", "http_get --max-size 0 U/line | map 'len(it)'", "", "100000\n", ""},
		{"no answer", "http_get --idle-timeout 50ms U/never", "", "", `1: http_get: GET "U/never": no response within 50ms`},
		{"no answer, altogether", "http_get --timeout 50ms U/never", "", "", `1: http_get: GET "U/never": not done within 50ms`},
		{"too slow", "http_get --min-speed 1M --min-speed-time 50ms U/slow", "", "one\n", `1: http_get: GET "U/slow": less than 1048576 bytes a second for 50ms`},
		{"too slow, with a password", "http_get --min-speed 1 --min-speed-time 50ms http://me:pw@H/slow", "", "one\n", `1: http_get: GET "http://***@H/slow": less than 1 bytes a second for 50ms`},
		{"headers", "http_get -u me:pw -H 'X: a b' --compressed U/who", "", "Basic bWU6cHc= a b gzip\n", ""},
		{"the usual headers", "http_get U/head", "", "Accept: */*\nUser-Agent: mtpipe\n", ""},
		{"the usual headers after a redirect", "http_get U/refer", "", "Accept: */*\nUser-Agent: mtpipe\n", ""},
		{"headers left out", "http_get -H Accept: -H User-Agent: U/head", "", "", ""},
		{"other headers", "http_get -H 'accept: a/b' -H 'User-Agent: x' -H 'X: 1' -H 'X: 2' U/head", "", "Accept: a/b\nUser-Agent: x\nX: 1, 2\n", ""},
		{"a password in the URL", "http_get http://me:pw@H/who | field 1 2", "", "Basic bWU6cHc=\n", ""},
		{"a password that is not shown", "http_get http://me:pw@H/none", "", "", `1: http_get: GET "http://***@H/none": 404 Not Found`},
		{"a password that is not shown, among others", "http_get", "http://me:pw@H/none\n", "", `1: http_get: line 1: GET "http://***@H/none": 404 Not Found`},
		{"a password of what cannot be asked for", "http_get", "ftp://me:pw@h/x\n", "", `1: http_get: line 1: must begin with http:// or https://: "ftp://***@h/x"`},
		{"TLS", "http_get --ca " + ca + " S/two", "", "one\ntwo\n", ""},
		{"TLS with any certificate", "http_get --insecure S/two", "", "one\ntwo\n", ""},
		{"TLS with an unknown certificate", "http_get S/two", "", "", `1: http_get: GET "S/two": the server's certificate: x509: certificate signed by unknown authority`},
		{"TLS with a file that is missing", "http_get --ca none.pem S/two", "", "", `1: http_get: none.pem: no such file or directory`},
		{"a place in what came", "http_get U/json | jsonl | get a", "", "1\n", ": jsonl: line 2:8 of its input: a key is missing"},
		{"a place with the name", "http_get U/two | map 'it + 1'", "", "", `: map: U/two:1: "one" is not a number`},
		{"no URL among others", "http_get", "U/two\n\n", "one\ntwo\n", `1: http_get: line 2: must begin with http:// or https://: ""`},
		{"a control character", "http_get", "U/two\r\n", "", `1: http_get: line 1: is no URL: invalid control character in URL: "U/two\r"`},
		{"a record", "json | http_get", `{"a":1}`, "", `8: http_get: line 1: record is no URL: {"a":1}`},

		{"another method", "http_get --method DELETE U/what", "", "DELETE   \n", ""},
		{"data", "http_get --data 'x y' U/what", "", "POST x y text/plain; charset=utf-8 \n", ""},
		{"data of JSON by a method", "http_get -d '[1]' --method PUT U/what", "", "PUT [1] application/json \n", ""},
		{"post by a method", "http_post --method PATCH U/what x", "", "PATCH x text/plain; charset=utf-8 \n", ""},
		{"an answer as a record", "http_get --status U/what", "", `{"status":200,"header":{"Content-Length":"7","Content-Type":"text/plain; charset=utf-8","Two":["1","2, 3"]},"body":"GET   \n","url":"U/what"}` + "\n", ""},
		{"an answer of any status", "http_get --status | select status url", "U/none\nU/moved\n", `{"status":404,"url":"U/none"}` + "\n" + `{"status":200,"url":"U/two"}` + "\n", ""},
		{"an answer of another status", "http_get --status --ok 404 U/two", "", "", `1: http_get: GET "U/two": 200 OK`},
		{"a password in an answer", "http_get --status http://me:pw@H/two | get url", "", "http://***@H/two\n", ""},
		{"a large answer", "http_get --status U/large | map 'len(body)'", "", "100000\n", ""},
		{"an answer cut off", "http_get --status U/short", "", "", `GET "U/short": the server closed the connection after 6 of 10 bytes`},
		{"a misspelt field of an answer", "http_get --status U/two | select stauts", "", "", "there is no field stauts; did you mean status?"},
		{"pages", "http_get --paginate next U/page", "", "page 1\npage 2\npage 3\n", ""},
		{"pages of URLs from the input", "http_get --paginate next", "U/page?xx\nU/two\n", "page 2\npage 3\none\ntwo\n", ""},
		{"pages as records", "http_get --status --paginate 'status == 200 ? \"/page?\" + \"x\" * 0 : null' U/none | get status", "", "404\n", ""},
		{"pages that the body names", "http_get --paginate 'body startsWith \"page 1\" ? \"page?xx\" : \"\"' U/page", "", "page 1\npage 2\n", ""},
		{"few of the pages", "http_get --paginate next U/page | head 2", "", "page 1\npage 2\n", ""},
		{"pages without end", "http_get --paginate next U/round/about", "", "", `GET "U/round/about": --paginate leads to "U/round/about", which was asked for already`},
		{"a page that is no text", "http_get --paginate status U/two", "", "one\ntwo\n", `GET "U/two": --paginate must give a URL, or null after the last page, not 200`},
		{"a page that cannot be asked for", "http_get --paginate '\"ftp://a:b@c/d\"' U/two", "", "one\ntwo\n", `GET "U/two": --paginate gives "ftp://***@c/d", which cannot be asked for`},
		{"pages with a password", "http_get -u me:pw --paginate 'url contains \"?\" ? null : \"/what?\"' U/what", "", "GET   Basic bWU6cHc=\nGET   Basic bWU6cHc=\n", ""},
		{"a page elsewhere with a password", "http_get -u me:pw --insecure --paginate 'url contains \"https\" ? null : \"S/what\"' U/what", "", "GET   Basic bWU6cHc=\nGET   \n", ""},

		{"post lines", "http_post U/post", "a\nb", "POST text/plain; charset=utf-8 3\na\nb", ""},
		{"post numbers", "seq 2 | http_post U/post", "", "POST text/plain; charset=utf-8 4\n1\n2\n", ""},
		{"post records", "json | http_post U/post", `{"a":1} {"b":[2]}`, "POST application/json 18\n{\"a\":1}\n{\"b\":[2]}\n", ""},
		{"post lists", "batch 2 | http_post U/post", "a\nb\n", "POST application/json 10\n[\"a\",\"b\"]\n", ""},
		{"post nothing", "http_post U/post", "", "POST text/plain; charset=utf-8 0\n", ""},
		{"post a text", "http_post U/post 'x y'", "", "POST text/plain; charset=utf-8 3\nx y", ""},
		{"post a type", "json | http_post --type a/b U/post", `{"a":1}`, "POST a/b 8\n{\"a\":1}\n", ""},
		{"post a type by a header", "http_post -H 'Content-Type: a/b' U/post", "x\n", "POST a/b 2\nx\n", ""},
		{"post much", "http_post U/size", long, "1600000 -1\n", ""},
		{"post files", "lines A B | http_post U/post", "", "POST text/plain; charset=utf-8 5\na\nb\nc", ""},
		{"post, and the input fails", "map 'it + 1' | http_post U/post", "1\nx\n", "", `1: map: line 2: "x" is not a number (it)`},
		{"post much, and the input fails", "map 'it == 200000 ? it + \"x\" : it' | map 'it + 0' | http_post U/size", stagetest.Numbered(1, 300_000), "", `38: map: "200000x" is not a number (it)`},
		{"post, and it is refused", "http_post U/none", "x\n", "", `1: http_post: POST "U/none": 404 Not Found`},
	} {
		t.Run(c.name, func(t *testing.T) {
			stagetest.InDir(t, map[string]string{"A": "a\nb", "B": "c"})
			put := strings.NewReplacer("U/", url+"/", "S/", secure+"/", "@H", "@"+strings.TrimPrefix(url, "http://"))
			got, err := stagetest.Run(t, put.Replace(c.text), put.Replace(c.stdin))
			text := ""
			if err != nil {
				text = err.Error()
			}
			c.want = put.Replace(c.want)
			if want := put.Replace(c.err); got != c.want || (text == "") != (want == "") || !strings.Contains(text, want) {
				t.Errorf("%s: got %q and error %q, want %q and %q", c.text, stagetest.Clip(got), text, stagetest.Clip(c.want), want)
			}
		})
	}
}

// TestHTTPRejecting leaves out the URLs that cannot be got, or passes their errors on.
func TestHTTPRejecting(t *testing.T) {
	url, _, _ := httpServer(t, (*httptest.Server).Start)
	stdin := strings.ReplaceAll("U/two\nU/none\nftp://x\nU/short\nU/two\n", "U", url)
	for how, want := range map[pipeline.OnError]string{
		pipeline.Skip: "one\ntwo\none\none\ntwo\n",
		pipeline.Keep: "one\ntwo\nline 2: GET \"U/none\": 404 Not Found\nline 3: must begin with http:// or https://: \"ftp://x\"\n" +
			"one\nline 4: GET \"U/short\": the server closed the connection after 6 of 10 bytes\none\ntwo\n",
	} {
		want = strings.ReplaceAll(want, "U", url)
		if got := stagetest.RunRejecting(t, how, "http_get", stdin); got != want {
			t.Errorf("%s: got %q, want %q", how, got, want)
		}
	}
	want := "\"x\" is not a number (it)\n"
	if got := stagetest.RunRejecting(t, pipeline.Keep, "map 'it + 1' | http_get", "x\n"); !strings.HasSuffix(got, want) {
		t.Errorf("an error as a URL: got %q, want it passed on", got)
	}
}

// TestHTTPShared wants the stages of a run to have their connections in common, in blocks too,
// and none to be open behind it.
func TestHTTPShared(t *testing.T) {
	for _, c := range []struct {
		text string
		most int64
	}{
		{"repeat U/two --times 50 | http_get | count", 1},
		{"concat { http_get U/two } { http_get U/open } { http_post U/size x }", 1},
		{"http_get U/two; http_get U/two", 1},
		{"interleave { repeat U/two --times 50 | http_get } { repeat U/open --times 50 | http_get } { repeat U/open --times 50 | http_get } | count", 3},
	} {
		url, srv, opened := httpServer(t, (*httptest.Server).Start)
		if _, err := stagetest.Run(t, strings.ReplaceAll(c.text, "U", url), ""); err != nil {
			t.Errorf("%s: got error %v, want none", c.text, err)
		}
		if n := opened.Load(); n > c.most {
			t.Errorf("%s: got %d connections, want at most %d", c.text, n, c.most)
		}
		srv.Close() // waits for its connections to end
	}
}

// TestHTTPAsItComes wants a line put while the server waits before the next one, and the
// connection closed when nobody reads on.
func TestHTTPAsItComes(t *testing.T) {
	read, gone := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "first\n")
		w.(http.Flusher).Flush()
		<-read
		fmt.Fprint(w, "second\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	}))
	defer srv.Close()
	outRead, outWrite := stagetest.OpenPipe(t)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	plan, err := pipeline.Compile("http_get "+srv.URL+" | upper | head 2", "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)},
		pipeline.Settings{Stdin: null, Stdout: outWrite, Stderr: null})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		ended <- plan.Run(nil)
		outWrite.Close()
	}()
	lines := bufio.NewReader(outRead)
	for _, want := range []string{"FIRST\n", "SECOND\n"} {
		if got, err := lines.ReadString('\n'); got != want || err != nil {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		if want == "FIRST\n" {
			close(read)
		}
	}
	if err := <-ended; err != nil {
		t.Errorf("got error %v, want none", err)
	}
	<-gone
	outRead.Close()
}

// TestHTTPBinding refuses arguments before anything runs.
func TestHTTPBinding(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"http_get ftp://x", `10: http_get: url must begin with http:// or https://, not "ftp://x"`},
		{"http_get http://", "10: http_get: url is a URL without a host"},
		{`http_get "http://h/${A}"`, "10: http_get: url is no URL: invalid control character in URL"},
		{`http_get -H "X: ${A}" http://h`, `10: http_get: the header X has a control character: "a\r\nY: z"`},
		{"http_get -H x http://h", `13: http_get: -H must be a name, a colon and a value, not "x"`},
		{"http_get -u x http://h", "13: http_get: -u must be a name, a colon and a password"},
		{"http_get --ok 2yy http://h", `15: http_get: --ok must be statuses such as 200,404 or 2xx,3xx, or any, not "2yy"`},
		{"http_get --ok 600 http://h", `15: http_get: --ok must be statuses such as 200,404 or 2xx,3xx, or any, not "600"`},
		{"http_get --max-size big http://h", `21: http_get: --max-size must be a size such as 64K, 500MB or 2G, not "big"`},
		{"http_get --max-redirects -1 http://h", "26: http_get: --max-redirects must be at least 0, not -1"},
		{"http_get --method get http://h", `19: http_get: --method must be the name of a method in capitals, such as PUT, not "get"`},
		{"http_get --paginate nxt http://h", "21: http_get: there is no field nxt in an answer; did you mean next?"},
		{"http_get --paginate 'url + header.x + it.y' http://h", "42: http_get: there is no field y in an answer"},
		{"http_post", "1: http_post: url is missing"},
		{`http_post --type "${A}" http://h`, "11: http_post: type has a control character"},
	} {
		_, err := pipeline.Compile(c.text, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...), Lookup: func(string) (string, bool) { return "a\r\nY: z", true }}, pipeline.Settings{})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %s", c.text, err, c.want)
		}
	}
}

// TestHTTPRetryAfter asks a server again when it says, and not when that is too late.
func TestHTTPRetryAfter(t *testing.T) {
	for _, c := range []struct {
		after, want string
		asked       int
		least       time.Duration
	}{
		{"1", "ok\n", 2, time.Second},
		{"Mon, 02 Jan 2006 15:04:05 GMT", "ok\n", 2, 0},
		{"4000", "", 1, 0},
		{"soon", "ok\n", 2, 0},
	} {
		asked := 0
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked == 1 {
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fmt.Fprintln(w, "ok")
		}))
		began := time.Now()
		got, err := stagetest.Run(t, "retry 3 { http_get "+srv.URL+" }", "")
		if took := time.Since(began); got != c.want || (err == nil) != (c.want != "") || took < c.least {
			t.Errorf("Retry-After: %s: got %q and error %v after %v, want %q after %v", c.after, got, err, took, c.want, c.least)
		}
		if srv.Close(); asked != c.asked {
			t.Errorf("Retry-After: %s: asked %d times, want %d", c.after, asked, c.asked)
		}
	}
}
