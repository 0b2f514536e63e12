// Command crawler follows the links of a site and tells which of them lead nowhere.
//
//	go run ./examples/crawler -pages 1000 http://127.0.0.1:8080/
//
// Some threads share a list of pages; each takes one, asks for it, and adds what it leads to.
package main

import (
	"flag"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

func main() {
	pages, jobs := flag.Int("pages", 1000, "to ask for, at most"), flag.Int("jobs", 50, "at a time")
	flag.Parse()
	err := microthread.Run(func(t *microthread.Thread) error {
		c, err := start(t, flag.Arg(0), *pages, *jobs)
		fmt.Printf("%s%d pages, %d bytes\n", strings.Join(c.broken, ""), c.pages, c.bytes)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
}

type crawl struct {
	host   string
	most   int // pages
	todo   []*url.URL
	seen   map[string]bool
	active int              // threads that ask
	more   microthread.Cond // there is more to do, or nothing any more
	broken []string

	pages, bytes int
}

// start crawls from a page on, and returns when all is done.
func start(t *microthread.Thread, from string, pages, jobs int) (*crawl, error) {
	u, err := web.ParseURL(from)
	if err != nil {
		return &crawl{}, err
	}
	c := &crawl{host: u.Host, most: pages, seen: make(map[string]bool)}
	c.add(u)
	transport := web.NewTransport()
	defer transport.Close()
	options := web.Options{Timeout: time.Minute, MaxSize: 10 << 20, MaxRedirects: 10}
	g := microthread.NewGroup(t)
	for range jobs {
		g.Go(func(t *microthread.Thread) error {
			client := transport.Client(t, options)
			for u := c.next(t); u != nil; u = c.next(t) {
				if err := c.visit(client, u); err != nil {
					c.broken = append(c.broken, fmt.Sprintf("%s: %v\n", u, err))
				}
				c.active--
			}
			return nil
		})
	}
	return c, g.Wait()
}

// add notes a page, unless it is known or another site's.
func (c *crawl) add(u *url.URL) {
	if u.Fragment = ""; u.Host == c.host && !c.seen[u.String()] && len(c.seen) < c.most {
		c.seen[u.String()] = true
		c.todo = append(c.todo, u)
		c.more.Broadcast()
	}
}

// next returns a page to ask for, or nil when there will be none.
func (c *crawl) next(t *microthread.Thread) (u *url.URL) {
	for len(c.todo) == 0 {
		if c.active == 0 {
			c.more.Broadcast() // nobody needs to wait any longer
			return nil
		}
		c.more.Wait(t, "waiting for a page with links")
	}
	c.active++
	u, c.todo = c.todo[0], c.todo[1:]
	return u
}

var link = regexp.MustCompile(`(?i)<a [^>]*href="([^"]*)"`)

// visit asks for a page and adds what it leads to.
func (c *crawl) visit(client *http.Client, u *url.URL) error {
	resp, err := client.Get(u.String())
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %v", resp.Status, err)
	}
	c.pages, c.bytes = c.pages+1, c.bytes+len(text)
	for _, m := range link.FindAllSubmatch(text, -1) {
		if to, err := resp.Request.URL.Parse(html.UnescapeString(string(m[1]))); err == nil {
			c.add(to)
		}
	}
	return nil
}
