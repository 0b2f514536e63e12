package each

import (
	"fmt"
	"regexp"
	"slices"

	"mtpipe/pipeline"
	"mtpipe/value"
)

// Field is an argument that names fields of records: by its name, or several by a regular
// expression between slashes. A field whose name begins and ends with a slash is named by that.
type Field struct {
	name string
	re   *regexp.Regexp
	word pipeline.Template // that the name is made of
	late bool              // it has variables that Fill gives
}

// SetArg reads the name or the pattern. What a variable stands for is a name, or a part of one.
func (f *Field) SetArg(text string, lookup func(string) (string, bool)) error {
	*f = Field{}
	if err := f.word.SetWord(text, false, lookup); err != nil {
		return err
	}
	if f.late = f.word.Late(); f.late {
		return nil
	}
	f.setName()
	if slices.ContainsFunc(f.word.Parts, func(p pipeline.TemplatePart) bool { return p.Variable != "" }) {
		return nil
	}
	if text = f.name; len(text) < 3 || text[0] != '/' || text[len(text)-1] != '/' {
		return nil
	}
	var err error
	if f.re, err = regexp.Compile(text[1 : len(text)-1]); err != nil {
		return fmt.Errorf("must be the name of a field or a pattern between slashes: %w", pipeline.ShortPatternError(err))
	}
	return nil
}

// Fill puts the values of variables that were not known before.
func (f *Field) Fill(of func(name string) value.Value) {
	if f.late {
		f.word.Fill(of)
		f.setName()
	}
}

func (f *Field) setName() {
	name, _ := f.word.Append(nil, value.Null) // it has no expressions, which might fail
	f.name = string(name)
}

// Name returns the argument as it was written.
func (f *Field) Name() string { return f.name }

// IsPattern reports whether the argument may stand for more than one field.
func (f Field) IsPattern() bool { return f.re != nil }

// Matches reports whether the field of a name is one of those that the argument stands for.
func (f *Field) Matches(name string) bool {
	return f.name == name || f.re != nil && f.re.MatchString(name)
}

// Places returns where the fields stand among the names of a record; there are none when it
// has none of them.
func (f *Field) Places(names []string) (places []int) {
	if i := slices.Index(names, f.name); i >= 0 {
		return []int{i}
	}
	if f.re == nil {
		return nil
	}
	for i, n := range names {
		if f.re.MatchString(n) {
			places = append(places, i)
		}
	}
	return places
}

// FieldNames returns what the argument asks for.
func (f *Field) FieldNames() []pipeline.FieldName {
	if f.late && f.name == "" {
		return nil
	}
	return []pipeline.FieldName{{Name: f.name, Matches: f.re}}
}

// NamesLate reports whether the name is made of values that Fill gives.
func (f *Field) NamesLate() bool { return f.late }
