// Package bench measures mtpipe beside the programs that it replaces: the same question,
// the same data, the same minute, and an answer that has to be the same.
//
// The data are made here, the same for the same seed. The runs of the contenders take
// turns, so that a busy moment of the machine meets all of them.
package bench

import (
	"bufio"
	"io"
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	addresses  = 3200 // distinct client addresses
	errorShare = 10   // of a hundred requests fail with status 500
)

var (
	paths  = []string{"/", "/index.html", "/about", "/search?q=", "/api/v1/items/", "/api/v1/orders/", "/static/app.js?v=", "/images/", "/login", "/feed.xml"}
	agents = []string{
		"Mozilla/5.0 (X11; Linux x86_64)",
		"Mozilla/5.0 (Macintosh; Intel)",
		"Mozilla/5.0 (Windows NT 10.0)",
		"curl/8.5.0", "monitor/1.2 (health check)",
	}
	statuses = []string{"200", "200", "200", "200", "200", "200", "304", "301", "404"}
)

// WriteAccessLog writes whole lines of a web server's access log, in Apache's combined
// format, until there are at least the given number of bytes. The same seed gives the same
// lines. A line has about 133 bytes; a tenth of the requests has status 500; addresses
// are unequally busy.
func WriteAccessLog(w io.Writer, bytes int64, seed int64) error {
	r := rand.New(rand.NewPCG(uint64(seed), 0x6d74706970650001))
	out := bufio.NewWriterSize(w, 64<<10)
	at := time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)
	var line []byte
	for n := int64(0); n < bytes; n += int64(len(line)) {
		at = at.Add(time.Duration(r.IntN(40)) * time.Millisecond)
		line = appendRequest(line[:0], r, at)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

func appendRequest(line []byte, r *rand.Rand, at time.Time) []byte {
	u := r.Float64()
	line = appendAddress(line, int(u*u*u*addresses))
	line = append(line, " - - ["...)
	line = at.AppendFormat(line, "02/Jan/2006:15:04:05 -0700")
	line = append(line, `] "GET `...)
	path := paths[r.IntN(len(paths))]
	line = append(line, path...)
	if last := path[len(path)-1]; last == '=' || last == '/' && len(path) > 1 {
		line = strconv.AppendInt(line, r.Int64N(1_000_000), 10)
	}
	line = append(line, ` HTTP/1.1" `...)
	if r.IntN(100) < errorShare {
		line = append(line, "500"...)
	} else {
		line = append(line, statuses[r.IntN(len(statuses))]...)
	}
	line = append(line, ' ')
	line = strconv.AppendInt(line, 120+r.Int64N(60_000), 10)
	line = append(line, ` "https://example.org/`...)
	line = strconv.AppendInt(line, r.Int64N(1000), 10)
	line = append(line, `" "`...)
	line = append(line, agents[r.IntN(len(agents))]...)
	return append(line, "\"\n"...)
}

// appendAddress appends the i-th address.
func appendAddress(line []byte, i int) []byte {
	line = append(line, "10."...)
	line = strconv.AppendInt(line, int64(i%16), 10)
	line = append(line, '.')
	line = strconv.AppendInt(line, int64(i/16%200), 10)
	line = append(line, '.')
	return strconv.AppendInt(line, int64(1+i*7%250), 10)
}
