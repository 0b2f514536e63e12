package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// site is a handler as people write them for net/http, which knows nothing of threads.
func site(dir string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /files/", http.StripPrefix("/files/", http.FileServer(http.Dir(dir))))
	mux.HandleFunc("GET /item/{id}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "item %s", r.PathValue("id")) })
	mux.HandleFunc("POST /form", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%q %q", r.FormValue("a"), r.PostForm["b"])
	})
	mux.HandleFunc("POST /upload", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1000); err != nil { // so that large files are on the disk
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		f, h, err := r.FormFile("file")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		defer f.Close()
		n, err := io.Copy(io.Discard, f)
		_, onDisk := f.(*os.File)
		fmt.Fprintf(w, "%s %d %v %v %s", h.Filename, n, err, onDisk, r.FormValue("name"))
	})
	mux.Handle("GET /packed", packed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range 1000 {
			fmt.Fprintln(w, "line", i)
		}
	})))
	mux.HandleFunc("GET /cookie", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		http.Redirect(w, r, "/item/7", http.StatusSeeOther)
	})
	return mux
}

// packed is a middleware that packs what a handler writes, for those who can unpack it.
func packed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/plain")
		zip := gzip.NewWriter(w)
		defer zip.Close()
		next.ServeHTTP(packedWriter{w, zip}, r)
	})
}

type packedWriter struct {
	http.ResponseWriter
	zip io.Writer
}

func (w packedWriter) Write(p []byte) (int, error) { return w.zip.Write(p) }

// upload returns a form with a file of some bytes.
func upload(size int) (contentType string, body io.Reader) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	_ = w.WriteField("name", "me")
	f, _ := w.CreateFormFile("file", "a.txt")
	_, _ = io.WriteString(f, text(size))
	_ = w.Close()
	return w.FormDataContentType(), &b
}

// visit asks a site for all that it has, and returns the answers, in which what differs each time
// is left out.
func visit(t *testing.T, c *http.Client, base string) (list []string) {
	t.Helper()
	ask := func(method, path, contentType string, body io.Reader, lines ...string) {
		t.Helper()
		r, err := http.NewRequest(method, base+path, body)
		if err != nil {
			t.Fatal(err)
		}
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			r.Header.Set(name, value)
		}
		resp, err := c.Do(r)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		defer resp.Body.Close()
		all, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		resp.Header.Del("Date")
		list = append(list, fmt.Sprintf("%s %s: %s %v %d\n%.200s", method, path, resp.Status, resp.Header, len(all), all))
	}
	ask("GET", "/files/", "", nil)
	ask("GET", "/files/large", "", nil)
	ask("HEAD", "/files/large", "", nil)
	ask("GET", "/files/large", "", nil, "Range: bytes=100-199")
	ask("GET", "/files/large", "", nil, "Range: bytes=100-199,300-", "If-Range: never")
	ask("GET", "/files/large", "", nil, "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT")
	ask("GET", "/files/none", "", nil)
	ask("GET", "/item/5", "", nil)
	ask("DELETE", "/item/5", "", nil)
	ask("POST", "/form?a=1", "application/x-www-form-urlencoded", strings.NewReader("b=2&b=3"))
	for _, size := range []int{10, 5_000_000} {
		contentType, body := upload(size)
		ask("POST", "/upload", contentType, body)
	}
	ask("GET", "/packed", "", nil)
	ask("GET", "/packed", "", nil, "Accept-Encoding: none")
	ask("GET", "/cookie", "", nil)
	return list
}

