package network

import (
	"bytes"
	"fmt"
	"strconv"

	"mtpipe/internal/bench/child"
)

// requests is the dialogue with an HTTP server of package child: every request asks for another
// path, on a connection that is kept.
var requests = dialogue{
	request: func(b []byte, i int, round uint32) []byte {
		b = append(b, "GET "...)
		b = appendPath(b, i, round)
		return append(b, " HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: bench/1.0\r\nAccept: */*\r\n\r\n"...)
	},
	check: func(got []byte, i int, round uint32) (bool, error) {
		head, body, ok := bytes.Cut(got, []byte("\r\n\r\n"))
		want := child.Body(string(appendPath(nil, i, round)))
		const status = "HTTP/1.1 200 OK\r\n"
		switch {
		case len(got) < len(status):
			return false, nil
		case !bytes.HasPrefix(got, []byte(status)):
		case !ok || len(body) < len(want) && want[:len(body)] == string(body):
			return false, nil
		case string(body) != want, !bytes.Contains(head, []byte("\r\nContent-Length: "+strconv.Itoa(len(want)))), bytes.Contains(head, []byte("\r\nConnection:")):
		default:
			return true, nil
		}
		return false, fmt.Errorf("got the answer %.200q, want %q", got, want)
	},
}

func appendPath(b []byte, i int, round uint32) []byte {
	return fmt.Appendf(b, "/%08x/%08x", i, round)
}
