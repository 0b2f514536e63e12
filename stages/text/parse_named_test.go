package text_test

import (
	"testing"

	"mtpipe/stages/stagetest"
)

const (
	frank  = `127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a b?c=1 HTTP/1.0" 200 2326`
	quoted = ` "http://x/\"y" "Mozilla/4.08 [en] (Win98)"`
)

func TestParseAccessLogs(t *testing.T) {
	const fields = `"method":"GET","path":"/a b?c=1","protocol":"HTTP/1.0","status":200,"bytes":2326`
	const start = `{"host":"127.0.0.1","ident":null,"user":"frank","time":"10/Oct/2000:13:55:36 -0700",` + fields
	const more = `,"referer":"http://x/\\\"y","agent":"Mozilla/4.08 [en] (Win98)"`
	stagetest.RunCases(t, []stagetest.Case{
		{"common", "parse common", frank + "\n", start + "}\n"},
		{"combined", "parse combined", frank + quoted + "\r\n", start + more + "}\n"},
		{"apache, combined", "parse apache", frank + quoted + "\n", start + more + "}\n"},
		{"apache, common", "parse apache", frank + "\n", start + `,"referer":null,"agent":null}` + "\n"},
		{"nginx", "parse nginx | drop method path protocol", frank + quoted + ` "-"` + "\n",
			`{"host":"127.0.0.1","user":"frank","time":"10/Oct/2000:13:55:36 -0700","status":200,"bytes":2326` + more + `,"forwarded":null}` + "\n"},
		{"nginx without what was forwarded", "parse nginx | map '[agent, forwarded]'", frank + quoted, `["Mozilla/4.08 [en] (Win98)",null]` + "\n"},
		{"a request that is none", "parse common | map '[method, path, protocol, bytes]'", `::1 i a b [x] "\x16\x03 a" 400 -` + "\n", `[null,"\\x16\\x03 a",null,null]` + "\n"},
		{"a request of old times", "parse common | map '[user, ident, method, path, protocol]'", `::1 i a b [x] "GET /" 200 0` + "\n", `["a b","i","GET","/",null]` + "\n"},
		{"an empty request", "parse common | map '[method, path]'", `::1 - - [x] "" 408 -` + "\n", `[null,""]` + "\n"},
		{"times are read", "parse common | map date(time)", frank, "2000-10-10T13:55:36-07:00\n"},
		{"totals pass over what is not there", "parse common | sum bytes", "h - - [t] \"-\" 408 -\nh - - [t] \"-\" 200 7\n", "7\n"},
	})
	const none = `is no line of the log of a web server: HOST IDENT USER [TIME] "REQUEST" STATUS BYTES: `
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"another text", "parse common", frank + "\nx\n", start + "}\n", `1: parse: line 2: ` + none + `"x"`},
		{"an open quote", "parse common", `h - - [t] "GET / 200 1` + "\n", "", `1: parse: line 1: ` + none + `"h - - [t] \"GET / 200 1"`},
		{"a status that is none", "parse common", `h - - [t] "GET /" OK 1` + "\n", "", `1: parse: line 1: ` + none + `"h - - [t] \"GET /\" OK 1"`},
		{"bytes that are none", "parse apache", `h - - [t] "GET /" 200 1s` + "\n", "", `1: parse: line 1: ` + none + `"h - - [t] \"GET /\" 200 1s"`},
		{"more than common has", "parse common", `h - - [t] "-" 200 1 "-" "-"` + "\n", "", `1: parse: line 1: goes on after the number of bytes; parse combined or a template reads that: "h - - [t] \"-\" 200 1 \"-\" \"-\""`},
		{"a blank more", "parse common", `h - - [t] "-" 200 1 ` + "\n", "", `1: parse: line 1: goes on after the number of bytes; parse combined or a template reads that: "h - - [t] \"-\" 200 1 "`},
		{"more than combined has", "parse combined", `h - - [t] "-" 200 1 "-" "-" 5` + "\n", "", `1: parse: line 1: goes on after the last field; a template, '{host} {}…', says what stands there: "h - - [t] \"-\" 200 1 \"-\" \"-\" 5"`},
		{"less than combined has", "parse combined", `h - - [t] "-" 200 1` + "\n", "", `1: parse: line 1: ends after the number of bytes; parse common reads that: "h - - [t] \"-\" 200 1"`},
		{"no quotes after the bytes", "parse apache", `h - - [t] "-" 200 1 0.5` + "\n", "", `1: parse: line 1: goes on after the last field; a template, '{host} {}…', says what stands there: "h - - [t] \"-\" 200 1 0.5"`},
		{"a name that is nearly one", "parse syslg", "", "", `7: parse: pattern must have {name} for a field, or a regular expression's group (?<name>…); did you mean syslog?`},
		{"a name that is none", "parse iis", "", "", `7: parse: pattern must have {name} for a field, or a regular expression's group (?<name>…), or be syslog, apache, common, combined, nginx or logfmt`},
		{"a name that the form does not have", "parse common | filter 'agent == `x`'", "", "", "24: filter: there is no field agent; did you mean ident? (fields: host, ident, user, time, method, path, protocol, status, bytes)"},
	})
}

