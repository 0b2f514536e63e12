package cli

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"mtpipe/internal/object"
	"mtpipe/internal/spill"
	"mtpipe/pipeline"
)

// jobs is the value of -j.
type jobs int

func (j *jobs) String() string { return "" }
func (j *jobs) Type() string   { return "N" }

func (j *jobs) Set(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return errors.New("it must be a whole number from 1")
	}
	*j = jobs(n)
	return nil
}

// script is the value of -f. What stands after SCRIPT and is no flag begins its arguments, all
// of which are its own; without -f, flags also stand after the pipeline and among FILEs.
type script struct {
	path         *string
	interspersed func(bool)
}

func (s script) String() string { return "" }
func (s script) Type() string   { return "SCRIPT" }

func (s script) Set(text string) error {
	*s.path = text
	s.interspersed(false)
	return nil
}

// onError is the value of --on-error.
type onError struct{ choice pipeline.OnError }

func (o *onError) String() string { return o.choice.String() }
func (o *onError) Type() string   { return "fail|skip|keep|continue" }

func (o *onError) Set(text string) (err error) {
	o.choice, err = pipeline.ParseOnError(text)
	return err
}

// maxErrors is the value of --max-errors.
type maxErrors int64

func (m *maxErrors) String() string { return "" }
func (m *maxErrors) Type() string   { return "N" }

func (m *maxErrors) Set(text string) error {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		return errors.New("it must be a whole number from 1")
	}
	*m = maxErrors(n)
	return nil
}

// messages is the value of --errors.
type messages string

func (m *messages) String() string { return "text" }
func (m *messages) Type() string   { return "text|json" }

func (m *messages) Set(text string) error {
	if text != "text" && text != "json" {
		return errors.New("it must be text or json")
	}
	*m = messages(text)
	return nil
}

// size is a number of bytes: 64K, 500MB, 2GiB. The units are powers of 1024.
type size int64

func (s *size) String() string { return "" }
func (s *size) Type() string   { return "SIZE" }

func (s *size) Set(text string) error {
	n, err := spill.ParseSize(text)
	if err != nil {
		return fmt.Errorf("it %w", err)
	}
	*s = size(n)
	if *s < 1<<20 {
		return errors.New("it must be at least 1M")
	}
	return nil
}

// lineSize is the value of --max-line.
type lineSize int64

func (s *lineSize) String() string { return "" }
func (s *lineSize) Type() string   { return "SIZE" }

func (s *lineSize) Set(text string) error {
	n, err := spill.ParseSize(text)
	if err != nil {
		return fmt.Errorf("it %w", err)
	}
	if n < 1 || n > 2<<30 {
		return errors.New("it must be at least 1 byte and at most 2G")
	}
	*s = lineSize(n)
	return nil
}

// pieceSize is the value of --size of parts.
type pieceSize int64

func (s *pieceSize) String() string { return "64MB" }
func (s *pieceSize) Type() string   { return "SIZE" }

func (s *pieceSize) Set(text string) error {
	n, err := spill.ParseSize(text)
	if err != nil {
		return fmt.Errorf("it %w", err)
	}
	if n < 1 {
		return errors.New("it must be at least 1 byte")
	}
	*s = pieceSize(n)
	return nil
}

// timeLimit is the value of --timeout.
type timeLimit time.Duration

func (l *timeLimit) String() string { return "" }
func (l *timeLimit) Type() string   { return "DURATION" }

func (l *timeLimit) Set(text string) error {
	d, err := pipeline.ParseDuration(text)
	if err != nil || d == 0 {
		return errors.New("it must be a duration such as 200ms, 5s or 1h30m")
	}
	*l = timeLimit(d)
	return nil
}

// endpoint is the value of --endpoint, which the programs that mtpipe starts are told as well.
type endpoint struct{}

func (endpoint) String() string { return "" }
func (endpoint) Type() string   { return "URL" }

func (endpoint) Set(text string) error {
	if err := object.CheckEndpoint(text); err != nil {
		return err
	}
	return os.Setenv("AWS_ENDPOINT_URL_S3", text)
}

// variables returns the lookup of -D variables, then the environment, unless there is a sandbox.
func (a *app) variables() (func(string) (string, bool), error) {
	set := make(map[string]string)
	for _, d := range a.define {
		name, val, ok := strings.Cut(d, "=")
		if !ok || name == "" {
			return nil, usageError{fmt.Errorf("-D takes name=value, not %q", d)}
		}
		set[name] = val
	}
	return func(name string) (string, bool) {
		if v, ok := set[name]; ok {
			return v, true
		}
		if a.sandbox {
			return "", false
		}
		return os.LookupEnv(name)
	}, nil
}
