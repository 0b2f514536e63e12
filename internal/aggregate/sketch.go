package aggregate

import (
	"encoding/binary"
	"math"
	"math/big"

	"github.com/DataDog/sketches-go/ddsketch"
	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/DataDog/sketches-go/ddsketch/store"

	"mtpipe/value"
)

// SketchError is the largest relative error of a number that comes from a sketch.
const SketchError = 0.01

const (
	sketchBins  = 4096 // of which each doubling takes 35: factors of 10^35 between numbers
	sketchBytes = 8 << 10
	longList    = 1024 // numbers from which on a sketch is smaller
)

func newSketch() *ddsketch.DDSketch {
	m, err := mapping.NewLogarithmicMapping(SketchError)
	if err != nil {
		panic(err) // the accuracy is a constant
	}
	return ddsketch.NewDDSketch(m, store.NewCollapsingLowestDenseStore(sketchBins), store.NewCollapsingLowestDenseStore(sketchBins))
}

// addTo adds a number. NaN counts as the least, as it does everywhere.
func addTo(s *ddsketch.DDSketch, f float64) {
	if f != f {
		f = math.Inf(-1)
	}
	limit := s.MaxIndexableValue() / 2
	_ = s.Add(max(-limit, min(limit, f))) // within the limits there is no error
}

func mergeSketch(s, o *ddsketch.DDSketch) {
	if err := s.MergeWith(o); err != nil {
		panic(err) // all have the same mapping
	}
}

// quantileOf returns the number at the fraction p of the way.
func quantileOf(s *ddsketch.DDSketch, p *big.Rat) float64 {
	f, _ := p.Float64()
	q, err := s.GetValueAtQuantile(f)
	if err != nil {
		return math.NaN() // it is empty
	}
	return q
}

// sketch returns the sketch of a group, which takes the place of its numbers.
func (s *Quantiles) sketch(g int) *ddsketch.DDSketch {
	if sketch := s.sketches[int32(g)]; sketch != nil {
		return sketch
	}
	sketch := newSketch()
	for _, k := range s.keys[g] {
		addTo(sketch, value.OrderedFloat(k))
	}
	for _, v := range s.wide[int32(g)] {
		addTo(sketch, value.FloatOf(v))
	}
	s.memory += sketchBytes - int64(len(s.keys[g]))*keySize
	s.keys[g] = nil
	delete(s.wide, int32(g))
	if s.sketches == nil {
		s.sketches = make(map[int32]*ddsketch.DDSketch)
	}
	s.sketches[int32(g)] = sketch
	s.inexact = true
	return sketch
}

// Shrink makes sketches of the groups with many numbers.
func (s *Quantiles) Shrink() bool {
	any := false
	for g := range s.keys {
		if len(s.keys[g])+len(s.wide[int32(g)]) >= longList {
			s.sketch(g)
			any = true
		}
	}
	return any
}

// Approximate reports whether some results come from sketches.
func (s *Quantiles) Approximate() bool { return s.inexact }

func appendSketch(dst []byte, s *ddsketch.DDSketch) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	s.Encode(&dst, true)
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

func readSketch(src []byte) (*ddsketch.DDSketch, []byte, error) {
	if len(src) < 4 || uint64(len(src)-4) < uint64(binary.LittleEndian.Uint32(src)) {
		return nil, nil, errEncoding
	}
	n := 4 + int(binary.LittleEndian.Uint32(src))
	s := newSketch()
	if err := s.DecodeAndMergeWith(src[4:n]); err != nil {
		return nil, nil, err
	}
	return s, src[n:], nil
}
