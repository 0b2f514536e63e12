package records

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"mtpipe/pipeline"
	"mtpipe/pipeline/syntax"
	"mtpipe/stages/each"
	"mtpipe/value"
)

func renameStage() *pipeline.Stage {
	return each.Record[renameArgs]{Doc: pipeline.Doc{
		Name:  "rename",
		Safe:  true,
		Short: "Gives fields of records new names",
		Long: `Fields stay where they are. All are renamed at once, so rename a=b b=a exchanges two.
Another field that has the new name already is removed; one that a record does not
have is no error, but one that none has is told. Blanks around the names do not count.

/PATTERN/=TEXT renames all fields whose names the regular expression matches: each match
becomes TEXT, in which ${1} is what the first parentheses matched, as in replace. Two fields
that would get one name are an error.`,
	}, Do: (*renameArgs).renamed, Batch: (*renameArgs).renamedAll}.Stage()
}

func labelStage() *pipeline.Stage {
	return each.Record[labelArgs]{Doc: pipeline.Doc{
		Name:  "label",
		Safe:  true,
		Short: "Names the fields of records by their places",
		Long: `The first field gets the first LABEL, the second one the second, and so on; what is left
keeps its name. Another field that has one of the names already is removed. A record with
fewer fields than LABELs is an error, and so is a comma in one: blanks stand between them.`,
	}, Do: (*labelArgs).labelled, Batch: (*labelArgs).labelledAll}.Stage()
}

// renaming is OLD=NEW, or /PATTERN/=TEXT.
type renaming struct {
	old, new string
	written  string // old with the blanks around it, which may belong to the name
	re       *regexp.Regexp
}

// patternEnd is what ends a pattern.
const patternEnd = "/="

// SetArg reads the two names, or the pattern and the text.
func (r *renaming) SetArg(text string, _ func(string) (string, bool)) error {
	*r = renaming{}
	if end := strings.LastIndex(text, patternEnd); strings.HasPrefix(text, "/") && end > 0 {
		re, err := regexp.Compile(text[1:end])
		if err != nil {
			return fmt.Errorf("must be OLD=NEW or /PATTERN/=TEXT: %w", pipeline.ShortPatternError(err))
		}
		r.old, r.new, r.re = text[:end+1], text[end+len(patternEnd):], re
		return nil
	}
	var ok bool
	r.written, r.new, ok = strings.Cut(text, "=")
	r.old, r.new = strings.Trim(r.written, " "), strings.Trim(r.new, " ")
	if !ok || r.old == "" || r.new == "" {
		return fmt.Errorf("must be OLD=NEW, not %s", syntax.Quote(text))
	}
	return nil
}

// FieldNames returns the name that the field has, or the pattern.
func (r *renaming) FieldNames() []pipeline.FieldName {
	if r.re != nil {
		return []pipeline.FieldName{{Name: r.old, Matches: r.re}}
	}
	return []pipeline.FieldName{{Name: r.old, Also: r.written, Offset: strings.Index(r.written, r.old)}}
}

// in calls rename with the names of fields in a record of that shape that are renamed, and with
// their new ones.
func (r *renaming) in(s *value.Shape, rename func(old, to string)) {
	if r.re != nil {
		for _, name := range s.Names() {
			if r.re.MatchString(name) {
				rename(name, r.re.ReplaceAllString(name, r.new))
			}
		}
		return
	}
	for _, name := range []string{r.written, r.old} {
		if s.Find(name) >= 0 {
			rename(name, r.new)
			return
		}
	}
}

type renameArgs struct {
	Names []renaming `arg:"name...+" help:"OLD=NEW: the name a field has and the one it gets; or /PATTERN/=TEXT"`
}

// Check refuses names that stand twice.
func (a *renameArgs) Check() error {
	old, given := make(map[string]bool), make(map[string]bool)
	for _, n := range a.Names {
		if old[n.old] {
			return fmt.Errorf("name %s is to be renamed twice", syntax.Quote(n.old))
		}
		if n.re == nil && given[n.new] {
			return fmt.Errorf("name %s would be given twice", syntax.Quote(n.new))
		}
		old[n.old] = true
		given[n.new] = given[n.new] || n.re == nil
	}
	return nil
}

// NamesAfter returns the names of the input, with the new ones.
func (a *renameArgs) NamesAfter(in []string) []string {
	return namesAfter(a.plan, in)
}

