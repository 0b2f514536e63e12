// Package redact takes credentials out of what people read: messages, logs, and the text of a
// pipeline that is quoted. It finds them in any text, by the form of URLs: whoever writes a message
// does not have to know whether there is one in it. It does so in URLs that are wrong, too, since
// those are what messages are about.
//
// All of it may be called by any goroutine.
package redact

import (
	"slices"
	"strings"
)

// Mask stands in the place of what is taken out.
const Mask = "***"

// Text returns s without the user and password of URLs and without the values of parameters whose
// names say that they are secret.
func Text(s string) string {
	spans := Spans(s)
	if spans == nil {
		return s
	}
	var b strings.Builder
	at := 0
	for _, span := range spans {
		b.WriteString(s[at:span[0]])
		b.WriteString(Mask)
		at = span[1]
	}
	b.WriteString(s[at:])
	return b.String()
}

// Spans returns where in s stands what Text takes out, in order; mostly nil.
func Spans(s string) [][2]int {
	commands := strings.Contains(s, "http_")
	if !commands && strings.IndexByte(s, '@') < 0 && strings.IndexByte(s, '=') < 0 {
		return nil
	}
	list := append(users(s), withoutScheme(s)...)
	list = append(list, parameters(s)...)
	if commands {
		list = append(list, options(s)...)
	}
	if len(list) < 2 {
		return list
	}
	slices.SortFunc(list, func(a, b [2]int) int { return a[0] - b[0] })
	merged := list[:1]
	for _, span := range list[1:] {
		if last := &merged[len(merged)-1]; span[0] <= last[1] {
			last[1] = max(last[1], span[1])
			continue
		}
		merged = append(merged, span)
	}
	return merged
}

// The bytes that end a word of a text, and that end the part of it which stands in quotes.
const (
	blanks = " \t\r\n"
	quotes = "\"'`"
)

// users finds what stands between :// and @.
func users(s string) (list [][2]int) {
	for from := 0; ; {
		i := strings.Index(s[from:], "://")
		if i < 0 {
			return list
		}
		from += i + len("://")
		if end := userEnd(s[from:]); end > 0 {
			list = append(list, [2]int{from, from + end})
			from += end
		}
	}
}

// userEnd returns where the @ stands that ends the user at the beginning of s, 0 when there is
// none. That is the last one before the path. Where what is before the path is no host, as when a
// password has a slash or a blank in it, it is the last one of what is quoted, or of the word.
func userEnd(s string) int {
	authority := s[:until(s, "/?#<>"+blanks+quotes)]
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		return at
	}
	_, port, ok := strings.Cut(authority, ":")
	if !ok || strings.HasPrefix(authority, "[") || strings.Trim(port, "0123456789") == "" && !strings.HasPrefix(s[len(authority):], " ") {
		return 0
	}
	for _, ends := range []string{"\r\n" + quotes, blanks} {
		if at := strings.LastIndexByte(s[:until(s, ends)], '@'); at >= 0 {
			return at
		}
	}
	return 0
}

// until returns where the first of some bytes stands in s that has no backslash before it.
func until(s, ends string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if strings.IndexByte(ends, s[i]) >= 0 {
			return i
		}
	}
	return len(s)
}

// withoutScheme finds USER:PASSWORD before @HOST.
func withoutScheme(s string) (list [][2]int) {
	for at, c := range []byte(s) {
		if c != '@' || at+1 == len(s) || !isWord(s[at+1]) && s[at+1] != '[' {
			continue
		}
		begin := strings.LastIndexAny(s[:at], "/=,()<>@{}[]|;"+blanks+quotes) + 1
		if colon := strings.IndexByte(s[begin:at], ':'); colon > 0 && begin+colon+1 < at {
			list = append(list, [2]int{begin, at})
		}
	}
	return list
}

func isWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
}

// parameters finds the values of parameters whose names are secret.
func parameters(s string) (list [][2]int) {
	for i := 0; i < len(s); i++ {
		if strings.IndexByte("?&;#", s[i]) < 0 {
			continue
		}
		name, value, ok := strings.Cut(s[i+1:], "=")
		if !ok || strings.ContainsAny(name, "?&;#/<>"+blanks+quotes) || !isSecret(name) {
			continue
		}
		begin := i + 1 + len(name) + 1
		if n := until(value, "&;#<>"+blanks+quotes); n > 0 && value[0] != '=' {
			list = append(list, [2]int{begin, begin + n})
			i = begin + n - 1
		}
	}
	return list
}

// secrets are the last words of names whose values are secret, and names that are so alone.
var (
	secrets = []string{"token", "key", "secret", "password", "passwd", "passphrase", "pwd", "signature", "credential", "credentials", "authorization", "jwt"}
	alone   = []string{"sig", "auth", "pass", "sid", "session", "sas", "hmac"}
)

// isSecret reports whether a parameter of that name is secret: api_key, accessToken, X-Amz-Signature.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	for _, s := range secrets {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	last := name[strings.LastIndexAny(name, "_-.[")+1:]
	return slices.Contains(alone, strings.TrimSuffix(last, "]"))
}
