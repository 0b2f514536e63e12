package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// TestContext keeps the deadline of a request's context and sends nothing for one that is over.
func TestContext(t *testing.T) {
	end := make(chan struct{})
	srv, _ := serve(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) { <-end })
	defer close(end)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	late, cancel := context.WithDeadline(context.Background(), time.Now().Add(20*time.Millisecond))
	defer cancel()
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		for want, ctx := range map[string]context.Context{context.Canceled.Error(): over, "not done in time": late} {
			r, err := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
			if err != nil {
				return err
			}
			_, err = c.On(t0, web.Usual()).RoundTrip(r)
			if err == nil || err.Error() != want {
				t.Errorf("got error %v, want %s", err, want)
			}
			if timeout := (&url.Error{Err: err}).Timeout(); timeout != (ctx == late) {
				t.Errorf("%v: got a timeout %v, want %v", err, timeout, ctx == late)
			}
		}
		return nil
	})
}

// TestOtherThread refuses to make a request for a thread that does not run.
func TestOtherThread(t *testing.T) {
	srv, opened := serve(t, (*httptest.Server).Start, func(http.ResponseWriter, *http.Request) {})
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		mine := c.Client(t0, web.Usual())
		k := microthread.StartInParallel(t0, func(*microthread.Thread) (int, error) {
			_, err := mine.Get(srv.URL)
			return 0, err
		}, microthread.Named("another"))
		_, err := k.Wait(t0)
		if err == nil || !strings.HasSuffix(err.Error(), "a request by another thread than main, which the client is for") {
			t.Errorf("got error %v, want one", err)
		}
		return nil
	})
	if n := opened.Load(); n != 0 {
		t.Errorf("got %d connections, want none", n)
	}
}

// TestStandardClient has the client of package net/http do its part over On: cookies, its own
// limit of redirects.
func TestStandardClient(t *testing.T) {
	srv, _ := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/round" {
			http.SetCookie(w, &http.Cookie{Name: "seen", Value: "yes"})
			http.Redirect(w, r, "/round", http.StatusFound)
			return
		}
		cookie, _ := r.Cookie("seen")
		fmt.Fprintf(w, "%v %s", cookie, r.Header.Get("X"))
	})
	run(t, func(t0 *microthread.Thread, c *web.Transport) error {
		jar, err := cookiejar.New(nil)
		if err != nil {
			return err
		}
		client := http.Client{Transport: c.On(t0, web.Usual()), Jar: jar}
		if _, err := client.Get(srv.URL + "/round"); err == nil || !strings.HasSuffix(err.Error(), "stopped after 10 redirects") {
			t.Errorf("got error %v, want that of package net/http", err)
		}
		resp, err := client.Get(srv.URL)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(resp.Body)
		if string(text) != "seen=yes " || err != nil {
			t.Errorf("got %q, %v, want the cookie", text, err)
		}
		return resp.Body.Close()
	})
}

// closing is a body that tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// TestBodyClosed wants a request's body closed however the request ends, and sent as long as
// it was said to be.
func TestBodyClosed(t *testing.T) {
	srv, _ := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	errBody := errors.New("no more of it")
	for _, test := range []struct {
		name, url, method string
		body              io.Reader
		length            int64
		want              string // the answer, or the end of an error
	}{
		{"as long as said", srv.URL, "POST", strings.NewReader("abc"), 3, "abc"},
		{"unknown", srv.URL, "POST", strings.NewReader("abc"), 0, "abc"},
		{"unknown, of a GET", srv.URL, "GET", strings.NewReader("abc"), -1, "abc"},
		{"shorter than said", srv.URL, "POST", strings.NewReader("abc"), 4, "http: ContentLength=4 with Body length 3"},
		{"it fails", srv.URL, "POST", io.MultiReader(strings.NewReader("abc"), failing{errBody}), 0, errBody.Error()},
		{"no server", "http://127.0.0.1:1", "POST", strings.NewReader("abc"), 3, "connection refused"},
		{"no URL to ask for", "ftp://x", "POST", strings.NewReader("abc"), 3, `"ftp://x" must begin with http:// or https://`},
		{"no method", srv.URL, "A B", strings.NewReader("abc"), 3, `"A B" is no method`},
	} {
		run(t, func(t0 *microthread.Thread, c *web.Transport) error {
			u, err := url.Parse(test.url)
			if err != nil {
				return err
			}
			body := &closing{Reader: test.body}
			resp, err := c.On(t0, web.Usual()).RoundTrip(&http.Request{Method: test.method, URL: u, Body: body, ContentLength: test.length, Header: http.Header{}})
			got := ""
			if err != nil {
				got = err.Error()
			} else {
				text, err := io.ReadAll(resp.Body)
				if got = string(text); err != nil {
					got = err.Error()
				}
				resp.Body.Close()
			}
			if !strings.HasSuffix(got, test.want) || !body.closed {
				t.Errorf("%s: got %q, closed %v, want %q, closed", test.name, got, body.closed, test.want)
			}
			return nil
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestRedirectDetails is what the client of a transport does besides what redirects need.
func TestRedirectDetails(t *testing.T) {
	srv, _ := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/absolute":
			w.Header().Set("Location", "http://"+srvHost(r)+"/end")
			w.WriteHeader(http.StatusFound)
		case "/stalls": // with a short body that does not come
			w.Header().Set("Location", "/end")
			w.Header().Set("Content-Length", "100")
			w.WriteHeader(http.StatusFound)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/bad":
			w.Header().Set("Location", "http://[a/")
			w.WriteHeader(http.StatusFound)
			_, _ = io.WriteString(w, "the text")
		default:
			fmt.Fprintf(w, "%s auth=%q refer=%q", r.Host, r.Header.Get("Authorization"), r.Header.Get("Referer"))
		}
	})
	host := hostOf(srv.URL)
	withUser := strings.Replace(srv.URL, "http://", "http://u:p@", 1)
	for _, test := range []struct {
		name, url string
		h         http.Header
		most      int
		want      string
	}{
		{"the user of the URL", withUser + "/absolute", nil, 10, host + ` auth="Basic dTpw" refer=""`},
		{"the host that was asked for", srv.URL + "/absolute", http.Header{"Host": {"me"}}, 10, `me auth="" refer=""`},
		{"a referer that was given", srv.URL + "/absolute", http.Header{"Referer": {"x"}}, 10, host + ` auth="" refer="x"`},
		{"a text that is not waited for", srv.URL + "/stalls", nil, 10, host + ` auth="" refer=""`},
		{"no URL, and nobody follows", srv.URL + "/bad", nil, 0, "the text"},
	} {
		run(t, func(t0 *microthread.Thread, c *web.Transport) error {
			o := web.Usual()
			o.MaxRedirects = test.most
			resp, err := do(t0, c, "GET", test.url, o, test.h)
			if err != nil {
				t.Errorf("%s: got error %v, want none", test.name, err)
				return nil
			}
			defer resp.Body.Close()
			if got, err := io.ReadAll(resp.Body); string(got) != test.want || err != nil {
				t.Errorf("%s: got %s, %v, want %s", test.name, got, err, test.want)
			}
			return nil
		})
	}
}

// srvHost is the address of the server that got r, whatever the client calls it.
func srvHost(r *http.Request) string {
	return r.Context().Value(http.LocalAddrContextKey).(fmt.Stringer).String()
}
