package programs

import (
	"fmt"
	"io"
	"net/http"
	"sync"
)

type goCrawl struct {
	group        group
	slots        chan bool
	client       *http.Client
	mu           sync.Mutex
	seen         map[string]bool
	pages, bytes int
}

// crawlerOnGoroutines gets all pages of a site, 50 at a time.
func crawlerOnGoroutines(site string) (string, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: atATime}
	defer transport.CloseIdleConnections()
	c := &goCrawl{slots: make(chan bool, atATime), client: &http.Client{Transport: transport}, seen: make(map[string]bool)}
	c.visit(site + "/0")
	err := c.group.Wait()
	return fmt.Sprintf("%d pages, %d bytes", c.pages, c.bytes), err
}

func (c *goCrawl) visit(url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[url] {
		return
	}
	c.seen[url] = true
	c.group.Go(func() error {
		c.slots <- true
		defer func() { <-c.slots }()
		text, err := goGet(c.client, url)
		if err != nil {
			return err
		}
		c.mu.Lock()
		c.pages, c.bytes = c.pages+1, c.bytes+len(text)
		c.mu.Unlock()
		for _, to := range links(url, text) {
			c.visit(to)
		}
		return nil
	})
}

func goGet(client *http.Client, url string) ([]byte, error) {
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
