package redact

import (
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"http://me:pw@h/x", "http://***@h/x"},
		{"http://token@h", "http://***@h"},
		{"postgres://u:p@ss@db:5432/x", "postgres://***@db:5432/x"},
		{`GET "https://u:p@h/a": 404 (for "https://u:p@h/a")`, `GET "https://***@h/a": 404 (for "https://***@h/a")`},
		{"lines 'a b'; http_get http://u:p@h/x | count", "lines 'a b'; http_get http://***@h/x | count"},
		// Passwords that make the URL wrong.
		{"http://u:p/w@h/x", "http://***@h/x"},
		{"http://u:p#w@h/x", "http://***@h/x"},
		{"http://u:p?w@h/x", "http://***@h/x"},
		{`http_get "http://u:p w@h/x" | count`, `http_get "http://***@h/x" | count`},
		{`"http://u:p\"w@h/x"`, `"http://***@h/x"`},
		{"http://u:it's@h/x", "http://***@h/x"},
		{"http://u:p%zz@h:bad/", "http://***@h:bad/"},
		{"://u:p@h", "://***@h"},
		{"u:p@h/x", "***@h/x"},
		{"http_get u:p@127.0.0.1:80/x", "http_get ***@127.0.0.1:80/x"},
		// Parameters.
		{"http://h/?a=1&token=abc&b=2", "http://h/?a=1&token=***&b=2"},
		{"http://h/?api_key=abc", "http://h/?api_key=***"},
		{"http://h/?accessToken=a%20b#top", "http://h/?accessToken=***#top"},
		{"http://h/?X-Amz-Signature=ab&sig=cd&x[pass]=e", "http://h/?X-Amz-Signature=***&sig=***&x[pass]=***"},
		{"http://h/#access_token=abc", "http://h/#access_token=***"},
		{`"http://h/?password=a\"b" x`, `"http://h/?password=***" x`},
		{"http://u:p@h/?key=v|http://u:p@i/?key=v x", "http://***@h/?key=*** x"},
		{"h/x?secret=1", "h/x?secret=***"},
		// Options of stages that make requests.
		{"http_get -u me:pw h/x | count", "http_get -u me:*** h/x | count"},
		{"http_get -u 'me:p|w d' h/x", "http_get -u 'me:***' h/x"},
		{`http_get h/x --user="me:p\"w"`, `http_get h/x --user="me:***"`},
		{"http_get h/x -ume:pw", "http_get h/x -ume:***"},
		{"http_post --user  secret h", "http_post --user  *** h"},
		{"http_get -u 'never ended", "http_get -u '***"},
		{`http_get -H "Authorization: Bearer abc" h`, `http_get -H "Authorization: ***" h`},
		{"http_get -H 'accept: a' --header 'X-Api-Key:abc' h", "http_get -H 'accept: a' --header 'X-Api-Key:***' h"},
		{"http_get -H Cookie:a=b;c h", "http_get -H Cookie:***;c h"},
		{"seq 3; http_get -u a:b h; sort", "seq 3; http_get -u a:*** h; sort"},
		// Nothing of the kind.
		{"http_get h | sort -u a:b", "http_get h | sort -u a:b"},
		{"sort -u a:b | http_get h/-u", "sort -u a:b | http_get h/-u"},
		{"http_get -H 'Accept: text/csv' h", "http_get -H 'Accept: text/csv' h"},
		{"http_get h | map '{token: a}' -H 'token: b'", "http_get h | map '{token: a}' -H 'token: b'"},
		{"http://h:8080/@scope/x@1", "http://h:8080/@scope/x@1"},
		{"http://[::1]:80/a@b", "http://[::1]:80/a@b"},
		{"http://h/?design=1&signal=2&page=3&keys=4", "http://h/?design=1&signal=2&page=3&keys=4"},
		{"http://h:bad/", "http://h:bad/"},
		{"me@example.org: a = b", "me@example.org: a = b"},
		{"git@host:path", "git@host:path"},
		{"it ?key == 1 : 2", "it ?key == 1 : 2"},
		{"x@y at 12:30 = z", "x@y at 12:30 = z"},
	} {
		if got := Text(c.text); got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
	}
}

// FuzzText wants what is masked to be the spans, and masking once to be enough.
func FuzzText(f *testing.F) {
	f.Add("http://u:p@h/?token=x u:p@h")
	f.Add("http_get -u a:b -H 'cookie: x' --user=\"c")
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, span := range Spans(s) {
			if span[0] < last || span[1] <= span[0] || span[1] > len(s) {
				t.Fatalf("%q: got the spans %v", s, Spans(s))
			}
			last = span[1]
		}
		once := Text(s)
		if len(Spans(s)) == 0 != (once == s) && !strings.Contains(s, Mask) {
			t.Fatalf("%q: got %q", s, once)
		}
	})
}
