package object

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// key is what requests are signed with.
type key struct {
	id, secret, token string
	expires           time.Time // zero: never
}

// keys finds the key of a service: in the environment, in the files of Amazon's tools and, for Amazon's own, where the
// machine gives those of its role.
type keys struct {
	of service

	mu     sync.Mutex
	looked bool
	key    key
}

// soon is how long before its end a key is asked for anew.
const soon = 5 * time.Minute

// get returns the key; ok is false when there is none.
func (k *keys) get(ctx context.Context) (_ key, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.looked || !k.key.expires.IsZero() && time.Until(k.key.expires) < soon {
		k.key, k.looked = k.find(ctx), true
	}
	return k.key, k.key.id != ""
}

// anonymous reports whether no key was found.
func (k *keys) anonymous() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.key.id == ""
}

func (k *keys) find(ctx context.Context) key {
	if k.of.keyID != "" && k.of.secret != "" {
		return key{id: k.of.keyID, secret: k.of.secret, token: k.of.token}
	}
	if id := configured(k.of.profile, "aws_access_key_id"); id != "" {
		return key{id: id, secret: configured(k.of.profile, "aws_secret_access_key"), token: configured(k.of.profile, "aws_session_token")}
	}
	if !k.of.amazon {
		return key{}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if found, err := ofContainer(ctx); err == nil {
		return found
	}
	found, err := ofMachine(ctx)
	if err != nil {
		return key{}
	}
	return found
}

// configured returns what the files of Amazon's tools say of a name in a profile, "" being the default one; "" when they
// say nothing.
func configured(profile, name string) string {
	if profile == "" {
		profile = "default"
	}
	home, _ := os.UserHomeDir()
	for _, f := range []struct{ variable, file, section string }{
		{"AWS_SHARED_CREDENTIALS_FILE", "credentials", profile},
		{"AWS_CONFIG_FILE", "config", "profile " + profile},
	} {
		path := os.Getenv(f.variable)
		if path == "" {
			path = filepath.Join(home, ".aws", f.file)
		}
		if text := inFile(path, f.section, name); text != "" {
			return text
		}
		if profile == "default" {
			if text := inFile(path, profile, name); text != "" {
				return text
			}
		}
	}
	return ""
}

// inFile returns what stands behind NAME = in a section of a file, "" when it is not there.
func inFile(path, section, name string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	within := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			within = strings.Join(strings.Fields(line[1:len(line)-1]), " ") == section
			continue
		}
		if of, text, ok := strings.Cut(line, "="); within && ok && strings.TrimSpace(of) == name {
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// ofContainer asks for the key of a container's role.
func ofContainer(ctx context.Context) (key, error) {
	at := os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if relative := os.Getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); relative != "" {
		at = "http://169.254.170.2" + relative
	}
	if at == "" {
		return key{}, os.ErrNotExist
	}
	token := os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
	if file := os.Getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return key{}, err
		}
		token = strings.TrimSpace(string(text))
	}
	return roleKey(ctx, at, "Authorization", token)
}

// ofMachine asks for the key of a machine's role.
func ofMachine(ctx context.Context) (key, error) {
	if strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true") {
		return key{}, os.ErrNotExist
	}
	const at, header = "http://169.254.169.254/latest/", "X-Aws-Ec2-Metadata-Token"
	token, err := ask(ctx, http.MethodPut, at+"api/token", header+"-Ttl-Seconds", "300")
	if err != nil {
		return key{}, err
	}
	const roles = at + "meta-data/iam/security-credentials/"
	role, err := ask(ctx, http.MethodGet, roles, header, string(token))
	if err != nil {
		return key{}, err
	}
	name, _, _ := strings.Cut(string(role), "\n")
	return roleKey(ctx, roles+name, header, string(token))
}

// roleKey asks for a key.
func roleKey(ctx context.Context, at, header, token string) (key, error) {
	text, err := ask(ctx, http.MethodGet, at, header, token)
	if err != nil {
		return key{}, err
	}
	var answer struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		Expiration      time.Time
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return key{}, err
	}
	return key{answer.AccessKeyID, answer.SecretAccessKey, answer.Token, answer.Expiration}, nil
}

// ask makes a request with a header, if that has a value, and returns the answer.
func ask(ctx context.Context, method, at, header, value string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, at, nil)
	if err != nil {
		return nil, err
	}
	if value != "" {
		req.Header.Set(header, value)
	}
	resp, err := client().Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s", resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, 64<<10))
}
