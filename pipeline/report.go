package pipeline

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"unicode/utf8"

	"mtpipe/internal/input"
	"mtpipe/internal/redact"
	"mtpipe/internal/terminal"
	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// report is what a message says, in parts.
type report struct {
	message, stage string
	place          value.Value // in the pipeline's text: a column, or LINE:COL, or FILE:LINE:COL
	file           string      // where the value came from
	line           int64
	of             value.Value // the value
	about          bool        // there is one
}

// aboutError is the error of a block that was run for a value.
type aboutError struct {
	of    value.Value
	cause error
}

func (e *aboutError) Error() string { return e.cause.Error() }
func (e *aboutError) Unwrap() error { return e.cause }

// reportOf divides an error into its parts.
func reportOf(err error) (r report) {
	r = report{message: err.Error()}
	defer func() { r.message, r.file = redact.Text(r.message), redact.Text(r.file) }()
	var e *syntax.Error
	if errors.As(err, &e) {
		r.stage, r.place = e.Stage, placeIn(e)
		if r.message = e.Msg; e.Msg == "" && e.Err != nil {
			r.message = e.Err.Error()
		}
	}
	var of *aboutError
	var data *DataError
	var path *os.PathError
	switch {
	case errors.As(err, &of):
		r.of, r.about = of.of, true
	case errors.As(err, &data) && data.Err != nil:
		r.message, r.file, r.line, r.of, r.about = data.Err.Error(), data.File, data.Line, data.Value, true
	case errors.As(err, &path):
		r.file = path.Path
	}
	return r
}

// placeIn returns where e points to in the text of the pipeline.
func placeIn(e *syntax.Error) value.Value {
	switch {
	case !e.Pos.IsValid():
		return value.Null
	case e.File != "":
		return value.String(fmt.Sprintf("%s:%d:%d", e.File, e.Pos.Line, e.Pos.Col))
	case e.Pos.Line > 1:
		return value.String(fmt.Sprintf("%d:%d", e.Pos.Line, e.Pos.Col))
	}
	return value.Int(int64(e.Pos.Col))
}

// The fields of a report in a record.
var reportNames = []string{"message", "stage", "place", "file", "line", "value"}

func (r report) fields() []value.Value {
	fields := []value.Value{value.String(r.message), value.Null, r.place, value.Null, value.Null, r.of}
	if r.stage != "" {
		fields[1] = value.String(r.stage)
	}
	if r.file != "" {
		fields[3] = value.String(r.file)
	}
	if r.line > 0 {
		fields[4] = value.Int(r.line)
	}
	return fields
}

// record returns the report as a record, which is what a catch reads.
func (r report) record() value.Value {
	return value.Rec(value.NewRecord(value.NewShape(reportNames...), r.fields()...))
}

// recordJSON returns the record as a line of JSON. Text is a string there, also when it looks
// like a number; what is not UTF-8 and so cannot stand in JSON as it is, stands in the field
// base64 besides.
func (r report) recordJSON() []byte {
	line := []byte("{")
	for i, v := range r.fields() {
		line = appendField(line, reportNames[i], v)
	}
	if b := exactBytes(r.of); !utf8.Valid(b) {
		line = appendField(line, "base64", value.String(base64.StdEncoding.EncodeToString([]byte(redact.Text(string(b))))))
	}
	return append(line, "}\n"...)
}

// exactBytes returns the text of a value, or of the record that it was read as.
func exactBytes(v value.Value) []byte {
	switch {
	case v.IsText():
		return v.Bytes()
	case v.Kind() == value.KindRecord:
		raw, _ := v.AsRecord().Raw()
		return raw
	}
	return nil
}

func appendField(line []byte, name string, v value.Value) []byte {
	if len(line) > 1 {
		line = append(line, ',')
	}
	line = append(value.AppendQuoted(line, []byte(name)), ':')
	if v.Kind() == value.KindText {
		return value.AppendQuoted(line, []byte(redact.Text(v.Str())))
	}
	return append(line, redact.Text(string(v.AppendJSON(nil)))...)
}

// MessageJSON returns a message about err as a line of JSON, as Settings.JSONMessages has them:
// its kind, such as error, warning or note, the message itself and, as far as they are known, the
// stage, its place in the text, the file and line of the value that it is about, the value, and,
// unless it is 0, the exit status.
func MessageJSON(kind string, err error, status int) []byte {
	r := reportOf(err)
	line := appendField([]byte("{"), "kind", value.String(kind))
	for i, v := range r.fields() {
		if !v.IsNull() || reportNames[i] == "value" && r.about {
			line = appendField(line, reportNames[i], v)
		}
	}
	if status != 0 {
		line = appendField(line, "status", value.Int(int64(status)))
	}
	return terminal.AppendShown(nil, append(line, "}\n"...))
}