// TestJ4_Unchanged serves a site that knows nothing of threads with this package and with
// net/http, alone and through a reverse proxy of net/http with this package's client, and wants the
// same answers.
func TestJ4_Unchanged(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int{"small": 10, "large": 300_000} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text(size)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	theirs := httptest.NewServer(site(dir))
	defer theirs.Close()
	c := client(t)
	want := visit(t, c, theirs.URL)
	ours := startServing(t, &web.Server{Handler: site(dir)})
	same := func(name, base string) {
		t.Helper()
		got := visit(t, c, base)
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: got %s\nwant %s", name, got[i], want[i])
			}
		}
	}
	same("alone", ours.url())

	to, err := url.Parse(ours.url())
	if err != nil {
		t.Fatal(err)
	}
	direct := func(r *httputil.ProxyRequest) { r.SetURL(to) }
	transport := web.NewTransport()
	shared := startServing(t, &web.Server{Handler: &httputil.ReverseProxy{Rewrite: direct, Transport: transport}})
	shared.closes(t, transport)
	same("behind a proxy", shared.url())
	bound := web.NewTransport()
	each := startServing(t, &web.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy := &httputil.ReverseProxy{Rewrite: direct, Transport: bound.On(web.Thread(r.Context()), web.Usual())}
		proxy.ServeHTTP(w, r)
	})})
	each.closes(t, bound)
	same("behind a proxy for each request", each.url())
}

// TestJ4_ProxyErrors has a reverse proxy without a server, one that is asked for an upgrade, which
// would take goroutines, and a request that belongs to no thread.
func TestJ4_ProxyErrors(t *testing.T) {
	leavesNoSocket(t)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "other")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}))
	defer up.Close()
	to, err := url.Parse(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := web.NewTransport()
	s := startServing(t, &web.Server{Handler: &httputil.ReverseProxy{ErrorLog: quiet(), Transport: transport, Rewrite: func(r *httputil.ProxyRequest) {
		if r.In.URL.Path == "/none" {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", "127.0.0.1:1"
			return
		}
		r.SetURL(to)
	}}})
	s.closes(t, transport)
	for _, request := range []string{"GET /none HTTP/1.1\nHost: x\n\n", "GET / HTTP/1.1\nHost: x\nConnection: upgrade\nUpgrade: other\n\n"} {
		if got, want := talk(t, s.address, strings.ReplaceAll(request, "\n", "\r\n")), "HTTP/1.1 502 Bad Gateway\r\n"; !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	r, err := http.NewRequest("GET", up.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := web.NewTransport().RoundTrip(r); err == nil || !strings.Contains(err.Error(), "belongs to no thread") {
		t.Errorf("got %v, %v for a request of no thread, want an error", resp, err)
	}
}

// TestJ4_ProxyStreams wants what a server sends bit by bit to come through a proxy as it is sent.
func TestJ4_ProxyStreams(t *testing.T) {
	leavesNoSocket(t)
	goOn := make(chan struct{})
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			fmt.Fprint(w, i)
			w.(http.Flusher).Flush()
			<-goOn
		}
	}))
	defer up.Close()
	to, err := url.Parse(up.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := web.NewTransport()
	s := startServing(t, &web.Server{Handler: &httputil.ReverseProxy{Transport: transport, FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}})
	s.closes(t, transport)
	resp, err := client(t).Get(s.url())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for i := range 3 {
		var b [1]byte
		if _, err := io.ReadFull(resp.Body, b[:]); err != nil || b[0] != byte('0'+i) {
			t.Fatalf("got %q, %v, want %d", b, err, i)
		}
		goOn <- struct{}{}
	}
	if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("got %d bytes, %v, want the end", n, err)
	}
}

// A handler waits without holding up the others.
func ExampleThread() {
	var s web.Server
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := web.Thread(r.Context())
		sum, err := t.Blocking(func() (any, error) { return 6 * 7, nil }) // or t.Sleep, a pipe, a connection
		fmt.Fprint(w, sum, err)
	})
	err := microthread.Run(func(t *microthread.Thread) error {
		l, err := microthread.Listen(t, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		microthread.StartAndForget(t, func(t *microthread.Thread) error { return s.Serve(t, l) })

		transport := web.NewTransport()
		defer transport.Close()
		resp, err := transport.Client(t, web.Usual()).Get("http://" + l.Addr().String())
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		fmt.Printf("%s\n", text)
		t.Program().Drain() // the server answers what it has, and ends
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 42 <nil>
}
