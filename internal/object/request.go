package object

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// request is one to a service: of a bucket, or of an object when there is a key.
type request struct {
	method      string
	bucket, key string
	query       url.Values
	ranged      string // the header Range; "" for none
	body        []byte
}

// responseError is what a service answers when it does not do what it was asked for.
type responseError struct {
	status  int
	Code    string
	Message string
	Region  string
}

func (e *responseError) Error() string {
	switch {
	case e.Code == "":
		return http.StatusText(e.status)
	case e.Message == "":
		return e.Code
	}
	return fmt.Sprintf("%s (%s)", strings.TrimSuffix(e.Message, "."), e.Code)
}

// passes reports whether the same request may be answered at another time.
func (e *responseError) passes() bool {
	return e.status == http.StatusTooManyRequests || e.status >= 500 && e.status != http.StatusNotImplemented || e.Code == "RequestTimeout" || e.Code == "SlowDown"
}

// client is that of all services. What is packed comes as it is.
var client = sync.OnceValue(func() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:       http.ProxyFromEnvironment,
			DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext, TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: time.Minute,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute, DisableCompression: true, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it would have to be signed anew
	}
})

// How often a request is made at the most, and how long the wait before the second time may be; it doubles.
const (
	attempts  = 6
	firstWait = 100 * time.Millisecond
)

// do makes a request, and makes it again as long as it fails for a reason that may pass. The answer is one of success.
func (s *store) do(ctx context.Context, r request) (*http.Response, error) {
	wait := firstWait
	for attempt := 1; ; attempt++ {
		resp, err := s.once(ctx, r)
		var e *responseError
		switch {
		case err == nil:
			return resp, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &e) && s.moved(r.bucket, e):
			continue
		case attempt == attempts || e != nil && !e.passes():
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(wait/2 + rand.N(wait/2)):
		}
		wait *= 2
	}
}

// moved notes the region that a service has told of a bucket, and reports whether that is another one than before.
func (s *store) moved(bucket string, e *responseError) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Region == "" || s.regions[bucket] != "" {
		return false
	}
	s.regions[bucket] = e.Region
	return true
}

// regionOf returns the region of a bucket, as far as it is known.
func (s *store) regionOf(bucket string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.regions[bucket] != "":
		return s.regions[bucket]
	case s.region != "":
		return s.region
	}
	return "us-east-1"
}

// once makes a request once.
func (s *store) once(ctx context.Context, r request) (*http.Response, error) {
	region := s.regionOf(r.bucket)
	u := s.urlOf(r, region)
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.URL = u
	if r.ranged != "" {
		req.Header.Set("Range", r.ranged)
	}
	if r.body == nil && r.method != http.MethodPut && r.method != http.MethodPost {
		req.Body, req.ContentLength = nil, 0
	}
	if key, ok := s.keys.get(ctx); ok {
		sign(req, r.body, key, region, time.Now().UTC())
	}
	resp, err := client().Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	e := &responseError{}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	_ = xml.Unmarshal(text, e) // what is no XML says nothing
	if e.status = resp.StatusCode; e.Code == "" && e.status == http.StatusForbidden {
		e.Code = "AccessDenied"
	}
	if region := resp.Header.Get("X-Amz-Bucket-Region"); region != "" {
		e.Region = region
	}
	if e.Region == region {
		e.Region = ""
	}
	return nil, e
}

// urlOf returns where a request goes. Buckets of Amazon are hosts, but for those whose names have dots, which no
// certificate has.
func (s *store) urlOf(r request, region string) *url.URL {
	u := *s.base
	if s.amazon && region != "us-east-1" {
		u.Host = "s3." + region + ".amazonaws.com"
	}
	path := "/"
	if s.hosts && !strings.Contains(r.bucket, ".") {
		u.Host = r.bucket + "." + u.Host
	} else {
		path += r.bucket
		if r.key != "" {
			path += "/"
		}
	}
	path += r.key
	u.Path, u.RawPath, u.RawQuery = path, escape(path, true), canonical(r.query)
	return &u
}

// simple makes a request whose answer is small, and reads that into answer unless it is nil.
func (s *store) simple(ctx context.Context, r request, answer any) error {
	resp, err := s.do(ctx, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if answer == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := xml.NewDecoder(resp.Body).Decode(answer); err != nil {
		return fmt.Errorf("the answer of the server cannot be read: %w", err)
	}
	return nil
}

// escape writes text as signatures have it: all but letters, digits and -._~ is a % and two digits; slashes stay in
// paths.
func escape(text string, path bool) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", c) >= 0, c == '/' && path:
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// canonical returns the query as signatures have it.
func canonical(query url.Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		for _, v := range query[name] {
			parts = append(parts, escape(name, false)+"="+escape(v, false))
		}
	}
	return strings.Join(parts, "&")
}

// sign signs a request by version 4 of Amazon's signatures
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
func sign(req *http.Request, body []byte, key key, region string, now time.Time) {
	const service, terminator = "s3", "aws4_request"
	stamp, day := now.Format("20060102T150405Z"), now.Format("20060102")
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	req.Header.Set("X-Amz-Date", stamp)
	req.Header.Set("X-Amz-Content-Sha256", payload)
	if key.token != "" {
		req.Header.Set("X-Amz-Security-Token", key.token)
	}
	signed := map[string]string{"host": req.URL.Host}
	for name := range req.Header {
		if lower := strings.ToLower(name); strings.HasPrefix(lower, "x-amz-") || lower == "range" {
			signed[lower] = strings.TrimSpace(req.Header.Get(name))
		}
	}
	names := slices.Sorted(maps.Keys(signed))
	list := strings.Join(names, ";")
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s\n%s\n", req.Method, req.URL.EscapedPath(), req.URL.RawQuery)
	for _, name := range names {
		fmt.Fprintf(&text, "%s:%s\n", name, signed[name])
	}
	fmt.Fprintf(&text, "\n%s\n%s", list, payload)
	sum = sha256.Sum256([]byte(text.String()))
	scope := strings.Join([]string{day, region, service, terminator}, "/")
	toSign := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(sum[:])
	mac := []byte("AWS4" + key.secret)
	for _, part := range []string{day, region, service, terminator, toSign} {
		h := hmac.New(sha256.New, mac)
		h.Write([]byte(part))
		mac = h.Sum(nil)
	}
	req.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", key.id, scope, list, hex.EncodeToString(mac)))
}
