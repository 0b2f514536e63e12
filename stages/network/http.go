package network

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/internal/redact"
	"mtpipe/microthread/web"
	"mtpipe/pipeline"
	"mtpipe/value"
)

// httpStages make requests by HTTP.
func httpStages() []*pipeline.Stage {
	return []*pipeline.Stage{
		pipeline.Define(pipeline.Doc{
			Name:  "http_get",
			Short: "Gets URLs and puts the lines of what comes",
			Trait: pipeline.Ordered | pipeline.Effect,
			Long: `Without URL the input is URLs, which are asked for one after another. Lines are put as they
come. An error is one of its URL: see --on-error.
` + httpHelp,
		}, httpGet),
		pipeline.Define(pipeline.Doc{
			Name:  "http_post",
			Short: "Posts its input to URL and puts the lines of the answer",
			Trait: pipeline.Global | pipeline.Effect,
			Long: `The body is all of the input: lines as they are, records and lists as JSON, one a line.
With BODY it is that text, and the input is not read. Up to 1 MB is sent as one piece; what
is longer is sent while it comes.
` + httpHelp,
		}, httpPost),
	}
}

const httpHelp = `Redirects are followed; any status but 2xx is an error then. Connections are kept for the
whole run, whichever stage asks. The proxy is taken from HTTP_PROXY, HTTPS_PROXY and NO_PROXY
in the environment. Passwords and cookies are for the host of the URL: one that it redirects
to is not told.`

// httpOptions is what the stages have in common.
type httpOptions struct {
	Headers        []httpHeader  `opt:"H,header" help:"a line of the request's header, as 'Accept: text/csv'; one without a value leaves that line out"`
	User           basicUser     `opt:"u,user" help:"who asks, as NAME:PASSWORD"`
	Method         httpMethod    `opt:"method" help:"what to do instead, as PUT or DELETE"`
	Status         bool          `opt:"status" help:"put each answer as a record with its status, header, body and url"`
	OK             statuses      `opt:"ok" help:"which statuses are no error: 200,404 or 2xx,3xx or any; without it 2xx, and any with --status"`
	Timeout        time.Duration `opt:"timeout" help:"how long all of a request may take; without it there is no limit"`
	ConnectTimeout time.Duration `opt:"connect-timeout" default:"10s" help:"how long connecting may take"`
	IdleTimeout    time.Duration `opt:"idle-timeout" default:"60s" help:"how long to wait for the answer, and for more of it; 0 is for ever"`
	MaxSize        byteSize      `opt:"max-size" default:"1G" help:"how large an answer may be, such as 64M; 0 is any size"`
	MinSpeed       byteSize      `opt:"min-speed" default:"0" help:"how much of an answer is to come in a second, such as 1k, on the average of --min-speed-time; 0 is any speed"`
	MinSpeedTime   time.Duration `opt:"min-speed-time" default:"30s" help:"for how long it may come more slowly"`
	MaxRedirects   int           `opt:"max-redirects" default:"10" min:"0" help:"how often to look where the answer says"`
	CA             string        `opt:"ca" help:"a file of the certificates to trust instead of the system's"`
	Insecure       bool          `opt:"insecure" help:"trust any certificate"`
	Compressed     bool          `opt:"compressed" help:"ask for gzip, and unpack it"`
	peerLines

	prepared web.Options // by Check
	header   http.Header
}

// usualStatuses is which statuses are no error, by whether answers are put with their status.
var usualStatuses = map[bool]string{false: "2xx", true: "any"}

