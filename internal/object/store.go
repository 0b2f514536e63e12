package object

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	minio "github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// store is a service that keeps objects, and all that is known here of the library that speaks to
// it. Requests that fail for a reason that may pass are made again by the library.
type store struct {
	minio.Core
	at        service
	anonymous bool // there are no credentials
}

// attempts is how often a request is made at the most.
const attempts = 6

// service is what the environment says about a service. Readers and writers have this instead of the
// store: what interfaces hold must not lead to the library's client, or the linker keeps all that the
// library can do, which is twice as much.
type service struct {
	endpoint, region, keyID, secret, token, profile, config, shared string
}

// stores holds the services that were used, by their service: credentials that have to be asked for,
// and the regions of buckets, are asked for once.
var stores struct {
	sync.Mutex
	of map[service]*store
}

// open returns the service that keeps the object of that name.
func open(name string) (*store, error) {
	set := service{
		endpoint: firstOf("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"), region: firstOf("AWS_REGION", "AWS_DEFAULT_REGION"),
		keyID: firstOf("AWS_ACCESS_KEY_ID"), secret: firstOf("AWS_SECRET_ACCESS_KEY"), token: firstOf("AWS_SESSION_TOKEN"),
		profile: firstOf("AWS_PROFILE"), config: firstOf("AWS_CONFIG_FILE"), shared: firstOf("AWS_SHARED_CREDENTIALS_FILE"),
	}
	own := "https://s3.amazonaws.com"
	if schemeOf(name) == "gs" {
		set.endpoint, set.region, own = firstOf("GS_ENDPOINT_URL"), "auto", "https://storage.googleapis.com"
		if id := firstOf("GS_ACCESS_KEY_ID"); id != "" {
			set.keyID, set.secret, set.token = id, firstOf("GS_SECRET_ACCESS_KEY"), ""
		}
	}
	amazon := set.endpoint == "" && schemeOf(name) == "s3"
	if set.endpoint == "" {
		set.endpoint = own
	}
	stores.Lock()
	defer stores.Unlock()
	if s := stores.of[set]; s != nil {
		return s, nil
	}
	s, err := newStore(set, amazon)
	if err != nil {
		return nil, err
	}
	if stores.of == nil {
		stores.of = make(map[service]*store)
	}
	stores.of[set] = s
	return s, nil
}

// store returns the store of a service that was opened.
func (s service) store() *store {
	stores.Lock()
	defer stores.Unlock()
	return stores.of[s]
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

// newStore returns the service at an endpoint. That of Amazon may have credentials from the machine
// that the program runs on.
func newStore(set service, amazon bool) (*store, error) {
	if err := CheckEndpoint(set.endpoint); err != nil {
		return nil, fmt.Errorf("the endpoint of objects, in AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or GS_ENDPOINT_URL: %w", err)
	}
	at, _ := url.Parse(set.endpoint)
	providers := []credentials.Provider{
		&credentials.Static{Value: credentials.Value{AccessKeyID: set.keyID, SecretAccessKey: set.secret, SessionToken: set.token, SignerType: credentials.SignatureV4}},
		&credentials.FileAWSCredentials{},
	}
	if set.keyID == "" || set.secret == "" {
		providers = providers[1:]
	}
	if amazon && !strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true") {
		providers = append(providers, &credentials.IAM{Client: &http.Client{Timeout: 5 * time.Second}})
	}
	chain := credentials.NewChainCredentials(providers)
	core, err := minio.NewCore(at.Host, &minio.Options{Creds: chain, Secure: at.Scheme == "https", Region: set.region, MaxRetries: attempts})
	if err != nil {
		return nil, fmt.Errorf("the endpoint %s: %w", at.Host, err)
	}
	value, err := chain.GetWithContext(core.CredContext())
	return &store{Core: *core, at: set, anonymous: err != nil || value.SignerType.IsAnonymous()}, nil
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
	_, err := s.StatObject(ctx, p.bucket, p.key, minio.StatObjectOptions{})
	return s.explain(ctx, p, err)
}

// list returns the keys that begin with prefix; flat leaves out those with a slash after that.
func (s *store) list(ctx context.Context, p place, prefix string, flat bool) (keys []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for o := range s.ListObjectsIter(ctx, p.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: !flat}) {
		if o.Err != nil {
			return nil, s.explain(ctx, p, o.Err)
		}
		keys = append(keys, o.Key)
	}
	return keys, ctx.Err()
}

// version is one of an object's contents.
type version struct {
	size int64
	etag string
}

