package spill

import "testing"

func TestParseSize(t *testing.T) {
	for _, row := range []struct {
		text string
		want int64 // -1 for an error
	}{
		{"0", 0}, {"1000", 1000}, {"64K", 64 << 10}, {"64k", 64 << 10}, {"500MB", 500 << 20}, {"2GiB", 2 << 30}, {"1.5G", 3 << 29}, {"1T", 1 << 40}, {"7B", 7},
		{"", -1}, {"K", -1}, {"-1", -1}, {"1Q", -1}, {"1KM", -1}, {"x", -1}, {"nan", -1}, {"inf", -1}, {"9999999T", -1}, {"1 K", -1},
	} {
		got, err := ParseSize(row.text)
		if err != nil {
			got = -1
		}
		if got != row.want {
			t.Errorf("%q: got %d, %v, want %d", row.text, got, err, row.want)
		}
	}
}

func TestFormatSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 1000: "1000", 1 << 10: "1K", 32 << 20: "32M", 11184810: "10.7M", 3 << 29: "1.5G", 5 << 40: "5T", 1 << 60: "1048576T"} {
		if got := FormatSize(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}
