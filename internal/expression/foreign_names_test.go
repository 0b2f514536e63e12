package expression

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestForeignNames wants answers to names that are no functions, which name functions that there are.
func TestForeignNames(t *testing.T) {
	called := regexp.MustCompile(`(\w+)\(`)
	for name, hint := range foreignNames {
		if i := slices.IndexFunc(functionNames(), func(f string) bool { return strings.EqualFold(f, name) }); i >= 0 {
			t.Errorf("%s is a function", name)
		}
		for _, m := range called.FindAllStringSubmatch(hint, -1) {
			if !slices.Contains(functionNames(), m[1]) {
				t.Errorf("%s: %q names %s, which is no function", name, hint, m[1])
			}
		}
	}
	_, err := Compile("Number(it) + 1", nil)
	if err == nil || !strings.Contains(err.Error(), "unknown function Number; float(x) makes a number of text") {
		t.Errorf("got %v, want to be told of float", err)
	}
}
