package syntax

import "strings"

// escapes are what follows a backslash in templates, delimiters and replacements, and what it stands for.
const escapes, escaped = `\tnr0`, "\\\t\n\r\x00"

// Escape returns the character that the text escape at the beginning of s stands for, \t, \n, \r, \0 or \\, and whether
// there is one. It has two bytes.
func Escape(s string) (c byte, ok bool) {
	if len(s) < 2 || s[0] != '\\' {
		return 0, false
	}
	i := strings.IndexByte(escapes, s[1])
	if i < 0 {
		return 0, false
	}
	return escaped[i], true
}

// Unescape returns s with its text escapes replaced; a backslash before anything else is text.
func Unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, ok := Escape(s[i:])
		if !ok {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte(c)
		i++
	}
	return b.String()
}
