package object

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

// serve starts a server of objects with the bucket b, behind what in makes of its handler, and makes it
// the one that the test uses.
func serve(t *testing.T, in func(http.Handler) http.Handler) gofakes3.Backend {
	t.Helper()
	store := s3mem.New()
	if err := store.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	handler := gofakes3.New(store).Server()
	if in != nil {
		handler = in(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", server.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_REGION", "us-east-1")
	return store
}

func put(t *testing.T, to gofakes3.Backend, key string, data []byte) {
	t.Helper()
	if _, err := to.PutObject("bucket", key, map[string]string{"Last-Modified": time.Now().UTC().Format(http.TimeFormat)}, bytes.NewReader(data), int64(len(data)), nil); err != nil {
		t.Fatal(err)
	}
}

// TestMatches wants the objects that a pattern of files would find, in its order.
func TestMatches(t *testing.T) {
	to := serve(t, nil)
	for _, key := range []string{"a/1.csv", "a/2.csv", "a/2.txt", "a-b/1.csv", "a/b/1.csv", "a/c/d/1.csv", "odd[1].csv", "{x}.csv", "folder/", "é.csv", "a b+c%20.csv"} {
		put(t, to, key, []byte(key))
	}
	shell := func(pattern string) string { return pattern }
	for _, row := range []struct{ name, want string }{
		{"s3://bucket/a/*.csv", "s3://bucket/a/1.csv s3://bucket/a/2.csv"},
		{"s3://bucket/a/?.csv", "s3://bucket/a/1.csv s3://bucket/a/2.csv"},
		{"s3://bucket/a/[^1].*", "s3://bucket/a/2.csv s3://bucket/a/2.txt"},
		{"s3://bucket/*/1.csv", "s3://bucket/a/1.csv s3://bucket/a-b/1.csv"},
		{"s3://bucket/a*/1.csv", "s3://bucket/a/1.csv s3://bucket/a-b/1.csv"},
		{"s3://bucket/a/**/1.csv", "s3://bucket/a/1.csv s3://bucket/a/b/1.csv s3://bucket/a/c/d/1.csv"},
		{"s3://bucket/odd[1].csv", "s3://bucket/odd[1].csv"},
		{"s3://bucket/{x}*", "s3://bucket/{x}.csv"},
		{"s3://bucket/é.csv", "s3://bucket/é.csv"},
		{"s3://bucket/a b+*", "s3://bucket/a b+c%20.csv"},
		{"s3://bucket/folder*", "no object matches s3://bucket/folder*"},
		{"s3://bucket/x*", "no object matches s3://bucket/x*"},
		{"s3://bucket/x[", "s3://bucket/x[: syntax error in pattern"},
		{"s3://bucket/x", "s3://bucket/x: there is no such object"},
		{"s3://nobody/x", "s3://nobody: there is no bucket of that name"},
		{"s3://nobody/x*", "s3://nobody: there is no bucket of that name"},
		{"s3://bucket", "s3://bucket: an object is named s3://BUCKET/KEY"},
		{"s3://bucket/", "s3://bucket/: an object is named s3://BUCKET/KEY"},
		{"s3://b*/x", "s3://…/x: a bucket is named as it is, without a pattern or a password"},
		{"s3://user:password@b/x", "s3://…/x: a bucket is named as it is, without a pattern or a password"},
	} {
		got, err := Matches(context.Background(), row.name, shell)
		text := strings.Join(got, " ")
		if err != nil {
			text = err.Error()
		}
		if text != row.want {
			t.Errorf("%s: got %s, want %s", row.name, text, row.want)
		}
	}
}

// random returns n bytes.
func random(n int) []byte {
	data := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(data)
	return data
}

// TestRead reads objects of all sizes about those of pieces.
func TestRead(t *testing.T) {
	to := serve(t, nil)
	for _, size := range []int{0, 1, firstPiece - 1, firstPiece, firstPiece + 1, 3 * firstPiece, 5 << 20, 40 << 20} {
		data := random(size)
		put(t, to, "x", data)
		if got, err := readAll("s3://bucket/x"); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: got %d bytes, error %v", size, len(got), err)
		}
	}
	if n := memory.Load(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
}

func readAll(name string) ([]byte, error) {
	r, err := Open(context.Background(), name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// TestBrokenConnections wants the bytes of the object whatever happens to its connections.
func TestBrokenConnections(t *testing.T) {
	data := random(20 << 20)
	for _, row := range []struct {
		name  string
		spoil func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler)
	}{
		{"500 each second time", func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
			if n%2 == 1 {
				w.WriteHeader(http.StatusInternalServerError)
				return
			}
			next.ServeHTTP(w, r)
		}},
		{"503 each second time", func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
			if n%2 == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			next.ServeHTTP(w, r)
		}},
		{"broken in the middle", func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
			if n%3 == 2 {
				w = &breaking{ResponseWriter: w, left: 100_000}
			}
			next.ServeHTTP(w, r)
		}},
		{"broken before the first byte", func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
			if n%2 == 1 {
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			var n atomic.Int64
			to := serve(t, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { row.spoil(n.Add(1), w, r, next) })
			})
			put(t, to, "x", data)
			if got, err := readAll("s3://bucket/x"); err != nil || !bytes.Equal(got, data) {
				t.Errorf("got %d bytes, error %v", len(got), err)
			}
		})
	}
}

