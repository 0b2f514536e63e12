package expression

import "testing"

// TestRecordWithoutValues looks at what is said of a name in a record that has no value.
func TestRecordWithoutValues(t *testing.T) {
	for text, want := range map[string]string{
		"{status}":             "a field of a record has a name and a value: write status: status",
		"{status, x: 1}":       "a field of a record has a name and a value: write status: status",
		"{x: 1, status}":       "a field of a record has a name and a value: write status: status",
		"{x: [1, 2], status }": "a field of a record has a name and a value: write status: status",
		"{x: {y: 1, z}}":       "a field of a record has a name and a value: write z: z",
		`{x: "$a", status}`:    "a field of a record has a name and a value: write status: status",
		"[a, b}":               `unexpected "}"`,
		"max(a, b}":            `unexpected "}"`,
		"{x: max(a, b}":        `unexpected "}"`,
		`{"a", x: 1}`:          `unexpected ","`,
		"1, 2":                 `unexpected ","`,
		"{x: 1, y: 2}, z":      `unexpected ","`,
	} {
		_, err := Compile(text, func(string) (string, bool) { return "1", true })
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
