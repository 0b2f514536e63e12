package complete

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mtpipe/internal/input"
	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
)

const mostRecords = 200 // of which fields are looked at

// fields returns the fields of what comes to the stage at the cursor: those that the first records
// of the file have when they have gone through the stages before, as far as that has no effect;
// otherwise what the stages say of the names that they make.
func (r *request) fields() []pipeline.SeenField {
	fields := r.rootFields(&r.levels[0])
	for i := 1; i < len(r.levels); i++ {
		fields = r.fieldsInside(&r.levels[i-1], &r.levels[i], fields)
	}
	return fields
}

// fieldsInside returns those at the end of the block that inner is, in the call that outer ends
// with, whose input has fields.
func (r *request) fieldsInside(outer, inner *level, fields []pipeline.SeenField) []pipeline.SeenField {
	if inner.def {
		fields = nil
	} else if words := outer.cur.words; len(words) > 0 {
		if s := r.Registry.Stage(words[0].text); s != nil && s.NextBlock(callWords(words[1:])).OfErrors {
			fields = named(pipeline.ErrorFields())
		}
	}
	return r.follow(inner.done, fields)
}

// rootFields returns those at the end of the pipeline itself.
func (r *request) rootFields(l *level) []pipeline.SeenField {
	reader, file, rest := r.reader(l)
	if file == "" {
		return r.follow(l.done, nil)
	}
	text := reader
	for _, c := range rest {
		text += " | " + r.text(&c)
	}
	if fields := r.run(text, file); fields != nil || len(rest) == 0 {
		return fields
	}
	return r.follow(rest, r.run(reader, file))
}

// reader returns a stage that reads the file, from its input, which feeds the pipeline, and the
// stages after it; file is "" when none is known.
func (r *request) reader(l *level) (reader, file string, rest []call) {
	first := &l.cur
	if len(l.done) > 0 {
		first, rest = &l.done[0], l.done[1:]
	}
	stage := r.Registry.Stage(first.name())
	own := stage != nil && slices.Contains(r.Registry.Readers(), stage)
	byName := stage != nil && stage.Role == pipeline.ReadsByName
	if own || byName {
		reader, file = r.withoutFiles(stage, first)
		if byName {
			reader = input.Format(file).Name
		}
	}
	switch {
	case file != "":
	case first.source != "":
		file = first.source
		if !own {
			reader, rest = "lines", l.done
		}
	case len(r.Files) > 0:
		file = r.Files[0]
		if !own || r.In != "" {
			reader, rest = r.feed(file), l.done
		}
	}
	return reader, file, rest
}

// feed returns the stage that reads a file of the command line.
func (r *request) feed(file string) string {
	switch f := input.Format(file); {
	case r.In != "":
		return r.In
	case f.IsText():
		return "lines"
	default:
		return f.Name
	}
}

func (c *call) name() string {
	if len(c.words) == 0 {
		return ""
	}
	return c.words[0].text
}

// withoutFiles returns the call of a reader as it is written but for its files, and the first of
// these.
func (r *request) withoutFiles(stage *pipeline.Stage, c *call) (text, file string) {
	text = stage.Name
	words := callWords(c.words[1:])
	for i, w := range c.words[1:] {
		next := stage.Next(words[:i])
		option := !w.quoted && strings.HasPrefix(w.text, "-") && len(next.Options) > 0
		if next.Takes == pipeline.TakesFile && !option && w.text != "-" {
			if file == "" {
				file = w.text
			}
			continue
		}
		text += " " + w.raw
	}
	return text, file
}

// text returns a stage as it is written, with its blocks.
func (r *request) text(c *call) string {
	if len(c.words) == 0 {
		return ""
	}
	last := &c.words[len(c.words)-1]
	return r.src[c.start:last.end()]
}

// run runs the text with the beginning of a file for its input, as a stranger's: nothing that has
// an effect is allowed.
func (r *request) run(text, file string) []pipeline.SeenField {
	block := r.block(file)
	left := time.Until(r.until)
	if len(block) == 0 || left <= 0 {
		return nil
	}
	scope := r.scope()
	scope.Sandbox = new(pipeline.Sandbox)
	settings := pipeline.Settings{Stdin: bytes.NewReader(block), Out: "csv", OnError: pipeline.Skip, Jobs: 1, MaxMemory: 64 << 20, Timeout: left}
	plan, err := pipeline.Compile(r.definitions()+text, "", scope, settings)
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithDeadline(context.Background(), r.until)
	defer cancel()
	return plan.Fields(ctx, mostRecords)
}

// scope is where names are looked up: each variable is set.
func (r *request) scope() pipeline.Scope {
	return pipeline.Scope{Registry: r.Registry, Lookup: func(name string) (string, bool) {
		for _, d := range slices.Concat(r.Define, r.Environ) {
			if n, value, ok := strings.Cut(d, "="); ok && n == name {
				return value, true
			}
		}
		return "0", syntax.IsName(name)
	}}
}

// follow returns the fields after the stages, as these say of themselves.
func (r *request) follow(calls []call, fields []pipeline.SeenField) []pipeline.SeenField {
	scope, definitions := r.scope(), r.definitions()
	for _, c := range calls {
		var in []string
		for _, f := range fields {
			in = append(in, f.Name)
		}
		out := named(scope.NamesAfter(definitions+r.text(&c), in, r.namesIn))
		for i := range out {
			if at := slices.IndexFunc(fields, func(f pipeline.SeenField) bool { return f.Name == out[i].Name }); at >= 0 {
				out[i] = fields[at]
			}
		}
		fields = out
	}
	return fields
}

func named(names []string) (fields []pipeline.SeenField) {
	for _, n := range names {
		fields = append(fields, pipeline.SeenField{Name: n})
	}
	return fields
}

// namesIn returns the names in a file that is read by its name.
func (r *request) namesIn(file string) (names []string) {
	for _, f := range r.run(input.Format(file).Name, file) {
		names = append(names, f.Name)
	}
	return names
}

// definitions returns the texts of those before the cursor, and of those that are imported.
func (r *request) definitions() string {
	var b strings.Builder
	for _, s := range append(r.libraries(), r.scanned) {
		for _, d := range s.defs {
			b.WriteString(d + "\n")
		}
	}
	return b.String()
}

// allDefinitions returns their names, each once.
func (r *request) allDefinitions() (names []string) {
	seen := make(map[string]bool)
	for _, s := range append(r.libraries(), r.scanned) {
		for _, n := range s.names {
			if !seen[n] {
				names = append(names, n)
			}
			seen[n] = true
		}
	}
	return names
}

const mostLibraries = 20

// readLibraries returns the texts that are imported.
func (r *request) readLibraries() (list []*scanned) {
	var seen []string
	var add func(dir string, names []string)
	add = func(dir string, names []string) {
		for _, name := range names {
			if !filepath.IsAbs(name) {
				name = filepath.Join(dir, name)
			}
			if slices.Contains(seen, name) || len(seen) == mostLibraries {
				continue
			}
			seen = append(seen, name)
			lib := scan(string(r.block(name)) + "\n")
			list = append(list, lib)
			add(filepath.Dir(name), lib.imports)
		}
	}
	add("", r.scanned.imports)
	return list
}
