// Package layer hands functions from one layer to another that nobody else is to have. What
// would otherwise be an exported method is offered here when the lower package is initialised,
// and taken by those above when they are; a package may also find what one above it offers, if
// the program has that.
package layer

import "fmt"

var offered = make(map[string]any)

// Functions are those that a package offers, by name.
type Functions map[string]any

// Offer gives functions to the layers above, each under the name of the package, a dot and the
// name that it has here. It returns them. Only for the initialisation of packages.
func Offer(pkg string, fns Functions) Functions {
	for name, fn := range fns {
		offered[pkg+"."+name] = fn
	}
	return fns
}

// Take returns the function that was offered under name. It panics when there is none of that
// type. Only for the initialisation of packages.
func Take[F any](name string) F {
	fn, ok := Find[F](name)
	if !ok {
		panic(fmt.Sprintf("layer: %s is %T, not %T", name, offered[name], fn))
	}
	return fn
}

// Find is Take that reports whether there is such a function, at any time.
func Find[F any](name string) (F, bool) {
	fn, ok := offered[name].(F)
	return fn, ok
}

// Slots is what a writer fills without a call: List[:N] is stored. List is empty when storing
// takes more than that.
type Slots[T any] struct {
	List []T
	N    int
}

// Next returns where the next value is to be stored, at once, or nil when there is no room.
func (s *Slots[T]) Next() *T {
	list, n := s.List, s.N
	if uint(n) >= uint(len(list)) { // in this form it is the only check of the bounds
		return nil
	}
	s.N = n + 1
	return &list[n]
}
