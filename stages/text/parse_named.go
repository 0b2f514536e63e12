package text

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mtpipe/internal/format"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// namedPattern is a form of lines that parse knows by its name.
type namedPattern struct {
	name   string
	fields []string // none when each line names its own
	find   func(text string, vals []value.Value) error
}

var (
	commonFields   = []string{"host", "ident", "user", "time", "method", "path", "protocol", "status", "bytes"}
	combinedFields = append(slices.Clip(commonFields), "referer", "agent")
	nginxFields    = append([]string{"host"}, append(slices.Clone(combinedFields[2:]), "forwarded")...)
	syslogFields   = []string{"facility", "severity", "time", "host", "app", "pid", "msgid", "data", "message"}
)

// namedPatterns are the forms, in the order in which help lists them.
func namedPatterns() []namedPattern {
	return []namedPattern{
		{"syslog", syslogFields, findSyslog},
		{"apache", combinedFields, accessLog{quoted: 2, fewer: true}.find},
		{"common", commonFields, accessLog{}.find},
		{"combined", combinedFields, accessLog{quoted: 2}.find},
		{"nginx", nginxFields, accessLog{quoted: 3, fewer: true, noIdent: true}.find},
		{"logfmt", nil, nil},
	}
}

// namedHelp lists the forms and their fields.
func namedHelp() string {
	var b strings.Builder
	for _, n := range namedPatterns() {
		fields := strings.Join(n.fields, " ")
		if n.fields == nil {
			fields = "as each line names them"
		}
		fmt.Fprintf(&b, "  %-9s %s\n", n.name, fields)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// setNamed takes the form that is called by that name, and reports whether there is one.
func (p *recordPattern) setNamed(name string) bool {
	list := namedPatterns()
	i := slices.IndexFunc(list, func(n namedPattern) bool { return n.name == name })
	if i < 0 {
		return false
	}
	if n := list[i]; n.fields == nil {
		p.lines = format.LinesOf("logfmt")
	} else {
		p.shape = value.NewShape(n.fields...)
		p.find = func(text string, vals []value.Value) error {
			return n.find(strings.TrimSuffix(text, "\r"), vals)
		}
	}
	return true
}

// errNoPattern says what a pattern has to be, and which name was perhaps meant.
func errNoPattern(text string) error {
	var names []string
	for _, n := range namedPatterns() {
		names = append(names, n.name)
	}
	const wanted = "must have {name} for a field, or a regular expression's group (?<name>…)"
	if near := syntax.Nearest(text, names); near != "" {
		return fmt.Errorf("%s; did you mean %s?", wanted, near)
	}
	if text != "" && !strings.ContainsAny(text, " {}()") {
		return fmt.Errorf("%s, or be %s", wanted, format.Enumerate(names, "or"))
	}
	return errors.New(wanted)
}

// accessLog is the form of a line that a web server writes for each request.
type accessLog struct {
	quoted  int  // how many texts in quotes stand after the number of bytes
	fewer   bool // or fewer
	noIdent bool // the second word is no field
}

var (
	errNoAccess   = errors.New("is no line of the log of a web server: HOST IDENT USER [TIME] \"REQUEST\" STATUS BYTES")
	errFewQuoted  = errors.New("ends after the number of bytes; parse common reads that")
	errMoreQuoted = errors.New("goes on after the last field; a template, '{host} {}…', says what stands there")
	errMoreCommon = errors.New("goes on after the number of bytes; parse combined or a template reads that")
)

func (l accessLog) find(text string, vals []value.Value) error {
	put := func(field string) {
		if field != "-" {
			vals[0] = value.TextOf(field)
		}
		vals = vals[1:]
	}
	host, rest, ok := strings.Cut(text, " ")
	ident, rest, ok2 := strings.Cut(rest, " ")
	user, rest, ok3 := strings.Cut(rest, " [")
	moment, rest, ok4 := strings.Cut(rest, "] \"")
	request, rest, ok5 := cutQuoted(rest)
	if !ok || !ok2 || !ok3 || !ok4 || !ok5 || !strings.HasPrefix(rest, " ") {
		return errNoAccess
	}
	status, rest, ok := strings.Cut(rest[1:], " ")
	bytes, rest, more := strings.Cut(rest, " ")
	if !ok || !isCount(status) || !isCount(bytes) {
		return errNoAccess
	}
	put(host)
	if !l.noIdent {
		put(ident)
	}
	put(user)
	put(moment)
	method, path, protocol := cutRequest(request)
	for _, field := range []string{method, path, protocol, status, bytes} {
		put(field)
	}
	return l.findQuoted(rest, more, put)
}

// findQuoted takes the texts in quotes at the end of a line.
func (l accessLog) findQuoted(rest string, more bool, put func(field string)) error {
	for i := range l.quoted {
		if !more {
			if i == 0 && !l.fewer {
				return errFewQuoted
			}
			put("-")
			continue
		}
		field, ok := "", strings.HasPrefix(rest, `"`)
		if ok {
			field, rest, ok = cutQuoted(rest[1:])
		}
		if !ok {
			return errMoreQuoted
		}
		put(field)
		rest, more = strings.CutPrefix(rest, " ")
	}
	switch {
	case rest == "" && !more:
		return nil
	case l.quoted == 0:
		return errMoreCommon
	}
	return errMoreQuoted
}

// isCount reports whether field is a whole number, or - for none.
func isCount(field string) bool {
	_, err := strconv.ParseUint(field, 10, 64)
	return err == nil || field == "-"
}

// cutQuoted returns what stands before the next quote that no backslash is before, and after it.
func cutQuoted(text string) (before, after string, ok bool) {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

// cutRequest returns the three parts of a request. One that has none is a path, so that it is
// not lost.
func cutRequest(request string) (method, path, protocol string) {
	method, rest, ok := strings.Cut(request, " ")
	if !ok || !isMethod(method) {
		return "-", request, "-"
	}
	if i := strings.LastIndexByte(rest, ' '); i >= 0 && strings.HasPrefix(rest[i+1:], "HTTP/") {
		return method, rest[:i], rest[i+1:]
	}
	return method, rest, "-"
}

func isMethod(word string) bool {
	return word != "" && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == ""
}
