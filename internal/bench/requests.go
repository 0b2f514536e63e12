package bench

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	pathCount = 4000  // distinct paths of requests
	userCount = 20000 // distinct users, before the few with long names
	firstTime = 1767571200
)

// request is a record of the CSV file and of the JSON lines, and what the next one is made of.
type request struct {
	id, time         int64 // time in seconds since 1970
	host, path, user string
	status, bytes    int64
	micros           int64    // how long it took, a thousandth of the field ms
	tags             []string // in the JSON lines only

	r                     *rand.Rand
	sinceFirst            int64 // milliseconds since firstTime
	hosts, paths, allTags []string
}

// longNames are users that CSV has to quote or JSON to escape.
var longNames = []string{"Ann O'Brien, Cork", `Bob "B" Lee`, "Zoë Müller", `CORP\svc`}

func newRequests(seed int64) *request {
	q := &request{r: rand.New(rand.NewPCG(uint64(seed), 0x6d74706970650002)), allTags: []string{"eu", "new", "app"}}
	for _, kind := range []string{"web", "api", "img", "sql", "job"} {
		for i := range 10 {
			q.hosts = append(q.hosts, fmt.Sprintf("%s%02d", kind, i))
		}
	}
	stems := []string{"/item/%d", "/user/%d", "/cart/%d", "/api/v1/order/%d", "/api/v2/%d", "/img/%d.png"}
	for i := range pathCount {
		stem := stems[i%len(stems)]
		switch i % 50 {
		case 7:
			stem = `/find?q="tea",%d`
		case 31:
			stem = `/get?f=C:\tmp\%d`
		}
		q.paths = append(q.paths, fmt.Sprintf(stem, i))
	}
	return q
}

// next makes the next request.
func (q *request) next() {
	r := q.r
	q.id++
	q.sinceFirst += r.Int64N(80)
	q.time = firstTime + q.sinceFirst/1000
	u := r.Float64()
	q.host = q.hosts[int(u*math.Sqrt(u)*float64(len(q.hosts)))]
	u = r.Float64()
	q.path = q.paths[int(u*u*pathCount)]
	switch n := r.IntN(1000); {
	case n < 920:
		q.status = 200
	case n < 970:
		q.status = 404
	case n < 990:
		q.status = 500
	default:
		q.status = 503
	}
	q.bytes = 120 + r.Int64N(60_000)
	q.micros = int64(1000 * min(max(math.Exp(3+1.1*r.NormFloat64()), 0.05), 9999.999))
	if n := r.IntN(200); n < len(longNames) {
		q.user = longNames[n]
	} else {
		q.user = "u" + strconv.Itoa(r.IntN(userCount))
	}
	n := r.IntN(3)
	from := r.IntN(2)
	q.tags = q.allTags[from : from+n]
}

// WriteCSV writes rows requests as CSV with a header: id, ts, host, path, status, bytes, ms
// and user. A row has about 62 bytes; a few of a hundred have quoted fields. The same seed
// gives the same rows, and the requests of WriteJSONLines.
func WriteCSV(w io.Writer, rows, seed int64) error {
	out := bufio.NewWriterSize(w, 64<<10)
	out.WriteString("id,ts,host,path,status,bytes,ms,user\n") // Flush returns the error
	var line []byte
	q := newRequests(seed)
	for range rows {
		q.next()
		line = strconv.AppendInt(line[:0], q.id, 10)
		line = append(line, ',')
		line = strconv.AppendInt(line, q.time, 10)
		line = append(line, ',')
		line = append(line, q.host...)
		line = append(line, ',')
		line = appendCSV(line, q.path)
		line = append(line, ',')
		line = strconv.AppendInt(line, q.status, 10)
		line = append(line, ',')
		line = strconv.AppendInt(line, q.bytes, 10)
		line = append(line, ',')
		line = strconv.AppendFloat(line, float64(q.micros)/1000, 'f', 3, 64)
		line = append(line, ',')
		line = appendCSV(line, q.user)
		line = append(line, '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

func appendCSV(line []byte, s string) []byte {
	if !strings.ContainsAny(s, `,"`) {
		return append(line, s...)
	}
	line = append(line, '"')
	line = append(line, strings.ReplaceAll(s, `"`, `""`)...)
	return append(line, '"')
}

// WriteJSONLines writes the requests of WriteCSV as JSON, one on a line, with the same names
// of fields and with a list besides, tags. A line has about 140 bytes; a few of a hundred
// have escaped characters, those outside ASCII among them.
func WriteJSONLines(w io.Writer, rows, seed int64) error {
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	q := newRequests(seed)
	for range rows {
		q.next()
		line = append(line[:0], `{"id":`...)
		line = strconv.AppendInt(line, q.id, 10)
		line = append(line, `,"ts":`...)
		line = strconv.AppendInt(line, q.time, 10)
		line = append(line, `,"host":`...)
		line = appendJSON(line, q.host)
		line = append(line, `,"path":`...)
		line = appendJSON(line, q.path)
		line = append(line, `,"status":`...)
		line = strconv.AppendInt(line, q.status, 10)
		line = append(line, `,"bytes":`...)
		line = strconv.AppendInt(line, q.bytes, 10)
		line = append(line, `,"ms":`...)
		line = strconv.AppendFloat(line, float64(q.micros)/1000, 'f', 3, 64)
		line = append(line, `,"user":`...)
		line = appendJSON(line, q.user)
		line = append(line, `,"tags":[`...)
		for i, tag := range q.tags {
			if i > 0 {
				line = append(line, ',')
			}
			line = appendJSON(line, tag)
		}
		line = append(line, "]}\n"...)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

func appendJSON(line []byte, s string) []byte {
	line = append(line, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			line = append(line, '\\', byte(c))
		case c >= utf8.RuneSelf:
			line = fmt.Appendf(line, `\u%04x`, c)
		default:
			line = append(line, byte(c))
		}
	}
	return append(line, '"')
}

// WriteText writes the number of lines, words and numbers of about 64 bytes in no order.
// Some thousands of lines begin with the same word. The same seed gives the same lines.
func WriteText(w io.Writer, lines, seed int64) error {
	r := rand.New(rand.NewPCG(uint64(seed), 0x6d74706970650003))
	words := make([]string, 600)
	for i := range words {
		for range 2 + r.IntN(4) {
			words[i] += string("bdfgklmnprstvz"[r.IntN(14)]) + string("aeiou"[r.IntN(5)])
		}
	}
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	for range lines {
		line = append(line[:0], words[r.IntN(len(words))]...)
		line = append(line, ' ')
		line = append(line, words[r.IntN(len(words))]...)
		line = append(line, ' ')
		line = strconv.AppendInt(line, r.Int64N(1_000_000), 10)
		for range 1 + r.IntN(5) {
			line = append(line, ' ')
			line = append(line, words[r.IntN(len(words))]...)
		}
		line = append(line, ' ')
		line = strconv.AppendUint(line, r.Uint64(), 16)
		line = append(line, '\n')
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}
