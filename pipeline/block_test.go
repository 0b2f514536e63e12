package pipeline

import "testing"

// TestSilent wants the blocks of which it is known that they put nothing before they have
// read something.
func TestSilent(t *testing.T) {
	for _, row := range []struct {
		text           string
		silent, source bool
	}{
		{"keep", true, false},
		{"keep | sum", true, false},
		{"sum; source", true, false},
		{"source", false, true},
		{"source; keep", false, false},
		{"effect", false, false},
		{"keep | effect", false, false},
		{"lines", true, false},
		{"lines file", false, true},
		{"all w { keep }", false, false},
		{"def f { keep }; f", false, false},
	} {
		list, err := bindText(row.text)
		if err != nil {
			t.Fatal(err)
		}
		s := &Sub{list: list}
		if got := s.Silent(); got != row.silent {
			t.Errorf("%s: got silent %t, want %t", row.text, got, row.silent)
		}
		if got := s.IsSource(); got != row.source {
			t.Errorf("%s: got source %t, want %t", row.text, got, row.source)
		}
	}
}
