package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"mtpipe/internal/input"
	"mtpipe/pipeline/syntax"
)

// FileReader is implemented by the arguments of readers: WithFiles returns a copy of them in
// which these are the files to read.
type FileReader interface{ WithFiles(files []string) any }

// feedStage returns the reader stage that feeds the first stage of the pipeline: the one
// that --in names, perhaps with options, else the one that the files' names tell. A first
// stage that is a reader itself reads the files instead, which own tells, unless others read
// them after it.
func feedStage(scope Scope, settings Settings, first *boundStage, others bool) (feed *boundStage, own bool, err error) {
	registry, files := scope.Registry, settings.Files
	if len(files) == 0 {
		files = []string{"-"}
	}
	reads := first.Stage != nil && first.Stage.records && !first.IsSource()
	if r, ok := first.Args.(FileReader); ok && reads && settings.In == "" && !others {
		return &boundStage{Call: first.Call, Stage: first.Stage, Args: r.WithFiles(files), name: first.name, file: first.file, onError: first.onError}, true, nil
	}
	call, err := inCall(registry, settings.In)
	if err != nil {
		return nil, false, err
	}
	if call == nil {
		stage := defaultReader(registry, files, reads)
		if stage == nil {
			return nil, false, &syntax.Error{Msg: fmt.Sprintf("nothing can read %s: there is no stage that %s", inputName(settings.Files), ReadsPlain)}
		}
		call = callOf(stage.Name)
	}
	call.Args = append(call.Args, &syntax.Word{Parts: []syntax.Part{{Text: "--"}}})
	for _, f := range files {
		call.Args = append(call.Args, &syntax.Word{Parts: []syntax.Part{{Text: f, Quoted: true}}})
	}
	b := &binder{sourceText: new(sourceText), scope: Scope{Registry: registry}}
	if box := scope.Sandbox; box != nil {
		b.scope.Sandbox = &Sandbox{Files: files, Preview: box.Preview}
	}
	feed, err = b.call(call, &frame{})
	if err != nil && settings.In != "" {
		err = &syntax.Error{Msg: fmt.Sprintf("in the input format %s: %v", syntax.Quote(settings.In), err)}
	}
	return feed, false, err
}

// defaultReader returns the stage that reads files when nothing is said of how; asText says
// that what comes next finds the records in them.
func defaultReader(registry *Registry, files []string, asText bool) *Stage {
	if byName := registry.inRole(ReadsByName); byName != nil && !asText && slices.ContainsFunc(files, input.TellsFormat) {
		return byName
	}
	return registry.inRole(ReadsPlain)
}

// inputName returns how messages call the input of a run.
func inputName(files []string) string {
	if len(files) == 0 {
		return "standard input"
	}
	return syntax.Quote(files[0])
}

func callOf(name string) *syntax.Call {
	return &syntax.Call{Name: &syntax.Word{Parts: []syntax.Part{{Text: name}}}}
}

// isReader reports whether the stage reads files that it is given, or else its input.
func (s *Stage) isReader() bool { return s.records && s.Trait&Source == 0 }

// inCall returns the call of a reader stage that stands in --in, nil when it is empty.
func inCall(registry *Registry, in string) (*syntax.Call, error) {
	if in == "" {
		return nil, nil
	}
	var call *syntax.Call
	if list, err := syntax.Parse(in); err == nil && len(list.Items) == 1 {
		if p, ok := list.Items[0].(*syntax.Pipeline); ok && len(p.Calls) == 1 && len(p.Calls[0].Redirs) == 0 {
			call = p.Calls[0]
		}
	}
	if call != nil {
		name := ""
		for _, part := range call.Name.Parts {
			name += part.Text
		}
		if stage := registry.Stage(name); stage != nil && stage.isReader() {
			call.Pos = syntax.Pos{} // it is not in the pipeline's text
			return call, nil
		}
	}
	var names []string
	for _, s := range registry.Readers() {
		names = append(names, s.Name)
	}
	return nil, &syntax.Error{Msg: fmt.Sprintf("there is no input format %s: it is one of %s", syntax.Quote(in), strings.Join(names, ", "))}
}
