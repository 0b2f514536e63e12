package input

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mtpipe/internal/format"
)

// objectServer serves the files of the working directory as the objects of a bucket, each with the tag
// that it is given, and counts what is asked for.
type objectServer struct {
	tag   atomic.Pointer[string]
	bytes atomic.Int64
}

func (s *objectServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, err := os.Open(strings.TrimPrefix(r.URL.Path, "/bucket/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	w.Header().Set("ETag", *s.tag.Load())
	http.ServeContent(counted{w, &s.bytes}, r, "", time.Unix(1, 0), file)
}

type counted struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c counted) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return c.ResponseWriter.Write(p)
}

// serveObjects returns a server that is the one that the test uses.
func serveObjects(t *testing.T) *objectServer {
	t.Helper()
	s := new(objectServer)
	tag := `"1"`
	s.tag.Store(&tag)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	for name, to := range map[string]string{"AWS_ENDPOINT_URL_S3": server.URL, "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"} {
		t.Setenv(name, to)
	}
	t.Chdir(t.TempDir())
	return s
}

// TestPiecesOfObjects divides an object: the records and their lines are those of a file with the same
// text, and little more is asked for than the pieces have. A packed object, and a small one, is a
// whole piece.
func TestPiecesOfObjects(t *testing.T) {
	s := serveObjects(t)
	rng := rand.New(rand.NewPCG(1, 19))
	text := []byte("a,b\n")
	for len(text) < 8<<20 {
		text = append(append(append(text, "1,\""...), strings.Repeat("x,\n\"\"", rng.IntN(3000)+200)...), "\"\n2,y\n"...)
	}
	write(t, "x.csv", text)
	write(t, "y.csv.gz", append(bgzip(text[:20000]), bgzip(text[20000:40000])...))
	write(t, "z.csv", text[:10])
	write(t, "empty.csv", nil)
	for _, cutter := range []func() format.Cutter{format.ByName("csv").Cutter, format.NewLines} {
		pieces, err := Pieces([]string{"s3://bucket/x.csv"}, 2<<20, func(string) format.Cutter { return cutter() }, nil)
		if err != nil || len(pieces) != 5 {
			t.Fatalf("got %d pieces, %v, want 5", len(pieces), err)
		}
		s.bytes.Store(0)
		got, fits := readPieces(t, pieces, LongestRecord, cutter)
		asked := s.bytes.Load()
		want, _ := readPieces(t, []Piece{{File: "x.csv", Size: int64(len(text)), To: int64(len(text)), Whole: true}}, LongestRecord, cutter)
		if !fits || !slices.Equal(got, want) {
			t.Errorf("got %d records that fit is %v, want %d", len(got), fits, len(want))
		}
		if asked > int64(len(text)+len(text)/2) {
			t.Errorf("got %d bytes that were asked for, want about the %d of the object", asked, len(text))
		}
	}
	pieces, err := Pieces([]string{"s3://bucket/y.csv.gz", "s3://bucket/z.csv", "s3://bucket/empty.csv"}, 1000, Cutter, nil)
	if err != nil || len(pieces) != 3 || !pieces[0].Whole || !pieces[1].Whole || !pieces[2].Whole {
		t.Errorf("got the pieces %v, %v, want three whole ones", pieces, err)
	}
	for _, p := range pieces[1:] {
		if _, rows, err := readPiece(t, p, LongestRecord, Cutter(p.File)); err != nil || len(rows) > 1 {
			t.Errorf("%s: got %v, %v", p.File, rows, err)
		}
	}
	if n, err := CountLines("s3://bucket/x.csv", 1000, 3<<20); err != nil || n != int64(bytes.Count(text[1000:3<<20], newlineBytes)) {
		t.Errorf("got %d lines, %v", n, err)
	}
}

// TestPieceOfReplacedObject wants an error when an object is another one than when it was divided, of
// the same size: before it is read, and meanwhile.
func TestPieceOfReplacedObject(t *testing.T) {
	s := serveObjects(t)
	write(t, "x.csv", []byte("a,b\n"+strings.Repeat("1,2\n", 1000)))
	for _, whole := range []map[string]bool{nil, {"s3://bucket/x.csv": true}} {
		pieces, err := Pieces([]string{"s3://bucket/x.csv"}, 1000, Cutter, whole)
		if err != nil {
			t.Fatal(err)
		}
		tag := `"` + strings.Repeat("2", 1+len(whole)) + `"`
		s.tag.Store(&tag)
		const want = "s3://bucket/x.csv has changed: it was replaced by another object after it was divided"
		if _, _, err := readPiece(t, pieces[0], LongestRecord, Cutter("x.csv")); err == nil || err.Error() != want {
			t.Errorf("whole %v: got %v, want %s", whole != nil, err, want)
		}
	}
}