// Check prepares the requests.
func (o *httpOptions) Check() error {
	if o.MinSpeedTime <= 0 {
		return &pipeline.ArgError{Arg: "min-speed-time", Err: errors.New("--min-speed-time must be more than 0")}
	}
	o.prepared = web.Options{Timeout: o.Timeout, ConnectTimeout: o.ConnectTimeout, HeaderTimeout: o.IdleTimeout, IdleTimeout: o.IdleTimeout,
		MinSpeed: int64(o.MinSpeed), MinSpeedTime: o.MinSpeedTime, MaxRedirects: o.MaxRedirects, MaxSize: int64(o.MaxSize), CAFile: o.CA, Insecure: o.Insecure, Compressed: o.Compressed}
	if o.OK.ranges == nil {
		_ = o.OK.SetArg(usualStatuses[o.Status], nil)
	}
	o.header = http.Header{}
	for _, h := range o.Headers {
		if err := web.AddHeader(o.header, h.name, h.text); err != nil {
			return &pipeline.ArgError{Arg: "H", Err: err}
		}
	}
	for name, usual := range map[string]string{"User-Agent": "mtpipe", "Accept": "*/*"} {
		if _, ok := o.header[name]; !ok {
			o.header[name] = []string{usual}
		}
	}
	if o.User.given {
		r := http.Request{Header: o.header}
		r.SetBasicAuth(o.User.name, o.User.password)
	}
	return nil
}

