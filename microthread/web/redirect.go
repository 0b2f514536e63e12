package web

import (
	"fmt"
	"net/http"
)

// checkRedirect is http.Client.CheckRedirect: it ends chains that are too long, and makes r,
// which the client is about to send, tell no more than it should.
func (o *Options) checkRedirect(r *http.Request, via []*http.Request) error {
	first, last := via[0], via[len(via)-1]
	switch {
	case o.MaxRedirects == 0:
		return http.ErrUseLastResponse
	case len(via) > o.MaxRedirects:
		return fmt.Errorf("more than %d redirects", o.MaxRedirects)
	}
	_ = r.Response.Body.Close() // before the client waits for the rest of it
	if first.Header.Get("Referer") == "" {
		r.Header.Del("Referer")
	}
	if r.URL.User == nil && sameOrigin(r.URL, last.URL) {
		r.URL.User = last.URL.User
	}
	if first.Host != first.URL.Host {
		r.Host = first.Host
	}
	for _, hop := range append(via[1:len(via):len(via)], r) {
		if !sameOrigin(hop.URL, first.URL) {
			keepSecrets(r)
		}
	}
	return nil
}

// keepSecrets takes out of a request what only another server is to be told.
func keepSecrets(r *http.Request) {
	r.Host = ""
	for _, secret := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
		r.Header.Del(secret)
	}
}

// Follow makes r, whose URL comes of an answer in a chain that began with the request first, as
// careful as a redirect: passwords and cookies stay with the scheme, host and port that was asked.
func Follow(r, first *http.Request) {
	switch {
	case !sameOrigin(r.URL, first.URL):
		r.Header = r.Header.Clone()
		keepSecrets(r)
	case r.URL.User == nil:
		to := *r.URL
		to.User = first.URL.User
		r.URL = &to
	}
}

// unfollowed returns an error where the client would say in other words that a redirect cannot
// be followed, or take it for the answer because it cannot send the body once more.
func (o *Options) unfollowed(r *http.Request, resp *http.Response) error {
	to := resp.Header.Get("Location")
	if to == "" {
		return nil
	}
	switch resp.StatusCode {
	case 301, 302, 303:
	case 307, 308:
		if o.MaxRedirects > 0 && bodyLength(r) != 0 && r.GetBody == nil {
			return fmt.Errorf("%s: a body of this size is not sent twice", resp.Status)
		}
	default:
		return nil
	}
	_, err := r.URL.Parse(to)
	switch {
	case err != nil && o.MaxRedirects == 0:
		resp.Header.Del("Location") // the client would read it before it asks whether to follow
	case err != nil:
		return badRedirect(to)
	}
	return nil
}

func badRedirect(to string) error {
	return fmt.Errorf("redirected to %s, which cannot be asked for", quote(to))
}
