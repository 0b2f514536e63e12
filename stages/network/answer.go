package network

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"mtpipe/internal/format"
	"mtpipe/internal/redact"
	"mtpipe/microthread/web"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// answerShape is that of the record that an answer is with --status; pageShape that which the
// expression of --paginate is given.
var (
	answerShape = value.NewShape("status", "header", "body", "url")
	pageShape   = value.NewShape("status", "header", "body", "url", "next")
)

// answer is an answer with all of its body.
type answer struct {
	*http.Response
	body []byte
}

// gather reads the body of resp, which takes of the stage's memory until it is let go.
func gather(j *pipeline.Job, resp *http.Response) (*answer, error) {
	a := &answer{Response: resp}
	if body, whole := web.Bytes(resp, wholeBody); whole {
		a.body = body
		return a, j.Keep(int64(len(body)))
	}
	piece := make([]byte, 64<<10)
	for {
		n, err := resp.Body.Read(piece)
		a.body = append(a.body, piece[:n]...)
		if full := j.Keep(int64(n)); full != nil {
			return a, full
		}
		if err == io.EOF {
			return a, nil
		}
		if err != nil {
			return a, httpError(resp.Request, err)
		}
	}
}

// putRecord puts resp as a record.
func (o *httpOptions) putRecord(j *pipeline.Job, resp *http.Response) error {
	a, err := gather(j, resp)
	defer a.letGo(j)
	if err == nil {
		j.Put(a.record())
	}
	return err
}

// pages puts the answer to the request for u, and then those of the pages that follow it.
func (a *httpGetArgs) pages(j *pipeline.Job, u *url.URL) error {
	asked := map[string]bool{}
	kept := int64(0)
	defer func() { _ = j.Keep(-kept) }()
	first := a.ask(u)
	for r := first; ; {
		this := r.URL.String()
		asked[this] = true
		kept += int64(len(this))
		if err := j.Keep(int64(len(this))); err != nil {
			return err
		}
		next, err := a.page(j, r)
		switch {
		case err != nil || next == nil:
			return err
		case asked[next.String()]:
			return httpError(r, fmt.Errorf("--paginate leads to %s, which was asked for already", value.TextOf(redact.Text(next.String())).Quote()))
		}
		r = a.ask(next)
		web.Follow(r, first)
	}
}

// page puts one page and returns the URL of the next one, nil after the last.
func (a *httpGetArgs) page(j *pipeline.Job, r *http.Request) (next *url.URL, err error) {
	defer j.OnDrain(func(os.Signal) { j.Drain() })()
	resp, err := a.do(j, r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	this, err := gather(j, resp)
	defer this.letGo(j)
	switch {
	case err != nil:
		return nil, err
	case a.httpOptions.Status:
		j.Put(this.record())
	default:
		err = a.reader(j, connectionsOf(j).blocks, bytes.NewReader(this.body), this.where(), format.NewLines()).PutAll(j.PutBatch)
	}
	if err == nil {
		next, err = this.next(a.Paginate.expr)
	}
	if err != nil {
		err = httpError(r, err)
	}
	return next, err
}

// nextPage is the expression that makes the URL of the next page. What it names are fields of an
// answer, none of the stage's input.
type nextPage struct{ expr pipeline.Expr }

// SetArg reads the expression.
func (p *nextPage) SetArg(text string, lookup func(string) (string, bool)) error {
	if err := p.expr.SetArg(text, lookup); err != nil {
		return err
	}
	for _, n := range p.expr.FieldNames() {
		names := pageShape.Names()
		if root, _, _ := strings.Cut(n.Name, "."); !slices.Contains(names, root) {
			return pipeline.Placed(n.Offset, fmt.Errorf("there is no field %s in an answer%s", syntax.Short(n.Name), syntax.Meant(n.Name, names)))
		}
	}
	return nil
}

// Fill puts the values of variables of a block.
func (p *nextPage) Fill(of func(name string) value.Value) { p.expr.Fill(of) }

// letGo gives back the memory of the body.
func (a *answer) letGo(j *pipeline.Job) { _ = j.Keep(-int64(len(a.body))) }

// where returns the URL that has answered, which is another one after a redirect.
func (a *answer) where() string { return redact.Text(a.Request.URL.String()) }

// record returns the answer as a record.
func (a *answer) record() value.Value {
	return value.Rec(value.NewRecord(answerShape, a.fields()...))
}

func (a *answer) fields() []value.Value {
	return []value.Value{value.Int(int64(a.StatusCode)), headerRecord(a.Header), value.String(string(a.body)), value.String(a.where())}
}

// headerRecord returns the lines of a header as a record, in the order of their names; the
// texts of a name that has several lines are a list.
func headerRecord(h http.Header) value.Value {
	names := slices.Sorted(maps.Keys(h))
	texts := make([]value.Value, len(names))
	for i, name := range names {
		var list []value.Value
		for _, text := range h[name] {
			list = append(list, value.String(text))
		}
		if texts[i] = value.List(list); len(list) == 1 {
			texts[i] = list[0]
		}
	}
	return value.Rec(value.NewRecord(value.NewShape(names...), texts...))
}

// next returns the page that follows, nil when this one is the last.
func (a *answer) next(by pipeline.Expr) (*url.URL, error) {
	link := value.Null
	if text := nextLink(a.Header); text != "" {
		link = value.String(text)
	}
	v, err := by.Eval(value.Rec(value.NewRecord(pageShape, append(a.fields(), link)...)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("--paginate: %w", err)
	case v.IsNull(), v.Kind() == value.KindBool && !v.AsBool(), v.IsText() && v.Str() == "":
		return nil, nil
	case !v.IsText():
		return nil, fmt.Errorf("--paginate must give a URL, or null after the last page, not %s", v.Quote())
	}
	to, err := a.Request.URL.Parse(v.Str())
	if err == nil {
		to, err = web.ParseURL(to.String())
	}
	if err != nil {
		return nil, fmt.Errorf("--paginate gives %s, which cannot be asked for", value.TextOf(redact.Text(v.Str())).Quote())
	}
	return to, nil
}

// nextLink returns the URL of the relation next in the lines Link of a header (RFC 8288).
func nextLink(h http.Header) string {
	for _, line := range h.Values("Link") {
		for {
			_, rest, _ := strings.Cut(line, "<")
			target, rest, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			params := upToComma(rest)
			line = rest[len(params):]
			_, given, _ := mime.ParseMediaType("link/of" + params)
			if slices.ContainsFunc(strings.Fields(given["rel"]), func(rel string) bool { return strings.EqualFold(rel, "next") }) {
				return target
			}
		}
	}
	return ""
}

// upToComma returns what of text is before the first comma that is not in quotes.
func upToComma(text string) string {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '\\' && quoted:
			i++
		case text[i] == ',' && !quoted:
			return text[:i]
		}
	}
	return text
}

// retryLaterError is an error of an answer that says when to ask again.
type retryLaterError struct {
	error
	after time.Duration
}

func (e *retryLaterError) Unwrap() error             { return e.error }
func (e *retryLaterError) RetryAfter() time.Duration { return e.after }

// statusError returns the error of an answer whose status is none that was asked for.
func statusError(r *http.Request, resp *http.Response) error {
	err := httpError(r, errors.New(resp.Status))
	after := resp.Header.Get("Retry-After")
	if after == "" {
		return err
	}
	if seconds, e := strconv.ParseUint(after, 10, 31); e == nil {
		return &retryLaterError{err, time.Duration(seconds) * time.Second}
	}
	if at, e := http.ParseTime(after); e == nil {
		return &retryLaterError{err, max(0, time.Until(at))}
	}
	return err
}