func TestParseSyslog(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"RFC 5424", "parse syslog", `<165>1 2003-10-11T22:14:15.003Z h.example.com app - ID47 [a@1 x="3" y="b\"\]\\c\d"][b] ` + "\ufeffText  here\n",
			`{"facility":"local4","severity":"notice","time":"2003-10-11T22:14:15.003Z","host":"h.example.com","app":"app","pid":null,"msgid":"ID47","data":{"a@1":{"x":3,"y":"b\"]\\c\\d"},"b":{}},"message":"Text  here"}` + "\n"},
		{"RFC 5424 without a message", "parse syslog", "<0>1 - - - 7 - -\n", `{"facility":"kern","severity":"emerg","time":null,"host":null,"app":null,"pid":7,"msgid":null,"data":null,"message":null}` + "\n"},
		{"a parameter twice", "parse syslog | map data.a.x", `<0>1 - - - - - [a x="1" y="2" x="3"]`, "3\n"},
		{"RFC 3164", "parse syslog | drop msgid data", "<34>Oct  1 22:14:15 mymachine su: 'su root' failed\n",
			`{"facility":"auth","severity":"crit","time":"Oct  1 22:14:15","host":"mymachine","app":"su","pid":null,"message":"'su root' failed"}` + "\n"},
		{"in a file", "parse syslog | map '[facility, host, app, pid, message]'", "Jan 12 03:04:05 web1 postfix/smtpd[42]:  a: b\n", `[null,"web1","postfix/smtpd",42," a: b"]` + "\n"},
		{"in a file of today", "parse syslog | map '[time, app, message]'", "2024-01-02T03:04:05.67+00:00 web1 kernel: [0.1] x\n", `["2024-01-02T03:04:05.67+00:00","kernel","[0.1] x"]` + "\n"},
		{"without the name of a program", "parse syslog | map '[host, app, message]'", "Jan 12 03:04:05 web1 last message repeated 2 times\n", `["web1",null,"last message repeated 2 times"]` + "\n"},
		{"without a host", "parse syslog | map '[host, app, pid, message]'", "<13>Jan 12 03:04:05 su[1]: x\n", `[null,"su",1,"x"]` + "\n"},
		{"with nothing after the time", "parse syslog | map '[host, app, message]'", "Jan 12 03:04:05\n", `[null,null,""]` + "\n"},
		{"all severities", "parse syslog | map 'severity + facility[:1]'", "<184>Jan 12 03:04:05 h x\n<191>Jan 12 03:04:05 h x\n", "emergl\ndebugl\n"},
	})
	const none = `is no message of syslog: <PRIORITY> or a time has to stand first: `
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"another text", "parse syslog", "x\n", "", `1: parse: line 1: ` + none + `"x"`},
		{"a month that is none", "parse syslog", "anF 12 03:04:05 h x\n", "", `1: parse: line 1: ` + none + `"anF 12 03:04:05 h x"`},
		{"an open priority", "parse syslog", "<13\n", "", `1: parse: line 1: ` + none + `"<13"`},
		{"a priority too large", "parse syslog", "<192>1 - - - - - -\n", "", `1: parse: line 1: has a priority that is none of <0> to <191>: "<192>1 - - - - - -"`},
		{"a priority with a zero", "parse syslog", "<01>1 - - - - - -\n", "", `1: parse: line 1: has a priority that is none of <0> to <191>: "<01>1 - - - - - -"`},
		{"too short", "parse syslog", "<1>1 - - - -\n", "", `1: parse: line 1: ends before the message of RFC 5424: <PRIORITY>1 TIME HOST APP PID MSGID DATA MESSAGE: "<1>1 - - - -"`},
		{"open data", "parse syslog", `<1>1 - - - - - [a x="1] y`, "", `1: parse: line 1: has structured data that is neither - nor [ID NAME="VALUE" …]: "<1>1 - - - - - [a x=\"1] y"`},
		{"data twice", "parse syslog", `<1>1 - - - - - [a][a]`, "", `1: parse: line 1: has structured data that is neither - nor [ID NAME="VALUE" …]: "<1>1 - - - - - [a][a]"`},
		{"no data", "parse syslog", `<1>1 - - - - - x`, "", `1: parse: line 1: has structured data that is neither - nor [ID NAME="VALUE" …]: "<1>1 - - - - - x"`},
		{"no blank after the data", "parse syslog", `<1>1 - - - - - -x`, "", `1: parse: line 1: has structured data that is neither - nor [ID NAME="VALUE" …]: "<1>1 - - - - - -x"`},
	})
}

func TestParseLogfmt(t *testing.T) {
	stagetest.RunCases(t, []stagetest.Case{
		{"lines", "parse logfmt", "a=1 b=\"x y\"\nc d=\n\n", `{"a":1,"b":"x y"}` + "\n" + `{"c":true,"d":""}` + "\n"},
		{"texts", "map '{t: it}' | get t | parse logfmt | sum a", "a=1\na=2\n", "3\n"},
	})
	stagetest.RunErrorCases(t, []stagetest.ErrorCase{
		{"a key is missing", "parse logfmt", "a=1\n=2\n", `{"a":1}` + "\n", `1: parse: line 2: a key is missing before =: "=2"`},
	})
}
