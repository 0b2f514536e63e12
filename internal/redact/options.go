package redact

import "strings"

// options finds the passwords among the options of http_get and http_post: what stands after the
// colon of -u NAME:PASSWORD, and the values of secret lines of a header.
func options(s string) (list [][2]int) {
	for i := 0; i < len(s); i++ {
		if s[i] != '-' || i > 0 && strings.IndexByte(blanks, s[i-1]) < 0 || !ofHTTP(s[:i]) {
			continue
		}
		name, begin := option(s, i)
		var secret func(word string) int
		switch name {
		case "-u", "--user":
			secret = password
		case "-H", "--header":
			secret = headerValue
		default:
			continue
		}
		begin, end := word(s, begin)
		if at := secret(s[begin:end]); at >= 0 && begin+at < end {
			list = append(list, [2]int{begin + at, end})
		}
		i = max(i, end-1)
	}
	return list
}

// ofHTTP reports whether the stage whose text ends s makes requests.
func ofHTTP(s string) bool {
	stage := s[strings.LastIndexByte(s, '|')+1:]
	return strings.Contains(stage, "http_get") || strings.Contains(stage, "http_post")
}

// option returns the name of the option at i, and where its value begins.
func option(s string, i int) (name string, value int) {
	if strings.HasPrefix(s[i:], "--") {
		value = i + until(s[i:], "="+blanks+quotes)
		name = s[i:value]
	} else {
		value = min(i+2, len(s))
		name = s[i:value]
	}
	for value < len(s) && (s[value] == '=' || strings.IndexByte(blanks, s[value]) >= 0) {
		value++
	}
	return name, value
}

// word returns where the content of the word at i begins and ends. One that nobody has ended goes
// up to the end.
func word(s string, i int) (begin, end int) {
	if i < len(s) && strings.IndexByte(quotes, s[i]) >= 0 {
		return i + 1, i + 1 + until(s[i+1:], s[i:i+1])
	}
	return i, i + until(s[i:], "|;"+blanks)
}

// password returns where the password begins in NAME:PASSWORD: it is all of a text without a colon,
// which is about to be refused.
func password(word string) int { return strings.IndexByte(word, ':') + 1 }

// headerValue returns where the value of a line of a header begins if it is secret, otherwise -1.
func headerValue(word string) int {
	name, value, ok := strings.Cut(word, ":")
	name = strings.ToLower(strings.TrimSpace(name))
	if !ok || !isSecret(name) && !strings.HasSuffix(name, "cookie") {
		return -1
	}
	return len(word) - len(strings.TrimLeft(value, " \t"))
}
