package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

// Three threads ask a server at the same time. Each has a client of its own, and they share
// the connections. Redirects are followed.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/2" {
			http.Redirect(w, r, "/two", http.StatusFound)
			return
		}
		fmt.Fprintf(w, "this is %s", r.URL.Path)
	}))
	defer server.Close()

	transport := web.NewTransport()
	defer transport.Close()
	get := func(t *microthread.Thread, path string) (string, error) {
		resp, err := transport.Client(t, web.Usual()).Get(server.URL + path)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close() // also when the thread is terminated
		text, err := io.ReadAll(resp.Body)
		return string(text), err
	}
	err := microthread.Run(func(t *microthread.Thread) error {
		paths := func(yield func(string) bool) { _ = yield("/1") && yield("/2") && yield("/3") }
		for text, err := range microthread.ParallelMap(t, paths, get) {
			if err != nil {
				return err
			}
			fmt.Println(text)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// this is /1
	// this is /two
	// this is /3
}
