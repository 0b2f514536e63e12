package input

import "strings"

// Pattern returns a pattern as shells have it in the way that path.Match wants it: [!…] is [^…], a ]
// that comes first and a - that comes first or last stand for themselves, and classes such as
// [:digit:] are written out.
func Pattern(shell string) string {
	var b strings.Builder
	for rest := shell; rest != ""; {
		n := 1
		if rest[0] == '\\' {
			n = min(2, len(rest))
		}
		b.WriteString(rest[:n])
		inSet := rest[0] == '['
		if rest = rest[n:]; inSet {
			rest = appendSet(&b, rest)
		}
	}
	return b.String()
}

// appendSet appends what stands behind a [ as far as the ] that belongs to it, and returns the rest.
func appendSet(b *strings.Builder, rest string) string {
	if strings.HasPrefix(rest, "!") || strings.HasPrefix(rest, "^") {
		b.WriteByte('^')
		rest = rest[1:]
	}
	for first := true; rest != ""; first = false {
		if name, behind, ok := strings.Cut(strings.TrimPrefix(rest, "[:"), ":]"); ok && strings.HasPrefix(rest, "[:") {
			if ranges, known := rangesOf(name); known {
				b.WriteString(ranges)
				rest = behind
				continue
			}
		}
		n := 1
		switch {
		case rest[0] == ']' && !first:
			b.WriteByte(']')
			return rest[1:]
		case rest[0] == ']', rest[0] == '-' && (first || strings.HasPrefix(rest, "-]")):
			b.WriteByte('\\')
		case rest[0] == '\\':
			n = min(2, len(rest))
		}
		b.WriteString(rest[:n])
		rest = rest[n:]
	}
	return rest
}

// rangesOf returns what a class of characters consists of.
func rangesOf(class string) (ranges string, known bool) {
	switch class {
	case "alnum":
		return "0-9A-Za-z", true
	case "alpha":
		return "A-Za-z", true
	case "digit":
		return "0-9", true
	case "lower":
		return "a-z", true
	case "space":
		return "\t-\r ", true
	case "upper":
		return "A-Z", true
	case "xdigit":
		return "0-9A-Fa-f", true
	}
	return "", false
}
