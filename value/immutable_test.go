package value_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"mtpipe/value"
)

// settled says of itself that nobody changes it.
type settled struct{ list *[]int }

func (settled) Immutable() {}

// TestK9_WhatMayCross looks at what may go to another reactor, alone and in lists and records.
func TestK9_WhatMayCross(t *testing.T) {
	type pair struct {
		name string
		at   time.Time
	}
	for _, row := range []struct {
		name string
		x    any
		may  bool
	}{
		{"nothing", nil, true},
		{"complex number", 2i, true},
		{"array", [2]string{"a", "b"}, true},
		{"struct", pair{"a", time.Now()}, true},
		{"location", time.UTC, true},
		{"says so", settled{new([]int)}, true},
		{"pointer that says so", &settled{}, true},
		{"struct of what says so", struct{ s settled }{}, true},
		{"slice", []int{1}, false},
		{"map", map[string]int{}, false},
		{"pointer", new(int), false},
		{"pointer to a location's pointer", new(*time.Location), false},
		{"struct with a slice", struct{ list []int }{}, false},
		{"array of pointers", [1]*int{}, false},
		{"function", func() {}, false},
		{"channel", make(chan int), false},
		{"struct with anything", struct{ x any }{1}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := value.Any(row.x)
			for i, v := range []value.Value{v, value.List([]value.Value{value.Int(1), v}),
				value.Rec(value.NewRecord(value.NewShape("a", "b"), value.List([]value.Value{v}), value.Null))} {
				b := value.NewValues(2)
				b.Add(value.String("text"))
				b.Add(v)
				err := b.MayCross()
				b.Release()
				var confined *value.ConfinedError
				if !row.may && (!errors.As(err, &confined) || confined.Type != reflect.TypeOf(row.x) || !strings.Contains(err.Error(), confined.Type.String())) ||
					row.may && err != nil {
					t.Errorf("%d: got %v, want that it may: %v", i, err, row.may)
				}
			}
		})
	}
	lines := value.NewLines(value.NewBlock(nil), nil)
	if err := lines.MayCross(); err != nil {
		t.Errorf("got %v of lines, want nil", err)
	}
}
