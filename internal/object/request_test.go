package object

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSign wants the signatures of Amazon's own examples
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
func TestSign(t *testing.T) {
	s := &store{base: &url.URL{Scheme: "https", Host: "s3.amazonaws.com"}, hosts: true}
	k := key{id: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
	now := time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name string
		request
		want string
	}{
		{"a range of an object", request{method: "GET", bucket: "examplebucket", key: "test.txt", ranged: "bytes=0-9"}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
		{"a query without values", request{method: "GET", bucket: "examplebucket", query: url.Values{"lifecycle": {""}}}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
		{"a list", request{method: "GET", bucket: "examplebucket", query: url.Values{"max-keys": {"2"}, "prefix": {"J"}}}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
	} {
		u := s.urlOf(row.request, "us-east-1")
		req := &http.Request{Method: row.method, URL: u, Header: http.Header{}}
		if row.ranged != "" {
			req.Header.Set("Range", row.ranged)
		}
		sign(req, nil, k, "us-east-1", now)
		if got := req.Header.Get("Authorization"); !strings.HasSuffix(got, "Signature="+row.want) {
			t.Errorf("%s: got %s, want the signature %s", row.name, got, row.want)
		}
	}
}

// TestURL wants buckets of Amazon to be hosts of their region, and keys to be written as signatures have them.
func TestURL(t *testing.T) {
	own := &store{service: service{amazon: true}, base: &url.URL{Scheme: "https", Host: "s3.amazonaws.com"}, hosts: true}
	other := &store{base: &url.URL{Scheme: "http", Host: "localhost:9000"}}
	for _, row := range []struct {
		s            *store
		bucket, key  string
		region, want string
	}{
		{own, "b", "a b/ü+%", "eu-central-1", "https://b.s3.eu-central-1.amazonaws.com/a%20b/%C3%BC%2B%25"},
		{own, "with.dots", "k", "us-east-1", "https://s3.amazonaws.com/with.dots/k"},
		{other, "b", "//x", "us-east-1", "http://localhost:9000/b///x"},
		{other, "b", "", "us-east-1", "http://localhost:9000/b"},
	} {
		if got := row.s.urlOf(request{bucket: row.bucket, key: row.key}, row.region).String(); got != row.want {
			t.Errorf("%s %s: got %s, want %s", row.bucket, row.key, got, row.want)
		}
	}
}

// TestRegion wants a request to be made again where the service says that the bucket is.
func TestRegion(t *testing.T) {
	var regions []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		region := strings.Split(r.Header.Get("Authorization"), "/")[2]
		if regions = append(regions, region); region != "eu-west-1" {
			w.Header().Set("X-Amz-Bucket-Region", "eu-west-1")
			w.WriteHeader(http.StatusMovedPermanently)
			return
		}
		fmt.Fprint(w, "text")
	}))
	defer server.Close()
	for name, v := range map[string]string{"AWS_ENDPOINT_URL_S3": server.URL, "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "", "AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
		t.Setenv(name, v)
	}
	s, err := open("s3://b/k")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.stat(context.Background(), place{"s3://b/k", "b", "k"}); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(regions, " "); got != "us-east-1 eu-west-1 eu-west-1" {
		t.Errorf("got requests for %s", got)
	}
}

// TestKeys wants the key of the environment before that of a file, and that before one of a container's role, which is
// asked for anew before it ends.
func TestKeys(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("Authorization") != "let me" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, `{"AccessKeyId":"role%d","SecretAccessKey":"s","Token":"t","Expiration":%q}`, asked, time.Now().Add(time.Minute).Format(time.RFC3339))
	}))
	defer server.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "credentials")
	text := "[default]\naws_access_key_id = d\naws_secret_access_key=ds\n[ other ]\naws_access_key_id=o\naws_secret_access_key=a=b\naws_session_token=ot\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte("[default]\nregion=eu-north-1\n[profile other]\nregion = ap-east-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", config)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.URL)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "")
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "let me")
	for _, row := range []struct {
		name, file string
		of         service
		want       key
	}{
		{"of the environment", file, service{keyID: "e", secret: "es", amazon: true}, key{id: "e", secret: "es"}},
		{"of a file", file, service{amazon: true}, key{id: "d", secret: "ds"}},
		{"of a profile", file, service{profile: "other"}, key{id: "o", secret: "a=b", token: "ot"}},
		{"of a role", os.DevNull, service{amazon: true}, key{id: "role1", secret: "s", token: "t"}},
		{"none", os.DevNull, service{}, key{}},
	} {
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", row.file)
		k := &keys{of: row.of}
		got, ok := k.get(context.Background())
		if got.expires = (time.Time{}); got != row.want || ok != (row.want.id != "") {
			t.Errorf("%s: got %v, want %v", row.name, got, row.want)
		}
		if row.want.id == "role1" {
			if got, _ := k.get(context.Background()); got.id != "role2" {
				t.Errorf("%s: got %s, want another one, since it ends soon", row.name, got.id)
			}
		}
	}
	if got := configured("", "region") + " " + configured("other", "region"); got != "eu-north-1 ap-east-1" {
		t.Errorf("got the regions %s", got)
	}
}
