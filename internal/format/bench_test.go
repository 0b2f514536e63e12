package format

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"mtpipe/value"
)

// BenchmarkParse finds the records and fields of a block of typical rows.
func BenchmarkParse(b *testing.B) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var csv, quoted, jsonl, logfmt strings.Builder
	csv.WriteString("id,ts,host,path,status,bytes,ms,user\n")
	quoted.WriteString("id,ts,host,path,status,bytes,ms,user\n")
	for i := range 1200 {
		ts := fmt.Sprintf("2026-11-%02dT%02d:%02d:00Z", 1+rnd.IntN(28), rnd.IntN(24), rnd.IntN(60))
		path := fmt.Sprintf("/api/v%d/users/%d", rnd.IntN(3), rnd.IntN(900))
		bytes, ms := rnd.IntN(90000), float64(rnd.IntN(99999))/100
		fmt.Fprintf(&csv, "%d,%s,web-%02d.example.org,%s,200,%d,%.2f,user%d\n", i, ts, i%50, path, bytes, ms, i)
		fmt.Fprintf(&quoted, "%d,%s,\"web-%02d.example.org\",\"%s\",200,%d,%.2f,\"user %d, \"\"x\"\"\"\n", i, ts, i%50, path, bytes, ms, i)
		fmt.Fprintf(&jsonl, `{"id":%d,"ts":"%s","host":"web-%02d.example.org","path":"%s","status":200,"bytes":%d,"ms":%.2f,"user":"user%d","tags":["a","b"],"ok":true}`+"\n",
			i, ts, i%50, path, bytes, ms, i)
		fmt.Fprintf(&logfmt, "id=%d ts=%s host=web-%02d.example.org path=%s status=200 bytes=%d ms=%.2f msg=\"user %d\"\n", i, ts, i%50, path, bytes, ms, i)
	}
	for _, f := range []struct {
		name, text string
		cutter     Cutter
	}{
		{"csv", csv.String(), NewCSV(',', false)},
		{"csv with quotes", quoted.String(), NewCSV(',', false)},
		{"jsonl", jsonl.String(), CutterOf("jsonl")()},
		{"json", "[" + strings.ReplaceAll(strings.TrimSuffix(jsonl.String(), "\n"), "\n", ",") + "]", CutterOf("json")()},
		{"logfmt", logfmt.String(), CutterOf("logfmt")()},
	} {
		text := []byte(f.text)
		f.cutter.Cut(text, true)
		batch := f.cutter.Batch(value.NewBlock(text), text)
		r := batch.Records()
		codec, data := r.Codec, batch.Data()
		if bad := batch.Parse(); len(bad) > 0 || batch.Len() != 1200 {
			b.Fatal(f.name, batch.Len(), bad)
		}
		rows := append([]value.Row(nil), r.Rows...)
		b.Run(f.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				r.Text, r.Rows, r.Fields = data, r.Rows[:0], r.Fields[:0]
				if f.name == "json" {
					r.Rows = append(r.Rows, rows...)
				}
				codec.Parse(r)
			}
		})
		b.Run(f.name+" cut", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f.cutter.Cut(text, false)
				if c, ok := f.cutter.(*jsonCutter); ok {
					*c = jsonCutter{codec: c.codec, begun: true, rows: c.rows[:0]}
				}
				if c, ok := f.cutter.(*csvCutter); ok {
					c.at, c.seen, c.quoted = 0, 0, false
				}
			}
		})
	}
}