// request returns a request with the header that was asked for. Of no type it has no body.
func (o *httpOptions) request(method string, u *url.URL, contentType string) *http.Request {
	r := &http.Request{Method: cmp.Or(string(o.Method), method), URL: u, Host: o.header.Get("Host"), Header: o.header}
	if _, ok := o.header["Content-Type"]; !ok && contentType != "" {
		r.Header = o.header.Clone()
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// NamesAfter returns the names of the fields of the records that are put.
func (o *httpOptions) NamesAfter([]string) []string {
	if o.Status {
		return answerShape.Names()
	}
	return nil
}

// httpMethod is what a request asks to do.
type httpMethod string

// SetArg reads the name of a method.
func (m *httpMethod) SetArg(text string, _ func(string) (string, bool)) error {
	if !methodName().MatchString(text) {
		return fmt.Errorf("must be the name of a method in capitals, such as PUT, not %s", value.TextOf(text).Quote())
	}
	*m = httpMethod(text)
	return nil
}

var methodName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^[A-Z]+(-[A-Z]+)*$") })

// httpHeader is a line of a header.
type httpHeader struct{ name, text string }

// SetArg reads NAME: VALUE.
func (h *httpHeader) SetArg(text string, _ func(string) (string, bool)) error {
	var ok bool
	if h.name, h.text, ok = strings.Cut(text, ":"); !ok {
		return fmt.Errorf("must be a name, a colon and a value, not %s", value.TextOf(text).Quote())
	}
	return nil
}

// basicUser is a name and a password.
type basicUser struct {
	name, password string
	given          bool
}

// SetArg reads NAME:PASSWORD.
func (u *basicUser) SetArg(text string, _ func(string) (string, bool)) error {
	if u.name, u.password, u.given = strings.Cut(text, ":"); !u.given {
		return errors.New("must be a name, a colon and a password")
	}
	return nil
}

// statuses is a set of statuses.
type statuses struct{ ranges [][2]int } // both ends belong to each

// SetArg reads a list of 404, 2xx or any.
func (s *statuses) SetArg(text string, _ func(string) (string, bool)) error {
	s.ranges = nil
	for one := range strings.SplitSeq(text, ",") {
		if one == "any" {
			s.ranges = append(s.ranges, [2]int{0, 999})
			continue
		}
		low, err := strconv.Atoi(strings.TrimSuffix(one, "xx"))
		high := low
		if strings.HasSuffix(one, "xx") {
			low, high = 100*low, 100*low+99
		}
		if err != nil || low < 100 || high > 599 {
			return fmt.Errorf("must be statuses such as 200,404 or 2xx,3xx, or any, not %s", value.TextOf(text).Quote())
		}
		s.ranges = append(s.ranges, [2]int{low, high})
	}
	return nil
}

func (s statuses) has(code int) bool {
	for _, r := range s.ranges {
		if r[0] <= code && code <= r[1] {
			return true
		}
	}
	return false
}

// httpURL is the address of something to ask for.
type httpURL url.URL

// SetArg reads a URL.
func (u *httpURL) SetArg(text string, _ func(string) (string, bool)) error {
	parsed, err := web.ParseURL(text)
	switch {
	case err == nil:
		*u = httpURL(*parsed)
	case strings.HasPrefix(err.Error(), "must "):
		return fmt.Errorf("%w, not %s", err, value.TextOf(text).Quote())
	}
	return err
}

// url returns the address as what is asked for has it.
func (u *httpURL) url() *url.URL { return (*url.URL)(u) }

type httpGetArgs struct {
	URL      *httpURL `arg:"url?" help:"what to get; without it URLs are read from the input"`
	Data     *string  `opt:"d,data" help:"what to send, by POST unless --method says otherwise; JSON if it begins with { or ["`
	Paginate nextPage `opt:"paginate" help:"the URL of the next page, made of an answer's status, header, body, url and next, which the header links to"`
	httpOptions
}

// IsSource reports whether the stage reads no URLs.
func (a *httpGetArgs) IsSource() bool { return a.URL != nil }

func httpGet(j *pipeline.Job, a *httpGetArgs) error {
	if a.URL != nil {
		return a.get(j, a.URL.url())
	}
	for v, err := range j.In() {
		if err != nil {
			return err
		}
		if err := a.fetchValue(j, v); err != nil {
			return err
		}
	}
	return nil
}

// get puts what u stands for.
func (a *httpGetArgs) get(j *pipeline.Job, u *url.URL) error {
	if a.Paginate.expr.IsSet() {
		return a.pages(j, u)
	}
	return a.fetch(j, a.ask(u))
}

// ask returns the request for u.
func (a *httpGetArgs) ask(u *url.URL) *http.Request {
	if a.Data == nil {
		return a.request("GET", u, "")
	}
	kind := textType
	if strings.HasPrefix(*a.Data, "{") || strings.HasPrefix(*a.Data, "[") {
		kind = jsonType
	}
	return withBody(a.request("POST", u, kind), []byte(*a.Data))
}

// fetchValue gets the URL that a value of the input is. An error is one of that value.
func (a *httpGetArgs) fetchValue(j *pipeline.Job, v value.Value) error {
	if !v.IsText() {
		return j.RejectValue(v, fmt.Errorf("%s is no URL", v.Kind()))
	}
	u, err := web.ParseURL(v.Str())
	if u != nil {
		v = value.TextOf(redact.Text(u.String())) // as messages show it
	}
	if err != nil {
		return j.RejectValue(v, err)
	}
	if err := a.get(j, u); err != nil {
		return j.RejectValue(v, err)
	}
	return nil
}

type httpPostArgs struct {
	URL  httpURL `arg:"url" help:"where to post to"`
	Body *string `arg:"body?" help:"what to post instead of the input"`
	Type string  `opt:"type" help:"the type of the body; without it text/plain, and application/json if it begins with a record or a list"`
	httpOptions
}

// IsSource reports whether the stage reads no input.
func (a *httpPostArgs) IsSource() bool { return a.Body != nil }

// Check prepares the requests.
func (a *httpPostArgs) Check() error {
	if strings.ContainsFunc(a.Type, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return &pipeline.ArgError{Arg: "type", Err: errors.New("type has a control character")}
	}
	return a.httpOptions.Check()
}

const (
	wholeBody = 1 << 20 // a body up to this size is gathered before it is sent
	textType  = "text/plain; charset=utf-8"
	jsonType  = "application/json"
)

func httpPost(j *pipeline.Job, a *httpPostArgs) error {
	kind := cmp.Or(a.Type, textType)
	if a.Body != nil {
		return a.fetch(j, withBody(a.request("POST", a.URL.url(), kind), []byte(*a.Body)))
	}
	body := &outgoing{j: j, encoder: format.New("text", format.Screen{})}
	defer body.close()
	whole, err := io.ReadAll(io.LimitReader(body, wholeBody+1))
	if err != nil {
		return err
	}
	if body.isJSON && a.Type == "" {
		kind = jsonType
	}
	r := a.request("POST", a.URL.url(), kind)
	if len(whole) > wholeBody {
		r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(whole), body))
	} else {
		withBody(r, whole)
	}
	if err := a.fetch(j, r); body.failed == nil {
		return err
	}
	return body.failed // which is why the request has failed
}

