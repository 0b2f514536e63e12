package syntax

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"count", "count_by", "sort", "top", "uniq"}
	for _, row := range []struct{ name, want string }{
		{"cuont", "count"}, {"countby", "count_by"}, {"SORT", "sort"}, {"uniqe", "uniq"}, {"tpo", "top"}, {"elephant", ""}, {"x", ""},
	} {
		if got := Nearest(row.name, names); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}
