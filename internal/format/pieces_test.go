package format_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"mtpipe/internal/format"
)

// piecesOf divides a text in a way of its own.
func piecesOf(p format.Pieces, text string) (list []string) {
	switch {
	case p.Separator != nil:
		list = strings.Split(text, string(p.Separator))
		last := len(list) - 1
		if p.Bare {
			list[last] = strings.TrimSuffix(list[last], "\n")
		}
		if list[last] == "" {
			list = list[:last]
		}
		return list
	case p.Paragraphs:
		for _, piece := range regexp.MustCompile(`(?:^|\n)(?:\r?\n)+`).Split("\n"+text, -1) {
			if piece = strings.TrimPrefix(strings.TrimSuffix(piece, "\n"), "\n"); strings.TrimSuffix(piece, "\r") != "" {
				list = append(list, strings.TrimSuffix(piece, "\n\r"))
			}
		}
		return list
	}
	for line := range strings.Lines(text) {
		if len(list) == 0 || p.Starts([]byte(strings.TrimSuffix(line, "\n"))) {
			list = append(list, "")
		}
		list[len(list)-1] += line
	}
	for i := range list {
		list[i] = strings.TrimSuffix(list[i], "\n")
	}
	return list
}

// TestPieces wants a text to be divided in the same way whatever pieces it is read in.
func TestPieces(t *testing.T) {
	starts := func(line []byte) bool { return bytes.HasPrefix(line, []byte("a")) }
	for name, p := range map[string]format.Pieces{
		"start": {Starts: starts}, "separator": {Separator: []byte(";")}, "long separator": {Separator: []byte("aa"), Bare: true}, "bare": {Separator: []byte(";"), Bare: true},
		"newlines": {Separator: []byte("\n\n")}, "null": {Separator: []byte{0}}, "paragraphs": {Paragraphs: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(1500) {
				rng := rand.New(rand.NewPCG(seed, 9))
				var b strings.Builder
				for range rng.IntN(14) {
					b.WriteString([]string{"a", "b", "\n", "\n", "\n\n", ";", "\r\n", "\x00", "\xff", "aa"}[rng.IntN(10)])
				}
				text := b.String()
				var got []string
				for _, f := range anyhow(t, func() format.Cutter { return format.NewPieces(p) }, text, seed) {
					if want := fmt.Sprintf("text%q", f.raw); f.dump != want {
						t.Fatalf("%q: got %s, want %s", text, f.dump, want)
					}
					got = append(got, f.raw)
				}
				if want := piecesOf(p, text); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
					t.Fatalf("%q: got %q, want %q", text, got, want)
				}
			}
		})
	}
}