// breaking ends a connection after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) <= b.left {
		b.left -= len(p)
		return b.ResponseWriter.Write(p)
	}
	_, _ = b.ResponseWriter.Write(p[:b.left])
	panic(http.ErrAbortHandler)
}

// TestGivesUp wants an error where every connection breaks before it has brought anything.
func TestGivesUp(t *testing.T) {
	to := serve(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&breaking{ResponseWriter: w}, r)
		})
	})
	put(t, to, "x", random(1000))
	got, err := readAll("s3://bucket/x")
	if want := "s3://bucket/x: the server ended the connection"; len(got) != 0 || err == nil || err.Error() != want {
		t.Errorf("got %d bytes, error %v, want %s", len(got), err, want)
	}
}

// TestReplacedMeanwhile wants an error, not a mixture of two objects.
func TestReplacedMeanwhile(t *testing.T) {
	to := serve(t, nil)
	put(t, to, "x", random(20<<20))
	r, err := Open(context.Background(), "s3://bucket/x")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	put(t, to, "x", make([]byte, 20<<20))
	if _, err := io.ReadAll(r); err == nil || !strings.Contains(err.Error(), "replaced by another object") {
		t.Errorf("got the error %v", err)
	}
}

// TestClose wants a reader that is closed to end its requests, and a read that waits.
func TestClose(t *testing.T) {
	hello := random(enough)
	ended := make(chan struct{}, 100)
	serve(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", firstPiece-1, 1<<30))
			w.Header().Set("Content-Length", fmt.Sprint(firstPiece))
			w.Header().Set("ETag", `"x"`)
			w.Header().Set("Last-Modified", "Tue, 01 Dec 2026 00:00:00 GMT")
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(hello)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			ended <- struct{}{}
		})
	})
	r, err := Open(context.Background(), "s3://bucket/x")
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, len(hello))
	if _, err := io.ReadFull(r, b); err != nil || !bytes.Equal(b, hello) {
		t.Fatalf("got %d bytes, error %v", len(b), err)
	}
	go r.Close()
	if _, err := r.Read(b); err != os.ErrClosed {
		t.Errorf("got the error %v, want %v", err, os.ErrClosed)
	}
	<-ended
}

// TestWrite wants the object that was written, of all sizes about those of parts, and nothing before
// the end.
func TestWrite(t *testing.T) {
	to := serve(t, nil)
	for _, size := range []int{0, 1, partSize - 1, partSize, partSize + 1, 5*partSize + 7} {
		data := random(size)
		w, err := Create("s3://bucket/x")
		if err != nil {
			t.Fatal(err)
		}
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 100_000)
			w.Add(rest[:n])
			rest = rest[n:]
			if w.Full() {
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if _, err := to.HeadObject("bucket", "x"); err == nil {
			t.Errorf("%d bytes: the object is there before the end", size)
		}
		if err := w.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := w.Abort(); err != nil {
			t.Errorf("%d bytes: abort after the end: %v", size, err)
		}
		if got, err := readAll("s3://bucket/x"); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: got %d bytes, error %v", size, len(got), err)
		}
		if _, err := to.DeleteObject("bucket", "x"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAbort wants neither an object nor parts of one after an abort, and after a part that failed.
func TestAbort(t *testing.T) {
	for _, status := range []int{0, http.StatusForbidden} {
		var begun, aborted atomic.Int64
		to := serve(t, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch q := r.URL.Query(); {
				case r.Method == http.MethodPost && q.Has("uploads"):
					begun.Add(1)
				case r.Method == http.MethodDelete && q.Has("uploadId"):
					aborted.Add(1)
				case r.Method == http.MethodPut && status > 0:
					w.WriteHeader(status)
					return
				}
				next.ServeHTTP(w, r)
			})
		})
		w, err := Create("s3://bucket/x")
		if err != nil {
			t.Fatal(err)
		}
		w.Add(random(3 * partSize))
		err = w.Flush()
		if err == nil && status > 0 {
			err = w.Commit()
		}
		if want := "s3://bucket/x: access denied with the credentials that were found (AccessDenied)"; status > 0 && (err == nil || err.Error() != want) {
			t.Errorf("got the error %v, want %s", err, want)
		}
		if err := w.Abort(); err != nil {
			t.Error(err)
		}
		if begun.Load() != 1 || aborted.Load() != 1 {
			t.Errorf("status %d: got %d uploads and %d aborts, want one of each", status, begun.Load(), aborted.Load())
		}
		if _, err := to.HeadObject("bucket", "x"); err == nil {
			t.Error("there is an object")
		}
	}
}
