package pipeline

import "slices"

// FieldReader is implemented by the arguments of a stage that may look at some fields of records
// only: ReadsFields returns the names of all that it looks at, and false when it looks at whole
// records. Unless the stage has the trait Passes, what it puts is made of these fields alone.
type FieldReader interface {
	ReadsFields() (names []string, some bool)
}

// FieldsRead returns the names of the fields that expressions read. It returns false when one of
// them reads a whole value, and when there is none.
func FieldsRead(list ...Expr) (names []string, some bool) {
	for _, e := range list {
		if e.compiled == nil {
			return nil, false
		}
		read, some := e.compiled.Fields()
		if !some {
			return nil, false
		}
		names = append(names, read...)
	}
	return names, len(list) > 0
}

// Wanted returns the names of the fields of what the stage puts at which anybody looks, and false
// when that is not known, or all of them are looked at. A reader need not read the others.
func (j *Job) Wanted() (names []string, some bool) {
	r := j.run
	if r.settings.OnError != Fail || r.settings.ErrorsTo != "" { // which show whole records
		return nil, false
	}
	at, ok := r.seats[j.stage.boundStage]
	next := at.next
	if !ok { // it feeds the pipelines
		if len(r.fed.Pipelines) != 1 {
			return nil, false
		}
		next = r.fed.Pipelines[0].Stages
	}
	for _, s := range next {
		read, some := s.readsFields()
		if !some {
			return nil, false
		}
		names = append(names, read...)
		if s.Stage.Trait&Passes == 0 {
			return names, true
		}
	}
	return nil, false
}

// readsFields returns the names of the fields that the stage reads, and false when it reads others, too.
func (b *boundStage) readsFields() (names []string, some bool) {
	if b.Body != nil || b.late != nil {
		return nil, false
	}
	reader, ok := b.Args.(FieldReader)
	if !ok {
		return nil, false
	}
	names, some = reader.ReadsFields()
	for i := range b.asks { // whatever is asked for has to be among them
		if n := &b.asks[i]; n.member == nil && (n.Matches != nil || n.Also != "" || !slices.Contains(names, n.Name)) {
			return nil, false
		}
	}
	return names, some
}
