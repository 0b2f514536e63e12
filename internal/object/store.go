package object

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
)

// store is a service that keeps objects.
type store struct {
	service
	base    *url.URL
	hosts   bool // a bucket is a host of its own
	keys    *keys
	mu      sync.Mutex
	regions map[string]string // of buckets that have told theirs
}

// service is what the environment says about a service.
type service struct {
	endpoint, region, keyID, secret, token, profile string
	amazon                                          bool // it is Amazon's own, which may know the machine that the program runs on
}

// stores holds the services that were used: credentials that have to be asked for, and the regions of
// buckets, are asked for once.
var stores struct {
	sync.Mutex
	of map[service]*store
}

// open returns the service that keeps the object of that name.
func open(name string) (*store, error) {
	set := service{
		endpoint: firstOf("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), region: firstOf("AWS_REGION", "AWS_DEFAULT_REGION"),
		keyID: firstOf("AWS_ACCESS_KEY_ID"), secret: firstOf("AWS_SECRET_ACCESS_KEY"), token: firstOf("AWS_SESSION_TOKEN"), profile: firstOf("AWS_PROFILE"),
	}
	if schemeOf(name) == "gs" {
		set.endpoint, set.region = firstOf("GS_ENDPOINT_URL"), "auto"
		if set.endpoint == "" {
			set.endpoint = "https://storage.googleapis.com"
		}
		if id := firstOf("GS_ACCESS_KEY_ID"); id != "" {
			set.keyID, set.secret, set.token = id, firstOf("GS_SECRET_ACCESS_KEY"), ""
		}
	}
	if set.amazon = set.endpoint == ""; set.amazon {
		set.endpoint = "https://s3.amazonaws.com"
	}
	stores.Lock()
	defer stores.Unlock()
	if s := stores.of[set]; s != nil {
		return s, nil
	}
	if err := CheckEndpoint(set.endpoint); err != nil {
		return nil, fmt.Errorf("the endpoint of objects, in AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or GS_ENDPOINT_URL: %w", err)
	}
	base, _ := url.Parse(set.endpoint)
	s := &store{service: set, base: base, hosts: set.amazon, keys: &keys{of: set}, regions: make(map[string]string)}
	if s.region == "" {
		s.region = configured(set.profile, "region")
	}
	if stores.of == nil {
		stores.of = make(map[service]*store)
	}
	stores.of[set] = s
	return s, nil
}

// firstOf returns the value of the first variable of the environment that has one.
func firstOf(variables ...string) string {
	for _, v := range variables {
		if text := os.Getenv(v); text != "" {
			return text
		}
	}
	return ""
}

// CheckEndpoint returns what is wrong with the URL of a service.
func CheckEndpoint(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("it must be a URL such as https://HOST:PORT, without a path or a password")
	}
	return nil
}

// stat returns an error unless the object is there.
func (s *store) stat(ctx context.Context, p place) error {
	return s.explain(ctx, p, s.simple(ctx, request{method: http.MethodHead, bucket: p.bucket, key: p.key}, nil))
}

// listing is the answer to ListObjectsV2.
type listing struct {
	Encoding string `xml:"EncodingType"`
	Contents []struct {
		Key string
	}
	IsTruncated           bool
	NextContinuationToken string
}

// list returns the keys that begin with prefix; flat leaves out those with a slash after that.
func (s *store) list(ctx context.Context, p place, prefix string, flat bool) (keys []string, err error) {
	query := url.Values{"list-type": {"2"}, "prefix": {prefix}, "encoding-type": {"url"}}
	if flat {
		query.Set("delimiter", "/")
	}
	for {
		var page listing
		if err := s.simple(ctx, request{method: http.MethodGet, bucket: p.bucket, query: query}, &page); err != nil {
			return nil, s.explain(ctx, p, err)
		}
		for _, o := range page.Contents {
			key := o.Key
			if page.Encoding == "url" {
				if key, err = url.QueryUnescape(key); err != nil {
					return nil, fmt.Errorf("%s: the server has listed a key that cannot be read: %q", p.name, o.Key)
				}
			}
			keys = append(keys, key)
		}
		if !page.IsTruncated {
			return keys, nil
		}
		if page.NextContinuationToken == "" {
			return nil, fmt.Errorf("%s: the server has listed a part of the objects, and does not say where it goes on", p.name)
		}
		query.Set("continuation-token", page.NextContinuationToken)
	}
}

// version is one of an object's contents.
type version struct {
	size int64
	etag string
}

