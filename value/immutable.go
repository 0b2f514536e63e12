package value

import (
	"fmt"
	"reflect"
	"sync"
	"time"
)

// Immutable is a Go value that nobody changes any more, what it points to included. Any takes
// others too, but those stay on the reactor where they were made.
type Immutable interface{ Immutable() }

// ConfinedError says that a batch holds a Go value which cannot go to another reactor.
type ConfinedError struct{ Type reflect.Type }

func (e *ConfinedError) Error() string {
	return fmt.Sprintf("a value of the Go type %v cannot go to another reactor: it may be changed, and has no method Immutable", e.Type)
}

// MayCross returns a *ConfinedError when b must not be given to another reactor, because Any was
// given something for it that may be changed.
func (b *Batch) MayCross() error {
	if b.form == FormValues {
		return (&crossing{left: mostParts}).check(b.vals)
	}
	return nil
}

// crossing looks at values in values. A list may hold another one twice, which holds a third one
// twice, and so on: when there have been so many that this is likely, none is looked at twice.
type crossing struct {
	left int
	seen map[*Value]bool // the first values of what was looked at since then
}

func (c *crossing) check(vals []Value) error {
	if c.left -= len(vals); c.left < 0 && len(vals) > 0 {
		if c.seen == nil {
			c.seen = map[*Value]bool{}
		}
		if c.seen[&vals[0]] {
			return nil
		}
		c.seen[&vals[0]] = true
	}
	for i := range vals {
		var err error
		switch v := &vals[i]; v.k {
		case KindAny:
			err = unchanging(v.AsAny())
		case KindList:
			err = c.check(v.AsList())
		case KindRecord:
			err = c.check(v.AsRecord().vals)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unchanging returns an error unless nobody can change x.
func unchanging(x any) error {
	if _, ok := x.(Immutable); ok || x == nil {
		return nil
	}
	if t := reflect.TypeOf(x); !plain(t) {
		return &ConfinedError{t}
	}
	return nil
}

// known is what plain has found, by reflect.Type.
var known sync.Map

// plain reports whether a copy of a value of type t shares nothing that can be changed.
func plain(t reflect.Type) bool {
	if is, ok := known.Load(t); ok {
		return is.(bool)
	}
	is := false
	switch k := t.Kind(); {
	case t == reflect.TypeFor[*time.Location](), t == reflect.TypeFor[time.Time](), t.Implements(reflect.TypeFor[Immutable]()):
		is = true
	case k == reflect.Array:
		is = plain(t.Elem())
	case k == reflect.Struct:
		is = true
		for i := range t.NumField() {
			is = is && plain(t.Field(i).Type)
		}
	default:
		is = k <= reflect.Complex128 && k != reflect.Invalid || k == reflect.String
	}
	known.Store(t, is)
	return is
}
