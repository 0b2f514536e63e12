package sinks

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mtpipe/pipeline"
)

// claims are the files that stages of a run write to at present. What one writes another must not
// replace; several may add to one file.
type claims struct{ list []*claim }

type claim struct {
	path    string      // where the name leads, absolute
	old     fs.FileInfo // what is there, or nil
	appends bool
}

type claimsKey struct{}

// claimFile notes that the stage writes to the file called user, which leads to target, until
// release is called. It is an error when another stage of the run does.
func claimFile(j *pipeline.Job, user, target string, old fs.FileInfo, appends bool) (release func(), err error) {
	all := pipeline.Shared(j, claimsKey{}, func() *claims { return new(claims) })
	c := &claim{path: target, old: old, appends: appends}
	if path, err := filepath.Abs(target); err == nil {
		c.path = path
	}
	for _, o := range all.list {
		if o.same(c) && !(o.appends && appends) {
			return nil, &fs.PathError{Op: "open", Path: user, Err: errors.New("another stage of this pipeline writes to it")}
		}
	}
	all.list = append(all.list, c)
	return func() {
		all.list = slices.DeleteFunc(all.list, func(o *claim) bool { return o == c })
	}, nil
}

func (c *claim) same(o *claim) bool {
	return c.path == o.path || c.old != nil && o.old != nil && os.SameFile(c.old, o.old)
}