// read returns the bytes of an object from a place to before another one, or its end.
func (s *store) read(ctx context.Context, p place, from, to int64) (body io.ReadCloser, v version, err error) {
	resp, err := s.do(ctx, request{method: http.MethodGet, bucket: p.bucket, key: p.key, ranged: fmt.Sprintf("bytes=%d-%d", from, to-1)})
	if e := (*responseError)(nil); from == 0 && errors.As(err, &e) && e.status == http.StatusRequestedRangeNotSatisfiable {
		return http.NoBody, v, nil // it is empty
	}
	if err != nil {
		return nil, v, s.explain(ctx, p, err)
	}
	v = version{resp.ContentLength, strings.Trim(resp.Header.Get("ETag"), `"`)}
	if text := resp.Header.Get("Content-Range"); text != "" {
		span, size, _ := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
		v.size, err = strconv.ParseInt(size, 10, 64)
		if begin, _, _ := strings.Cut(span, "-"); err != nil || begin != strconv.FormatInt(from, 10) {
			err = fmt.Errorf("%s: the server gave another part than it was asked for: %q", p.name, text)
		}
	} else if from > 0 {
		err = fmt.Errorf("%s: the server gives no parts of objects", p.name)
	} else if v.size < 0 {
		err = fmt.Errorf("%s: the server does not say how large the object is", p.name)
	}
	if err != nil {
		_ = resp.Body.Close()
		return nil, v, err
	}
	return resp.Body, v, nil
}

// put makes an object at once.
func (s *store) put(ctx context.Context, p place, data []byte) error {
	return s.explain(ctx, p, s.simple(ctx, request{method: http.MethodPut, bucket: p.bucket, key: p.key, body: data}, nil))
}

// begin begins an object that is made of parts; it returns the name of that upload.
func (s *store) begin(ctx context.Context, p place) (string, error) {
	var answer struct {
		ID string `xml:"UploadId"`
	}
	err := s.simple(ctx, request{method: http.MethodPost, bucket: p.bucket, key: p.key, query: url.Values{"uploads": {""}}}, &answer)
	if err == nil && answer.ID == "" {
		err = errors.New("the server gave an upload no name")
	}
	return answer.ID, s.explain(ctx, p, err)
}

// part uploads a part; they are counted from 1.
func (s *store) part(ctx context.Context, p place, upload string, number int, data []byte) (string, error) {
	resp, err := s.do(ctx, request{method: http.MethodPut, bucket: p.bucket, key: p.key, body: data,
		query: url.Values{"partNumber": {strconv.Itoa(number)}, "uploadId": {upload}}})
	if err != nil {
		return "", s.explain(ctx, p, err)
	}
	_ = resp.Body.Close()
	return resp.Header.Get("ETag"), nil
}

// complete makes the object of its parts.
func (s *store) complete(ctx context.Context, p place, upload string, etags []*string) error {
	var text bytes.Buffer
	text.WriteString("<CompleteMultipartUpload>")
	for i, etag := range etags {
		fmt.Fprintf(&text, "<Part><PartNumber>%d</PartNumber><ETag>", i+1)
		if err := xml.EscapeText(&text, []byte(*etag)); err != nil {
			return err
		}
		text.WriteString("</ETag></Part>")
	}
	text.WriteString("</CompleteMultipartUpload>")
	var answer struct {
		XMLName xml.Name
		Code    string
		Message string
	}
	err := s.simple(ctx, request{method: http.MethodPost, bucket: p.bucket, key: p.key, query: url.Values{"uploadId": {upload}}, body: text.Bytes()}, &answer)
	if err == nil && answer.XMLName.Local == "Error" { // the answer begins before the object is made
		err = &responseError{status: http.StatusInternalServerError, Code: answer.Code, Message: answer.Message}
	}
	return s.explain(ctx, p, err)
}

// abort removes the parts that were uploaded.
func (s *store) abort(ctx context.Context, p place, upload string) error {
	return s.explain(ctx, p, s.simple(ctx, request{method: http.MethodDelete, bucket: p.bucket, key: p.key, query: url.Values{"uploadId": {upload}}}, nil))
}

// explain returns err with the name of the object and without the request, nil for nil.
func (s *store) explain(ctx context.Context, p place, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e *responseError
	if !errors.As(err, &e) {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("the server ended the connection")
		}
		return fmt.Errorf("%s: %w", p.name, err)
	}
	bucket := strings.TrimSuffix(p.name, "/"+p.key)
	switch {
	case e.Code == "NoSuchBucket":
		return fmt.Errorf("%s: there is no bucket of that name", bucket)
	case e.Code == "NoSuchKey" || e.Code == "" && e.status == http.StatusNotFound:
		gone := (*responseError)(nil)
		if err := s.simple(ctx, request{method: http.MethodHead, bucket: p.bucket}, nil); errors.As(err, &gone) && gone.status == http.StatusNotFound {
			return fmt.Errorf("%s: there is no bucket of that name", bucket)
		}
		return fmt.Errorf("%s: there is no such object", p.name)
	case e.status != http.StatusForbidden && e.status != http.StatusUnauthorized:
		return fmt.Errorf("%s: the server says: %w", p.name, e)
	case s.keys.anonymous():
		return fmt.Errorf("%s: access denied; no credentials were found in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials", p.name)
	}
	return fmt.Errorf("%s: access denied with the credentials that were found (%s)", p.name, e.Code)
}
