// Package object reads and writes objects of S3, and of other services that speak its protocol,
// as if they were files: s3://BUCKET/KEY and gs://BUCKET/KEY. Nothing is done before the first
// object is used. All of it may block, and may be called from any goroutine that may.
//
// The protocol is spoken by the package itself, which takes 0.3 MB of the program: the library that was tried for it
// took 3 MB and some 4 ms of each start, of programs that read no objects, too.
package object

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Is reports whether a name is that of an object, or a pattern of such names.
func Is(name string) bool { return schemeOf(name) != "" }

func schemeOf(name string) string {
	for _, scheme := range []string{"s3", "gs"} {
		if strings.HasPrefix(name, scheme+"://") {
			return scheme
		}
	}
	return ""
}

// place is where an object is.
type place struct {
	name        string // as the user gave it
	bucket, key string
}

// placeOf returns the place that name names.
func placeOf(name string) (place, error) {
	scheme := schemeOf(name)
	bucket, key, _ := strings.Cut(strings.TrimPrefix(name, scheme+"://"), "/")
	p := place{name, bucket, key}
	switch {
	case bucket == "" || key == "":
		return p, fmt.Errorf("%s: an object is named %s://BUCKET/KEY", name, scheme)
	case strings.ContainsAny(bucket, "*?[@"):
		return p, fmt.Errorf("%s: a bucket is named as it is, without a pattern or a password", scheme+"://…/"+key)
	}
	return p, nil
}

const meta = "*?["

// Matches returns the names of the objects that match name, in which * and ? stand for no slash and
// ** for any number of folders, sorted folder by folder. The key is a pattern as path.Match has it.
// A name that is no pattern, or is itself that of an object, is returned as it is; the object has
// to be there.
func Matches(ctx context.Context, name string, pattern func(string) string) ([]string, error) {
	p, err := placeOf(name)
	if err != nil {
		return nil, err
	}
	s, err := open(name)
	if err != nil {
		return nil, err
	}
	if !strings.ContainsAny(p.key, meta) {
		return []string{name}, s.stat(ctx, p)
	}
	keys, err := s.list(ctx, p, literal(p.key), !strings.Contains(p.key, "**") && !strings.ContainsAny(path.Dir(p.key), meta))
	if err != nil {
		return nil, err
	}
	if slices.Contains(keys, p.key) {
		return []string{name}, nil
	}
	match := literalBraces.Replace(pattern(p.key))
	if !doublestar.ValidatePattern(match) {
		return nil, fmt.Errorf("%s: %w", name, path.ErrBadPattern)
	}
	keys = slices.DeleteFunc(keys, func(key string) bool {
		return strings.HasSuffix(key, "/") || !doublestar.MatchUnvalidated(match, key)
	})
	slices.SortFunc(keys, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
	for i, key := range keys {
		keys[i] = strings.TrimSuffix(name, p.key) + key
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("no object matches %s", name)
	}
	return keys, nil
}

// literal returns what all keys begin with that match a pattern.
func literal(pattern string) string {
	if i := strings.IndexAny(pattern, meta+`\`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

// literalBraces keeps braces from having the meaning that they have in doublestar's patterns.
var literalBraces = strings.NewReplacer(`\\`, `\\`, `\{`, `\{`, `\}`, `\}`, "{", `\{`, "}", `\}`)