// read returns the bytes of an object from a place to before another one, or its end.
func (s *store) read(ctx context.Context, p place, from, to int64) (body io.ReadCloser, v version, err error) {
	var opts minio.GetObjectOptions
	if err := opts.SetRange(from, to-1); err != nil {
		return nil, v, err
	}
	body, info, header, err := s.GetObject(ctx, p.bucket, p.key, opts)
	if e := (minio.ErrorResponse{}); from == 0 && errors.As(err, &e) && e.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return http.NoBody, v, nil // it is empty
	}
	if err != nil {
		return nil, v, s.explain(ctx, p, err)
	}
	v = version{info.Size, info.ETag}
	if text := header.Get("Content-Range"); text != "" {
		span, size, _ := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
		v.size, err = strconv.ParseInt(size, 10, 64)
		if begin, _, _ := strings.Cut(span, "-"); err != nil || begin != strconv.FormatInt(from, 10) {
			err = fmt.Errorf("%s: the server gave another part than it was asked for: %q", p.name, text)
		}
	} else if from > 0 {
		err = fmt.Errorf("%s: the server gives no parts of objects", p.name)
	}
	if err != nil {
		_ = body.Close()
		return nil, v, err
	}
	return body, v, nil
}

// put makes an object at once.
func (s *store) put(ctx context.Context, p place, data []byte) error {
	_, err := s.PutObject(ctx, p.bucket, p.key, bytes.NewReader(data), int64(len(data)), "", "", minio.PutObjectOptions{DisableContentSha256: true})
	return s.explain(ctx, p, err)
}

// begin begins an object that is made of parts; it returns the name of that upload.
func (s *store) begin(ctx context.Context, p place) (string, error) {
	id, err := s.NewMultipartUpload(ctx, p.bucket, p.key, minio.PutObjectOptions{})
	return id, s.explain(ctx, p, err)
}

// part uploads a part; they are counted from 1.
func (s *store) part(ctx context.Context, p place, upload string, number int, data []byte) (string, error) {
	part, err := s.PutObjectPart(ctx, p.bucket, p.key, upload, number, bytes.NewReader(data), int64(len(data)), minio.PutObjectPartOptions{DisableContentSha256: true})
	return part.ETag, s.explain(ctx, p, err)
}

// complete makes the object of its parts.
func (s *store) complete(ctx context.Context, p place, upload string, etags []*string) error {
	parts := make([]minio.CompletePart, len(etags))
	for i, etag := range etags {
		parts[i] = minio.CompletePart{PartNumber: i + 1, ETag: *etag}
	}
	_, err := s.CompleteMultipartUpload(ctx, p.bucket, p.key, upload, parts, minio.PutObjectOptions{})
	return s.explain(ctx, p, err)
}

// abort removes the parts that were uploaded.
func (s *store) abort(ctx context.Context, p place, upload string) error {
	return s.explain(ctx, p, s.AbortMultipartUpload(ctx, p.bucket, p.key, upload))
}

// explain returns err with the name of the object and without the request, nil for nil.
func (s *store) explain(ctx context.Context, p place, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e minio.ErrorResponse
	if !errors.As(err, &e) {
		if u := (*url.Error)(nil); errors.As(err, &u) {
			err = u.Err
		}
		if strings.HasPrefix(err.Error(), "Connection closed by foreign host") { // the library's words, which ask to retry what it has retried
			err = errors.New("the server ended the connection")
		}
		return fmt.Errorf("%s: %w", p.name, err)
	}
	bucket := strings.TrimSuffix(p.name, "/"+p.key)
	switch {
	case e.Code == minio.NoSuchBucket:
		return fmt.Errorf("%s: there is no bucket of that name", bucket)
	case e.Code == minio.NoSuchKey:
		if there, err := s.BucketExists(ctx, p.bucket); err == nil && !there {
			return fmt.Errorf("%s: there is no bucket of that name", bucket)
		}
		return fmt.Errorf("%s: there is no such object", p.name)
	case e.StatusCode != http.StatusForbidden && e.StatusCode != http.StatusUnauthorized:
		return fmt.Errorf("%s: the server says: %s (%s)", p.name, strings.TrimSuffix(e.Error(), "."), e.Code)
	case s.anonymous:
		return fmt.Errorf("%s: access denied; no credentials were found in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or in ~/.aws/credentials", p.name)
	}
	return fmt.Errorf("%s: access denied with the credentials that were found (%s)", p.name, e.Code)
}
