package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"mtpipe/pipeline/syntax"
	"mtpipe/value"
)

// OnError says what becomes of a run when one record is wrong.
type OnError uint8

// What to do with a record that is wrong.
const (
	Fail     OnError = iota // end the run with the error
	Skip                    // leave the record out, and say at the end how many were
	Keep                    // pass the error on as a value in its place
	Continue                // leave the record out, tell the error, and fail when all is done
	toCatch                 // give the error to the catch around the stage
)

var onErrorNames = []string{"fail", "skip", "keep", "continue"}

// String returns the name of the choice.
func (o OnError) String() string { return onErrorNames[o] }

// ParseOnError returns the choice of that name.
func ParseOnError(name string) (OnError, error) {
	if i := slices.Index(onErrorNames, name); i >= 0 {
		return OnError(i), nil
	}
	return Fail, fmt.Errorf("must be fail, skip, keep or continue, not %s", syntax.Quote(name))
}

// policyOption is the option of every stage that says what becomes of its records that are wrong.
const policyOption = "on-error"

// policy returns what becomes of a record that is wrong: what the stage's own option says, or
// else what the blocks around it or the run have.
func (j *Job) policy() OnError {
	switch {
	case j.stage.onError != nil:
		return *j.stage.onError
	case j.run.catch != nil:
		return toCatch
	}
	return j.run.onError
}

// OnError returns what a record that is wrong does; of one that a catch gets, that it is left out.
func (j *Job) OnError() OnError {
	if how := j.policy(); how != toCatch {
		return how
	}
	return Skip
}

// KeepsErrors reports whether errors of records go on as values.
func (j *Job) KeepsErrors() bool { return j.policy() == Keep }

// TellsEach reports whether the run goes on after records of the stage that are wrong, or writes
// each to a file: a combine stage whose arguments are a Conflicter is given all of its input then.
func (j *Job) TellsEach() bool { return j.policy() != Fail || j.run.record.isSet() }

// losesInBatches reports whether a record that is left out may be noted in a batch that the stage
// is going to put.
func (j *Job) losesInBatches() bool {
	how := j.policy()
	return (how == Skip || how == Continue) && j.PutsAll()
}

// leaveOut does what the policy says with the error of a record that is not put, unless it is
// Fail. Err may have to look for the record's line. The error ends the stage.
func (j *Job) leaveOut(err func() error) error { return j.leaveOutOf(nil, 0, err) }

// leaveOutOf is leaveOut where the record stood before a row of out, which the stage is going to
// put. Out may be nil.
func (j *Job) leaveOutOf(out *value.Batch, row int, err func() error) error {
	how := j.policy()
	if how == toCatch {
		j.run.catch.take(j, err())
		return nil
	}
	r := j.run
	if end := r.limit.reached(); end != nil {
		return end
	}
	switch l := j.loss(err, how == Continue, nil); {
	case l == nil:
	case out != nil:
		out.Lose(row, l)
	default:
		if err := j.PassLosses([]value.Loss{l}); err != nil {
			return err
		}
	}
	return r.limit.reached()
}

// kept returns the value that is put in the place of a record with the error err. The error
// ends the stage.
func (j *Job) kept(err error) (value.Value, error) {
	one, end := j.run.limit.count(j.run.limit.end(j))
	if one && j.run.record.isSet() {
		j.run.record.add(j.Placed(err))
	}
	return value.Error(err), end
}

// TellRejected does what --on-error says, unless that is to fail, with err, which names its
// value: it is told at once and counted, or put. The error ends the stage.
func (j *Job) TellRejected(err error) error {
	switch j.policy() {
	case Keep:
		v, end := j.kept(err)
		j.Put(v)
		return end
	case Skip:
		warn := func() { j.Warn("%s", err) }
		return j.lose(func() error { return err }, false, warn)
	}
	return j.leaveOut(func() error { return err })
}

// limit is how many records may be wrong before the run fails. Any goroutine.
type limit struct {
	most int64 // 0: any number
	mu   sync.Mutex
	n    int64
	err  error // when there were so many
}

