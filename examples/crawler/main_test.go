package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"mtpipe/microthread"
)

// TestCrawl crawls a site of 1,000 pages, one of which is not there and one of which is asked for
// by way of a redirect, and wants each to be asked for once and no more of them at a time than
// there may be.
func TestCrawl(t *testing.T) {
	const pages, jobs = 1000, 50
	var mu sync.Mutex
	asked := make(map[string]int)
	now, most := 0, 0
	var full sync.Once
	together := make(chan struct{})
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		now++
		most = max(most, now)
		if most == jobs {
			full.Do(func() { close(together) })
		}
		mu.Unlock()
		defer func() { mu.Lock(); now--; mu.Unlock() }()
		var n int
		if r.URL.Path != "/" {
			if _, err := fmt.Sscanf(r.URL.Path, "/%d", &n); err != nil {
				http.Redirect(w, r, "/7", http.StatusFound)
				return
			}
			<-together // until as many requests are under way as there may be
		}
		switch {
		case n == 77:
			http.NotFound(w, r)
		case n == 0:
			for i := 1; i <= 100; i++ {
				fmt.Fprintf(w, `<a class="x" href="/%d?a=1&amp;b=2#part">page</a>`, i)
			}
			fmt.Fprint(w, `<A HREF="http://127.0.0.1:1/other">another site</A> <a href="moved">moved</a>`)
		default:
			for i := 10 * n; i < 10*n+10; i++ {
				fmt.Fprintf(w, `<a href="../%d?a=1&amp;b=2">page</a>`, i)
			}
		}
	}))
	defer site.Close()
	var c *crawl
	err := microthread.Run(func(t0 *microthread.Thread) (err error) {
		c, err = start(t0, site.URL+"/", pages, jobs)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.pages != pages-1 || len(c.broken) != 1 || !strings.Contains(c.broken[0], "/77?a=1&b=2: 404 Not Found") {
		t.Errorf("got %d pages and the broken links %v, want %d pages and one link", c.pages, c.broken, pages-1)
	}
	if most != jobs {
		t.Errorf("got up to %d requests at a time, want %d", most, jobs)
	}
	again := slices.DeleteFunc(slices.Collect(func(yield func(string) bool) {
		for path, n := range asked {
			if n > 1 && !yield(path) {
				return
			}
		}
	}), func(path string) bool { return path == "/7" }) // by its name, and by the redirect
	if len(again) > 0 {
		t.Errorf("got %v asked for more than once", again)
	}
}
