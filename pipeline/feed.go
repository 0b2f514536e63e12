package pipeline

import (
	"fmt"
	"strings"

	"mtpipe/internal/input"
)

// ReaderFamily is the name of the family whose stages read files.
const ReaderFamily = "readers"

// feedStage returns the reader stage that feeds the first stage of the pipeline: the one
// that --in names, perhaps with options, else the one that the files' names tell. Parses
// says that the first stage finds records in text itself, so that it is to get lines.
func feedStage(registry *Registry, settings Settings, parses bool) (*Bound, error) {
	call, err := inCall(registry, settings.In)
	if err != nil {
		return nil, err
	}
	if call == nil {
		call = callOf("lines")
		for _, f := range settings.Files {
			if input.Format(f) != "lines" && !parses {
				call = callOf("read")
			}
		}
	}
	files := settings.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	call.Args = append(call.Args, &Word{Parts: []Part{{Text: "--"}}})
	for _, f := range files {
		call.Args = append(call.Args, &Word{Parts: []Part{{Text: f, Quoted: true}}})
	}
	b := &binder{scope: Scope{Registry: registry}}
	bound, err := b.call(call, &frame{})
	if err != nil && settings.In != "" {
		return nil, &Error{Msg: fmt.Sprintf("in the input format %s: %v", shortQuote(settings.In), err)}
	}
	return bound, err
}

func callOf(name string) *Call { return &Call{Name: &Word{Parts: []Part{{Text: name}}}} }

// inCall returns the call of a reader stage that stands in --in, nil when it is empty.
func inCall(registry *Registry, in string) (*Call, error) {
	if in == "" {
		return nil, nil
	}
	var call *Call
	if list, err := Parse(in); err == nil && len(list.Items) == 1 {
		if p, ok := list.Items[0].(*Pipeline); ok && len(p.Calls) == 1 && len(p.Calls[0].Redirs) == 0 {
			call = p.Calls[0]
		}
	}
	if call != nil {
		name := ""
		for _, part := range call.Name.Parts {
			name += part.Text
		}
		if stage := registry.Stage(name); stage != nil && stage.Family == ReaderFamily {
			call.Pos = Pos{} // it is not in the pipeline's text
			return call, nil
		}
	}
	var names []string
	for _, f := range registry.families {
		for _, s := range f.Stages {
			if f.Name == ReaderFamily {
				names = append(names, s.Name)
			}
		}
	}
	return nil, &Error{Msg: fmt.Sprintf("there is no input format %s: it is one of %s", shortQuote(in), strings.Join(names, ", "))}
}