func (a *renameArgs) renamed() recordFunc { return projectOr(a.plan) }

func (a *renameArgs) renamedAll() each.Batch { return projectAllOr(a.plan) }

// plan returns the names of records of that shape when they have the new ones, and where they
// come from. The first renaming of a field counts.
func (a *renameArgs) plan(s *value.Shape) (names []string, from []int, err error) {
	taken := make(map[string]string) // by what was renamed to it
	renamed := make(map[string]string)
	for i := range a.Names {
		a.Names[i].in(s, func(old, to string) {
			if _, twice := renamed[old]; twice {
				return
			}
			if other, twice := taken[to]; twice && err == nil {
				err = fmt.Errorf("the fields %s and %s would both be called %s", other, old, to)
			}
			if to == "" && err == nil {
				err = fmt.Errorf("the field %s would have no name", old)
			}
			renamed[old], taken[to] = to, old
		})
	}
	for i, name := range s.Names() {
		to, ok := renamed[name]
		if _, gone := taken[name]; !ok && gone {
			continue
		}
		if !ok {
			to = name
		}
		names, from = append(names, to), append(from, i)
	}
	return names, from, err
}

// namesAfter returns the names that a plan gives to records with the names in; nil when they are
// not known.
func namesAfter(plan func(*value.Shape) ([]string, []int, error), in []string) []string {
	if in == nil {
		return nil
	}
	names, _, err := plan(value.NewShape(in...))
	if err != nil {
		return nil
	}
	return names
}

type labelArgs struct {
	Names []string `arg:"label...+" help:"the names, in the order of the fields"`
}

// Check refuses names that stand twice.
func (a *labelArgs) Check() error {
	if name, twice := each.Twice(a.Names); twice {
		return fmt.Errorf("name %s would be given twice", syntax.Quote(name))
	}
	for _, name := range a.Names {
		if strings.Contains(name, ",") {
			return &pipeline.ArgError{Arg: "label", Err: fmt.Errorf("label must be a name without a comma, not %s: blanks stand between labels; rename gives such a name", syntax.Quote(name))}
		}
	}
	return nil
}

// NamesAfter returns the names of the input, with the new ones.
func (a *labelArgs) NamesAfter(in []string) []string {
	return namesAfter(a.plan, in)
}

func (a *labelArgs) labelled() recordFunc { return projectOr(a.plan) }

func (a *labelArgs) labelledAll() each.Batch { return projectAllOr(a.plan) }

// plan returns the names of records of that shape when they have the new ones, and where they
// come from.
func (a *labelArgs) plan(s *value.Shape) (names []string, from []int, err error) {
	old := s.Names()
	if len(old) < len(a.Names) {
		return nil, nil, fmt.Errorf("the record has %d fields, fewer than the %d labels", len(old), len(a.Names))
	}
	for i, name := range old {
		switch {
		case i < len(a.Names):
			name = a.Names[i]
		case slices.Contains(a.Names, name):
			continue
		}
		names, from = append(names, name), append(from, i)
	}
	return names, from, nil
}

// projectOr is project for a plan that may fail.
func projectOr(plan func(*value.Shape) (names []string, from []int, err error)) recordFunc {
	var failed error
	var of *value.Shape
	do := project(func(s *value.Shape) (names []string, from []int) {
		names, from, failed = plan(s)
		of = s
		return names, from
	})
	return func(put func(value.Value), r *value.Record) error {
		if r.Shape() == of && failed != nil {
			return failed
		}
		hold := func(v value.Value) {
			if failed == nil {
				put(v)
			}
		}
		if err := do(hold, r); err != nil {
			return err
		}
		return failed
	}
}

// projectAllOr is projectAll for a plan that may fail: then the rows are left to projectOr.
func projectAllOr(plan func(*value.Shape) (names []string, from []int, err error)) each.Batch {
	do := projectAll(func(s *value.Shape) (names []string, from []int) {
		names, from, _ = plan(s)
		return names, from
	})
	var last *value.Shape // for which plan does not fail
	return func(j *pipeline.Job, b *value.Batch) (bool, error) {
		for s := range b.Shapes() {
			if s == last {
				continue
			}
			if _, _, err := plan(s); err != nil {
				return false, nil
			}
			last = s
		}
		return do(j, b)
	}
}