// tell writes a message to the standard error, as a line of text or of JSON. Any goroutine.
func (p *Plan) tell(kind string, err error) {
	line := []byte(MessageText(kind, err, p.settings.Messages))
	if p.settings.JSONMessages {
		line = MessageJSON(kind, err, 0)
	}
	_ = p.streams.tell(line)
}

// tell writes a message, unless the run is a silent one.
func (r *run) tell(kind string, err error) {
	if !r.silent {
		r.Plan.tell(kind, err)
	}
}

// note writes what is no error, but might be a mistake.
func (p *Plan) note(text string) {
	line := []byte(p.settings.Messages.head("note", "note:") + " " + syntax.Printable(redact.Text(text)) + "\n")
	if p.settings.JSONMessages {
		line = MessageJSON("note", errors.New(text), 0)
	}
	_ = p.streams.tell(line)
}

// badRecords is the file of Settings.ErrorsTo, to which each record that is wrong is written as
// soon as it is known, with one write, so that it ends with a whole line whatever ends the run.
// Any goroutine; nil is none.
type badRecords struct {
	mu   sync.Mutex
	tell func([]byte) error // writes to the standard error, if that is the file
	file *os.File
	size int64
	err  error // the first
}

func (f *badRecords) isSet() bool { return f != nil }

// add writes what err says, if it is about a record.
func (f *badRecords) add(err error) {
	if f == nil {
		return
	}
	r := reportOf(err)
	if !r.about {
		return
	}
	line := r.recordJSON()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return
	}
	if f.tell != nil {
		f.err = f.tell(line)
		return
	}
	n, werr := f.file.Write(line)
	if werr != nil {
		f.err = werr
		if n > 0 {
			_ = f.file.Truncate(f.size)
		}
		return
	}
	f.size += int64(n)
}

// close closes the file and returns what went wrong with it.
func (f *badRecords) close() error {
	if f == nil {
		return nil
	}
	var err error
	if f.file != nil {
		err = f.file.Close()
	}
	if f.err != nil {
		err = f.err
	}
	if err != nil {
		return fmt.Errorf("--errors-to: %s", message(err))
	}
	return nil
}

// openRecords opens the file of Settings.ErrorsTo, which must be none that the pipeline has to do
// with.
func (r *run) openRecords() error {
	name := r.settings.ErrorsTo
	if name == "" {
		return nil
	}
	if name == "-" {
		return &syntax.Error{Msg: "--errors-to: - is no file; ./- is one of that name, /dev/stderr the standard error"}
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return &RunError{[]error{&syntax.Error{Msg: "--errors-to: " + message(err), Err: err}}}
	}
	info, err := file.Stat()
	if err == nil && isFile(r.streams.errFile, info) { // where it was opened anew, one would write over the other
		_ = file.Close()
		r.record = &badRecords{tell: r.streams.tell}
		return nil
	}
	if err == nil && info.Mode().IsRegular() {
		if r.uses(info) {
			_ = file.Close()
			return &syntax.Error{Msg: fmt.Sprintf("--errors-to: %s is a file of the pipeline too", strconv.Quote(name))}
		}
		err = file.Truncate(0)
	}
	if err != nil {
		_ = file.Close()
		return &RunError{[]error{&syntax.Error{Msg: "--errors-to: " + message(err), Err: err}}}
	}
	r.record = &badRecords{file: file}
	return nil
}

// isFile reports whether f, which may be nil, is the file that info is about.
func isFile(f *os.File, info os.FileInfo) bool {
	if f == nil {
		return false
	}
	of, err := f.Stat()
	return err == nil && os.SameFile(of, info)
}

// uses reports whether a file is one that the run reads or writes, as far as that is known.
func (p *Plan) uses(info os.FileInfo) bool {
	for _, f := range []*os.File{p.streams.inFile, p.streams.outFile} {
		if isFile(f, info) {
			return true
		}
	}
	for _, name := range p.files {
		names, _ := input.Matches(name)
		for _, n := range names {
			if of, err := os.Stat(n); err == nil && os.SameFile(of, info) {
				return true
			}
		}
	}
	return false
}
