package web

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"mtpipe/internal/redact"
)

// quoted is what stands in quotes in a message.
var quoted = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"(?:[^"\\]|\\.)*"`) })

// ParseURL reads the address of something to ask for by HTTP. Without a scheme, as in
// localhost:8080/x, it is one of http.
func ParseURL(text string) (*url.URL, error) {
	if hasNoScheme(text) {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		msg := clean(strings.TrimPrefix(err.Error(), "net/url: "))
		if redact.Spans(text) != nil { // what the message quotes may be a piece of a password
			msg = quoted().ReplaceAllLiteralString(msg, `"`+redact.Mask+`"`)
		}
		return nil, fmt.Errorf("is no URL: %s", msg)
	}
	plain, err := asked(u)
	if err != nil {
		return u, err // for messages
	}
	return plain, nil
}

// hasNoScheme reports whether text begins with a host: with a letter, a digit or [, and up to
// the first slash there is no colon but that of a port.
func hasNoScheme(text string) bool {
	if text == "" || !isLetterOrDigit(text[0]) && text[0] != '[' {
		return false
	}
	host, _, _ := strings.Cut(text, "/")
	host, _, _ = strings.Cut(host, "?")
	if i := strings.LastIndexByte(host, ']'); i >= 0 && text[0] == '[' {
		host = host[i+1:]
	}
	_, port, colon := strings.Cut(host, ":")
	return !colon || port != "" && isPort(port)
}

func isLetterOrDigit(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// asked returns u as it is asked for: with its host in ASCII.
func asked(u *url.URL) (*url.URL, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("must begin with http:// or https://")
	}
	if u.Hostname() == "" {
		return nil, errors.New("is a URL without a host")
	}
	if strings.ContainsFunc(u.Host, func(c rune) bool { return c >= 0x80 }) {
		host, err := plainHost(u)
		if err != nil {
			return nil, fmt.Errorf("is a URL with the host %s, which cannot be written in ASCII", quote(u.Hostname()))
		}
		plain := *u
		plain.Host = host
		u = &plain
	}
	if port := u.Port(); !isPort(port) {
		return nil, fmt.Errorf("is a URL with the port %s", quote(port))
	}
	return u, nil
}

// isPort reports whether port is a number that a port can have, or empty.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}

// address returns the host and the port of a URL.
func address(u *url.URL) (host, port string) {
	host, port = u.Hostname(), u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return host, port
}

// sameOrigin reports whether what is meant for one URL may be sent to the other.
func sameOrigin(a, b *url.URL) bool {
	aHost, aPort := address(a)
	bHost, bPort := address(b)
	return a.Scheme == b.Scheme && strings.EqualFold(aHost, bHost) && aPort == bPort
}

// plainHost lets package http write the host of u: in ASCII, without the zone of an address.
func plainHost(u *url.URL) (string, error) {
	var b bytes.Buffer
	req := http.Request{Method: "GET", URL: u}
	if err := req.Write(&b); err != nil {
		return "", err
	}
	_, rest, _ := strings.Cut(b.String(), "\r\nHost: ")
	host, _, _ := strings.Cut(rest, "\r\n")
	return host, nil
}