// withBody gives r a body that can be sent again.
func withBody(r *http.Request, body []byte) *http.Request {
	r.ContentLength = int64(len(body))
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	if r.Body = http.NoBody; len(body) > 0 {
		r.Body, _ = r.GetBody()
	}
	return r
}

// fetch makes a request and puts the lines of the answer, or its record.
func (o *httpOptions) fetch(j *pipeline.Job, r *http.Request) error {
	defer j.OnDrain(func(os.Signal) { j.Drain() })() // a source, which ends
	resp, err := o.do(j, r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if o.Status {
		return o.putRecord(j, resp)
	}
	name := redact.Text(resp.Request.URL.String())
	if body, whole := web.Bytes(resp, int64(o.limit(j))); whole {
		if len(body) > 0 {
			block := value.NewBlock(body)
			block.SetOrigin(value.Origin{File: name, Line: 1})
			j.PutBatch(format.NewLines().Batch(block, body))
		}
		return nil
	}
	if err := o.reader(j, connectionsOf(j).blocks, resp.Body, name, format.NewLines()).PutAll(j.PutBatch); err != nil {
		return httpError(r, err)
	}
	return nil
}

// do makes a request and returns the answer when its status is no error.
func (o *httpOptions) do(j *pipeline.Job, r *http.Request) (*http.Response, error) {
	resp, err := connectionsOf(j).web.Client(j.Thread, o.prepared).Do(r)
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err // httpError says the rest
	}
	if err != nil {
		return nil, httpError(r, err)
	}
	if !o.OK.has(resp.StatusCode) {
		_ = resp.Body.Close()
		return nil, statusError(r, resp)
	}
	return resp, nil
}

// httpError returns an error of a request, with what was asked for.
func httpError(r *http.Request, err error) error {
	var large *web.TooLargeError
	if errors.As(err, &large) {
		err = fmt.Errorf("%w; see --max-size", err)
	}
	return fmt.Errorf("%s %s: %w", r.Method, value.TextOf(r.URL.String()).Quote(), err)
}

// outgoing is the stage's input as the bytes that a text file of it would have.
type outgoing struct {
	j       *pipeline.Job
	encoder format.Writer
	begun   bool
	isJSON  bool   // the first value is a record or a list
	rest    []byte // that was not read
	text    []byte
	failed  error // of the input
}

// Read gives what is left of the present batch, or that of the next one.
func (s *outgoing) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		b, err := s.j.Input().NextBatch()
		if err == nil {
			err = s.take(b)
		}
		if err != nil {
			s.failed = input.NotEnd(err)
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// take makes text of a batch.
func (s *outgoing) take(b *value.Batch) (err error) {
	s.text = s.text[:0]
	if tail, ok := s.encoder.(format.TextTail); ok && b.Form() == value.FormLines {
		s.text = append(tail.Tail(s.text, b.Unterminated()), b.Data()...)
	} else {
		for v := range b.Look() {
			if !s.begun {
				s.isJSON = v.Kind() == value.KindRecord || v.Kind() == value.KindList
			}
			s.begun = true
			if s.text, err = s.encoder.Append(s.text, v); err != nil {
				return err
			}
		}
	}
	s.begun = true
	s.rest = s.text
	return nil
}

func (s *outgoing) close() { s.j.Input().CloseRead() }
