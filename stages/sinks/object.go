package sinks

import (
	"errors"

	"mtpipe/internal/atend"
	"mtpipe/internal/format"
	"mtpipe/internal/object"
	"mtpipe/microthread"
	"mtpipe/pipeline"
)

// writeObject writes the input to an object, whole or not at all.
func writeObject(j *pipeline.Job, name string, to format.Writer) error {
	release, err := claimFile(j, name, name, nil, false)
	if err != nil {
		return err
	}
	defer release()
	w, err := object.Create(name)
	if err != nil {
		return err
	}
	forget := atend.Do(func() { _ = w.Abort() })
	defer func() {
		if err := w.Abort(); err != nil {
			j.Warn("parts of the upload stay: %v", err)
		}
		forget()
	}()
	if err := j.WriteAll(upload{w}, to); err != nil {
		return err
	}
	if j.Interrupted() { // by a signal: what came is not all there is
		return nil
	}
	_, err = j.Blocking(func() (any, error) { return nil, w.Commit() })
	return err
}

// upload is an object as a thread writes it.
type upload struct{ w *object.Writer }

// Write takes p, and suspends t where that fills a part.
func (u upload) Write(t *microthread.Thread, p []byte) error {
	u.w.Add(p)
	if !u.w.Full() {
		return nil
	}
	_, err := t.Blocking(func() (any, error) { return nil, u.w.Flush() })
	return err
}

// noObject refuses the name of an object, which arg has, for a stage that says why.
func noObject(arg, name, why string) error {
	if object.Is(name) {
		return &pipeline.ArgError{Arg: arg, Err: errors.New(why)}
	}
	return nil
}
