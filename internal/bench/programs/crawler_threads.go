package programs

import (
	"fmt"
	"io"
	"net/http"

	"mtpipe/microthread"
	"mtpipe/microthread/web"
)

type crawl struct {
	group        *microthread.Group
	slots        *microthread.Chan[bool]
	transport    *web.Transport
	seen         map[string]bool
	pages, bytes int
}

// crawlerOnThreads gets all pages of a site, 50 at a time.
func crawlerOnThreads(site string) (answer string, err error) {
	err = microthread.Run(func(t *microthread.Thread) error {
		c := &crawl{group: microthread.NewGroup(t), slots: microthread.NewChan[bool](t, atATime),
			transport: web.NewTransport(), seen: make(map[string]bool)}
		defer c.transport.Close()
		c.visit(site + "/0")
		err := c.group.Wait()
		answer = fmt.Sprintf("%d pages, %d bytes", c.pages, c.bytes)
		return err
	})
	return answer, err
}

func (c *crawl) visit(url string) {
	if c.seen[url] {
		return
	}
	c.seen[url] = true
	c.group.Go(func(t *microthread.Thread) error {
		_ = c.slots.Send(t, true)
		defer c.slots.Recv(t)
		text, err := get(c.transport.Client(t, web.Options{}), url)
		if err != nil {
			return err
		}
		c.pages, c.bytes = c.pages+1, c.bytes+len(text)
		for _, to := range links(url, text) {
			c.visit(to)
		}
		return nil
	})
}

func get(client *http.Client, url string) ([]byte, error) {
	resp, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