// end returns the error that ends the run if a record of the stage is the last that may be wrong.
func (l *limit) end(j *Job) error {
	if l.most == 0 {
		return nil
	}
	return j.Placed(fmt.Errorf("%s wrong, and --max-errors is %d", countOf(l.most, "record was", "records were"), l.most))
}

// count notes a record, and reports whether it is one of those that may be wrong. The error ends the
// run: end, if it is the last of them.
func (l *limit) count(end error) (one bool, _ error) {
	if l.most == 0 {
		return true, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return false, l.err
	}
	if l.n++; l.n == l.most {
		l.err = end
	}
	return true, l.err
}

// reached returns the error that ends stages when as many records as may be were wrong before.
func (l *limit) reached() error {
	if l.most == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func countOf(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// skips counts the records that were left out, by stage. Any goroutine.
type skips struct {
	mu   sync.Mutex
	list []*skipped
}

type skipped struct {
	stage *planned
	n     int64
	told  int64 // of which each was told, since that makes the run fail
	first error
}

// add counts a record; err is what was wrong with it, as far as that may be the first one.
func (s *skips) add(stage *planned, told bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(stage)
	if i < 0 {
		i = len(s.list)
		s.list = append(s.list, &skipped{stage: stage, first: err})
	}
	s.list[i].n++
	if told {
		s.list[i].told++
	}
}

// index returns which of the list is of the stage, -1 when none is.
func (s *skips) index(stage *planned) int {
	return slices.IndexFunc(s.list, func(of *skipped) bool { return of.stage.Call == stage.Call })
}

// losses returns what take takes in.
func (s *skips) losses() (list []Loss) {
	for _, k := range s.sorted() {
		l := Loss{Stage: k.stage.name, Line: k.stage.Call.Pos.Line, Offset: k.stage.Call.Pos.Offset, N: k.n, Told: k.told}
		if k.first != nil {
			l.First = message(k.first)
		}
		list = append(list, l)
	}
	return list
}

// take adds what stages of other processes have left out.
func (s *skips) take(list []Loss) {
	for _, l := range list {
		i := slices.IndexFunc(s.list, func(k *skipped) bool {
			return k.stage.name == l.Stage && k.stage.Call.Pos.Offset == l.Offset && k.stage.Call.Pos.Line == l.Line
		})
		if i < 0 {
			i = len(s.list)
			call := &syntax.Call{Pos: syntax.Pos{Line: l.Line, Offset: l.Offset}}
			s.list = append(s.list, &skipped{stage: &planned{boundStage: &boundStage{Call: call, name: l.Stage}}})
		}
		k := s.list[i]
		if k.n, k.told = k.n+l.N, k.told+l.Told; k.first == nil && l.First != "" {
			k.first = errors.New(l.First)
		}
	}
}

// has reports whether the stage has left a record out.
func (s *skips) has(stage *planned) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.index(stage) >= 0
}

// sorted returns the stages that left records out, as they stand in the pipeline.
func (s *skips) sorted() []*skipped {
	slices.SortStableFunc(s.list, func(a, b *skipped) int {
		x, y := a.stage.Call.Pos, b.stage.Call.Pos
		return cmp.Or(x.Offset-y.Offset, x.Line-y.Line) // the reader that feeds the pipeline has no place
	})
	return s.list
}

// tell returns a message for each stage that left records out without telling them.
func (s *skips) tell() (list []error) {
	for _, k := range s.sorted() {
		if k.n == k.told {
			continue
		}
		msg := fmt.Sprintf("%d skipped", k.n-k.told)
		if k.first != nil {
			msg += "; one of them: " + message(k.first)
		}
		list = append(list, &syntax.Error{Stage: k.stage.name, Msg: msg})
	}
	return list
}

// failed returns the error of a run in which errors were told and the records left out; nil when
// there were none.
func (s *skips) failed() error {
	var n int64
	var by []string
	for _, k := range s.sorted() {
		if k.told > 0 {
			n += k.told
			by = append(by, fmt.Sprintf("%d in %s", k.told, k.stage.name))
		}
	}
	if n == 0 {
		return nil
	}
	return &syntax.Error{Msg: fmt.Sprintf("%s left out (%s)", countOf(n, "record was wrong and", "records were wrong and"), strings.Join(by, ", "))}
}
