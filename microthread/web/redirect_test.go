package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// TestRedirects follows responses that point elsewhere.
func TestRedirects(t *testing.T) {
	show := func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s%s %s %q auth=%q cookie=%q x=%q", r.Method, r.Host, r.URL, r.Header.Get("Content-Type"), body,
			r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("X"))
	}
	other, _ := serve(t, (*httptest.Server).Start, show)
	secure, _ := serve(t, (*httptest.Server).StartTLS, show)
	srv, opened := serve(t, (*httptest.Server).Start, func(w http.ResponseWriter, r *http.Request) {
		code, to, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		status, err := strconv.Atoi(code)
		if err != nil {
			show(w, r)
			return
		}
		switch to {
		case "other":
			to = other.URL + "/o"
		case "secure":
			to = secure.URL + "/s"
		case "ftp":
			to = "ftp://example.com/"
		case "bad":
			to = "http://[a/"
		case "round":
			to = r.URL.Path
		case "back":
			to = strings.Replace(srvURL(r), "127.0.0.1", "localhost", 1) + "/302/" + "home?" + r.Host
		case "home":
			to = "http://" + r.URL.RawQuery + "/302/end"
		default:
			to = "/" + to
		}
		w.Header().Set("Location", to)
		if to == "/none" {
			w.Header().Del("Location")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "look elsewhere")
	})
	host, otherHost, secureHost := hostOf(srv.URL), hostOf(other.URL), hostOf(secure.URL)
	ours := `auth="Basic dTpw" cookie="c" x="y"`
	theirs := `auth="" cookie="" x="y"`
	for _, test := range []struct {
		name, method, path string
		body               []string
		want               string
	}{
		{"301", "GET", "/301/a", nil, "GET " + host + `/a  "" ` + ours},
		{"relative", "GET", "/302/a/b", nil, "GET " + host + `/a/b  "" ` + ours},
		{"302 of POST", "POST", "/302/a", []string{"data"}, "GET " + host + `/a  "" ` + ours},
		{"303 of PUT", "PUT", "/303/a", []string{"data"}, "GET " + host + `/a  "" ` + ours},
		{"307 of POST", "POST", "/307/a", []string{"data"}, "POST " + host + `/a text/x "data" ` + ours},
		{"308 of POST", "POST", "/308/a", []string{"data"}, "POST " + host + `/a text/x "data" ` + ours},
		{"303 of a large POST", "POST", "/303/a", []string{"data", "more"}, "GET " + host + `/a  "" ` + ours},
		{"307 of a large POST", "POST", "/307/a", []string{"data", "more"}, "error: 307 Temporary Redirect: a body of this size is not sent twice"},
		{"another host", "GET", "/302/other", nil, "GET " + otherHost + `/o  "" ` + theirs},
		{"another host and back", "GET", "/302/back", nil, "GET " + host + `/end  "" ` + theirs},
		{"to https", "GET", "/302/secure", nil, "GET " + secureHost + `/s  "" ` + theirs},
		{"not HTTP", "GET", "/302/ftp", nil, `error: redirected to "ftp://example.com/", which cannot be asked for`},
		{"no URL", "GET", "/302/bad", nil, `error: redirected to "http://[a/", which cannot be asked for`},
		{"nowhere", "GET", "/302/none", nil, "look elsewhere"},
		{"300", "GET", "/300/a", nil, "look elsewhere"},
		{"a circle", "GET", "/302/round", nil, "error: more than 10 redirects"},
	} {
		run(t, func(t0 *microthread.Thread, c *web.Transport) error {
			o := web.Usual()
			o.Insecure = true
			h := http.Header{"Cookie": {"c"}, "X": {"y"}, "Authorization": {"Basic dTpw"}}
			if test.body != nil {
				h.Set("Content-Type", "text/x")
			}
			got := ""
			if resp, err := do(t0, c, test.method, srv.URL+test.path, o, h, test.body...); err != nil {
				got = "error: " + err.Error()
			} else {
				all, err := io.ReadAll(resp.Body)
				if got = string(all); err != nil {
					got = "error: " + err.Error()
				}
				resp.Body.Close()
			}
			if got != test.want {
				t.Errorf("%s: got %s, want %s", test.name, got, test.want)
			}
			o.MaxRedirects = 0
			if _, got, err := ask(t0, c, "GET", srv.URL+"/302/a", o); got != "look elsewhere" || err != nil {
				t.Errorf("without redirects: got %q, %v, want the redirect itself", got, err)
			}
			return nil
		})
	}
	if n := opened.Load(); n > 2*16 {
		t.Errorf("got %d connections, want redirects to use theirs again", n)
	}
}

func srvURL(r *http.Request) string { return "http://" + r.Host }

func hostOf(text string) string {
	u, _ := url.Parse(text)
	return u.Host
}
