package child

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// fetched is the end of one request.
type fetched struct {
	body []byte
	err  error
}

func fetchAll(ctx context.Context, client *http.Client, out io.Writer, url string, n, parallel int) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make([]chan fetched, n)
	for i := range results {
		results[i] = make(chan fetched, 1)
	}
	var next atomic.Int64
	for range min(parallel, n) {
		go func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				body, err := fetch(ctx, client, fmt.Sprintf("%s/%d", url, i))
				results[i-1] <- fetched{body, err}
			}
		}()
	}
	w := bufio.NewWriterSize(out, 64<<10)
	for _, result := range results {
		r := <-result
		if r.err != nil {
			return r.err
		}
		if _, err := w.Write(r.body); err != nil {
			return err
		}
	}
	return w.Flush()
}

func fetch(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}
