package input

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"mtpipe/internal/format"
)

// pieces is a source that gives so many bytes at a time.
type pieces struct {
	text string
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.text == "" {
		return 0, io.EOF
	}
	n := copy(b, p.text[:min(p.size, len(p.text))])
	p.text = p.text[n:]
	return n, nil
}

// TestReader_Limit wants lines up to the limit, and an error behind those that stand before
// one that is longer.
func TestReader_Limit(t *testing.T) {
	const small, large = 10, 300 << 10
	for _, limit := range []int{small, large} {
		line := func(n int) string { return strings.Repeat("x", n) }
		for _, row := range []struct {
			name, text, want string
			fails            bool
		}{
			{"as long as may be", line(limit) + "\n" + line(limit) + "\n", line(limit) + "\n" + line(limit) + "\n", false},
			{"as long as may be, without an end", "a\n" + line(limit), "a\n" + line(limit), false},
			{"too long", line(limit+1) + "\n", "", true},
			{"too long behind others", "a\n\n" + line(limit) + "\n" + line(limit+1) + "\nb\n", "a\n\n" + line(limit) + "\n", true},
			{"too long without an end", "a\n" + line(limit+1), "a\n", true},
			{"many short ones", strings.Repeat("abc\n", 1000), strings.Repeat("abc\n", 1000), false},
			{"much too long", line(5 * limit), "", true},
		} {
			for _, size := range []int{1 << 30, 4096, limit, 7} {
				t.Run(fmt.Sprint(row.name, ", limit ", limit, ", pieces of ", size), func(t *testing.T) {
					if limit == large && size == 7 {
						t.Skip("takes long")
					}
					r := NewStreamBlocks().Reader(&pieces{row.text, size}, "", format.NewLines())
					r.Limit(limit)
					var got strings.Builder
					var err error
					for {
						b, nextErr := r.Next()
						if err = nextErr; err != nil {
							break
						}
						got.Write(b.Data())
						b.Release()
					}
					if fails := err != io.EOF; fails != row.fails || got.String() != row.want {
						t.Errorf("got %d bytes, %v, want %d and an error %t", got.Len(), err, len(row.want), row.fails)
					}
					if want := fmt.Sprintf("a line is longer than %d bytes; see --max-line", limit); row.fails && err.Error() != want {
						t.Errorf("got %v, want %s", err, want)
					}
					if _, again := r.Next(); again == nil {
						t.Error("got more behind the end")
					}
				})
			}
		}
	}
}
