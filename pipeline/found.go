package pipeline

import (
	"fmt"
	"os"
	"strings"

	"mtpipe/internal/format"
	"mtpipe/internal/input"
	"mtpipe/internal/redact"
	"mtpipe/microthread"
	"mtpipe/pipeline/syntax"
)

// Found returns what the beginnings of the files tell that the stages of the plan read: what stands
// between the fields of CSV, and the names in headers. Of each file the first block is read at the
// most, and only of those that can be read again: standard input and pipes are left alone. It is ""
// when there is nothing to tell.
func (p *Plan) Found() string {
	var f finder
	for _, u := range p.feed[:min(1, len(p.feed))] {
		f.stage(u.stages[0])
	}
	f.list(p.main)
	if len(f.lines) == 0 {
		return ""
	}
	return redact.Text("found in the files:\n  " + strings.Join(f.lines, "\n  ") + "\n")
}

type finder struct{ lines []string }

func (f *finder) list(l *plannedList) {
	for _, p := range l.pipelines {
		for _, u := range p.units {
			for _, s := range u.stages {
				if s.body != nil {
					f.list(s.body)
					continue
				}
				f.stage(s)
				for _, b := range s.blocks {
					f.list(b.list)
				}
			}
		}
	}
}

// stage looks into the files of a stage, when it reads some and these are known.
func (f *finder) stage(s *planned) {
	reader, reads := s.Args.(interface{ FileNames() []string })
	if !reads || s.parses || s.late != nil || s.Stage.Role == ReadsPlain {
		return
	}
	var names []string
	for _, n := range reader.FileNames() {
		matches, _ := input.Matches(n) // of one that cannot be read, there is nothing to tell
		names = append(names, matches...)
	}
	for i, name := range names {
		if i == fewFiles {
			f.lines = append(f.lines, fmt.Sprintf("and %d more", len(names)-i))
			break
		}
		cutter := input.Cutter(name)
		if r, ok := s.Args.(format.ReaderArguments); ok {
			cutter = r.Cutter()
		}
		if said := foundIn(name, cutter); said != "" {
			f.lines = append(f.lines, syntax.Short(name)+": "+said)
		}
	}
}

const fewFiles = 5 // of a stage are told about

// foundIn returns what the beginning of a file tells; "" when it tells nothing.
func foundIn(name string, cutter format.Cutter) string {
	headed, ok := cutter.(format.Heading)
	_, outside := cutter.(format.Outside) // which no block is read of here
	if info, err := os.Stat(name); !ok || outside || err != nil || !info.Mode().IsRegular() {
		return ""
	}
	read := microthread.Run(func(t *microthread.Thread) error {
		file, err := input.Open(t, name, nil)
		if err != nil {
			return err
		}
		defer file.Close()
		b, err := input.NewBlocks(input.BlockSize, input.BlockSize).Reader(file, name, cutter).Next()
		if err == nil {
			b.Release()
		}
		return err // a file that cannot be read tells nothing
	}, microthread.OnError(func(*microthread.Thread, error) error { return nil }))
	if read != nil {
		return ""
	}
	var said []string
	if s := format.Separator(cutter); s != "" {
		said = append(said, s)
	}
	if names := headed.Header(); names != nil {
		said = append(said, "fields "+firstFew(names))
	}
	return strings.Join(said, "; ")
}

// firstFew returns names for a line of text, the first ones of many.
func firstFew(names []string) string {
	var list []string
	for _, n := range names[:min(fewNames, len(names))] {
		list = append(list, syntax.Short(n))
	}
	if n := len(names) - fewNames; n > 0 {
		list = append(list, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(list, ", ")
}
