package text

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"mtpipe/value"
)

// The names of RFC 5424's numbers, as syslog.conf has them.
var (
	facilities = []string{"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
		"ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"}
	severities = []string{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"}
)

// The fields of a message, by their places in syslogFields.
const (
	syslogFacility = iota
	syslogSeverity
	syslogTime
	syslogHost
	syslogApp
	syslogPid
	syslogMsgid
	syslogData
	syslogMessage
)

var (
	errNoSyslog   = errors.New("is no message of syslog: <PRIORITY> or a time has to stand first")
	errPriority   = errors.New("has a priority that is none of <0> to <191>")
	errNoHeader   = errors.New("ends before the message of RFC 5424: <PRIORITY>1 TIME HOST APP PID MSGID DATA MESSAGE")
	errStructured = errors.New(`has structured data that is neither - nor [ID NAME="VALUE" …]`)
)

// findSyslog takes the fields of a message as RFC 5424 or RFC 3164 have it, or as it stands in
// files: without its priority.
func findSyslog(text string, vals []value.Value) error {
	rest := text
	if strings.HasPrefix(text, "<") {
		number, after, ok := strings.Cut(text[1:], ">")
		if !ok {
			return errNoSyslog
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 0 || n > 191 || strconv.Itoa(n) != number {
			return errPriority
		}
		vals[syslogFacility], vals[syslogSeverity] = value.TextOf(facilities[n/8]), value.TextOf(severities[n%8])
		rest = after
	}
	if after, ok := strings.CutPrefix(rest, "1 "); ok {
		return findHeader(after, vals)
	}
	return findOldSyslog(rest, vals)
}

// findHeader takes the fields after the version of RFC 5424.
func findHeader(text string, vals []value.Value) error {
	for i := syslogTime; i <= syslogMsgid; i++ {
		field, rest, ok := strings.Cut(text, " ")
		if !ok || field == "" {
			return errNoHeader
		}
		if field != "-" {
			vals[i] = value.TextOf(field)
		}
		text = rest
	}
	rest, ok := strings.CutPrefix(text, "-")
	if !ok {
		var data value.Value
		if data, rest, ok = cutStructured(text); !ok {
			return errStructured
		}
		vals[syslogData] = data
	}
	switch {
	case rest == "":
	case rest[0] != ' ':
		return errStructured
	default:
		vals[syslogMessage] = value.TextOf(strings.TrimPrefix(rest[1:], "\ufeff"))
	}
	return nil
}

// cutStructured returns the elements at the beginning of text as a record of records.
func cutStructured(text string) (data value.Value, rest string, ok bool) {
	var ids []string
	var elements []value.Value
	for strings.HasPrefix(text, "[") {
		n := strings.IndexAny(text, " ]")
		if n < 2 || slices.Contains(ids, text[1:n]) {
			return value.Null, "", false
		}
		ids = append(ids, text[1:n])
		var element value.Value
		if element, text, ok = cutElement(text[n:]); !ok {
			return value.Null, "", false
		}
		elements = append(elements, element)
	}
	return value.Rec(value.NewRecord(value.NewShape(ids...), elements...)), text, len(ids) > 0
}

// cutElement returns the parameters at the beginning of text as a record. Of a name that stands
// twice the last value counts.
func cutElement(text string) (element value.Value, rest string, ok bool) {
	var names []string
	var vals []value.Value
	for strings.HasPrefix(text, " ") {
		name, after, ok := strings.Cut(text[1:], `="`)
		quoted, after, closed := cutQuoted(after)
		if !ok || !closed || name == "" || strings.ContainsAny(name, ` ]"=`) {
			return value.Null, "", false
		}
		v := value.TextOf(unescapeParameter(quoted))
		if i := slices.Index(names, name); i >= 0 {
			vals[i] = v
		} else {
			names, vals = append(names, name), append(vals, v)
		}
		text = after
	}
	rest, ok = strings.CutPrefix(text, "]")
	return value.Rec(value.NewRecord(value.NewShape(names...), vals...)), rest, ok
}

// unescapeParameter takes the backslashes away that stand before a quote, a backslash or a bracket.
func unescapeParameter(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && strings.IndexByte(`"\]`, text[i+1]) >= 0 {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// findOldSyslog takes the fields of RFC 3164: a time, a host, and a message that the name of a
// program stands before. The time may be one of RFC 3339, as rsyslog writes it.
func findOldSyslog(text string, vals []value.Value) error {
	n := oldTime(text)
	if n < 0 {
		return errNoSyslog
	}
	vals[syslogTime] = value.TextOf(text[:n])
	text = strings.TrimPrefix(text[n:], " ")
	host, rest, _ := strings.Cut(text, " ")
	if !strings.HasSuffix(host, ":") { // the name of a program: a local message has no host
		if host != "" {
			vals[syslogHost] = value.TextOf(host)
		}
		text = rest
	}
	if tag, rest, _ := strings.Cut(text, " "); strings.HasSuffix(tag, ":") && len(tag) > 1 {
		tag, text = tag[:len(tag)-1], rest
		if app, pid, ok := strings.Cut(tag, "["); ok && app != "" && strings.HasSuffix(pid, "]") {
			vals[syslogPid] = value.TextOf(pid[:len(pid)-1])
			tag = app
		}
		vals[syslogApp] = value.TextOf(tag)
	}
	vals[syslogMessage] = value.TextOf(text)
	return nil
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

// oldTime returns the length of the time at the beginning of text, -1 when there is none.
func oldTime(text string) int {
	if word, _, _ := strings.Cut(text, " "); len(word) >= len("2006-01-02T15:04:05") {
		if fitsDigits(word[:19], "0000-00-00T00:00:00") {
			return len(word)
		}
	}
	const form = "Oct _0 00:00:00"
	if len(text) < len(form) {
		return -1
	}
	at := strings.Index(months, text[:3])
	if at < 0 || at%3 != 0 || !fitsDigits(text[3:len(form)], form[3:]) || len(text) > len(form) && text[len(form)] != ' ' {
		return -1
	}
	return len(form)
}

// fitsDigits reports whether text has a digit for each 0 of form, a digit or a blank for _, and
// what else is in form.
func fitsDigits(text, form string) bool {
	for i := range len(form) {
		c, digit := text[i], text[i] >= '0' && text[i] <= '9'
		switch form[i] {
		case '0':
			if !digit {
				return false
			}
		case '_':
			if !digit && c != ' ' {
				return false
			}
		default:
			if c != form[i] {
				return false
			}
		}
	}
	return true
}
