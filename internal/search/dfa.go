package search

import (
	"bytes"
	"regexp/syntax"
	"slices"
)

// dfa finds lines that a regular expression matches somewhere, a byte at a time. It is made
// as the text needs it: a state stands for all the places in the program (as package
// regexp/syntax compiles it) that a match may have come to, and a transition is computed
// when it is first taken (Thompson, 1968; Cox, Regular Expression Matching in the Wild,
// 2010). It reads ASCII only and leaves other lines to package regexp. One goroutine at a
// time may use it.
type dfa struct{ automaton }

// automaton is a regular expression as a program, and the states that were made for reading with it a byte at a time.
type automaton struct {
	trans  []uint32 // by state and class: the next state, or one of the outcomes
	states []dstate
	byKey  map[string]uint32
	fills  int // how often the states were forgotten

	prog    *syntax.Prog
	classes [256]uint8 // bytes that the program does not tell apart have the same class
	stride  uint32     // a power of two, more than there are classes
	samples []byte     // a byte of each class

	add    []uint32 // scratch: places to look at
	seen   []uint32 // by place: the last closure that held it
	serial uint32
}

// dstate is a state: places in the program, not followed further, and what stands before
// the next byte.
type dstate struct {
	pcs   []uint32
	begin bool // nothing
	word  bool // a letter, digit or underscore
}

// The outcomes of a transition; states are larger.
const (
	unknown  = iota // not computed yet
	matched         // the line matches
	lineOver        // it does not
	foreign         // it is not ASCII
	firstState
)

const (
	classEnd     = 0 // of the newline and the end
	classForeign = 1 // of bytes that are not ASCII
	maxStates    = 1 << 12
	maxFills     = 8 // then the program is thought to have too many states
)

// newDFA returns a dfa for an expression, nil when there is none.
func newDFA(expr string) *dfa {
	a := compiled(expr)
	if a == nil {
		return nil
	}
	d := &dfa{*a}
	d.forget()
	return d
}

// compiled returns the automaton of an expression, without states; nil when it is too large.
func compiled(expr string) *automaton {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil || len(prog.Inst) > 2000 {
		return nil
	}
	a := &automaton{prog: prog, seen: make([]uint32, len(prog.Inst))}
	a.classify()
	return a
}

// classify finds the classes of bytes.
func (d *automaton) classify() {
	signatures := make(map[string]uint8)
	d.samples = []byte{'\n', 0x80}
	for c := range 128 {
		if c == '\n' {
			continue
		}
		var sig []byte
		for i := range d.prog.Inst {
			in := &d.prog.Inst[i]
			switch in.Op {
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
				sig = append(sig, flag(matchesRune(in, rune(c))))
			}
		}
		sig = append(sig, flag(syntax.IsWordChar(rune(c))))
		class, ok := signatures[string(sig)]
		if !ok {
			class = uint8(len(d.samples))
			signatures[string(sig)] = class
			d.samples = append(d.samples, byte(c))
		}
		d.classes[c] = class
	}
	for c := 128; c < 256; c++ {
		d.classes[c] = classForeign
	}
	d.classes['\n'] = classEnd
	for d.stride = firstState; int(d.stride) < len(d.samples); {
		d.stride *= 2
	}
}

func matchesRune(in *syntax.Inst, r rune) bool {
	switch in.Op {
	case syntax.InstRuneAny:
		return true
	case syntax.InstRuneAnyNotNL:
		return r != '\n'
	}
	return in.MatchRune(r)
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// forget makes the dfa as it was at first: with the state at the beginning of a line.
func (d *dfa) forget() { d.begin(dstate{pcs: d.firsts(), begin: true}) }

// start is the state at the beginning of a line.
func (d *dfa) start() uint32 { return d.stride }

// firsts are the places in the program where a match begins.
func (d *automaton) firsts() []uint32 { return []uint32{uint32(d.prog.Start)} }

// begin makes the automaton have these states and no others; the first has the number stride, the second twice that, and so
// on.
func (d *automaton) begin(states ...dstate) {
	d.trans = make([]uint32, d.stride, 64*d.stride)
	d.states = make([]dstate, 1, 64) // none for the outcomes
	d.byKey = make(map[string]uint32)
	for _, s := range states {
		d.state(s)
	}
}

// state returns the number of a state, which is where its transitions begin.
func (d *automaton) state(s dstate) uint32 {
	key := make([]byte, 0, 2*len(s.pcs)+1)
	key = append(key, flag(s.begin)<<1|flag(s.word))
	for _, pc := range s.pcs {
		key = append(key, byte(pc), byte(pc>>8))
	}
	if id, ok := d.byKey[string(key)]; ok {
		return id
	}
	id := uint32(len(d.states)) * d.stride
	d.byKey[string(key)] = id
	d.states = append(d.states, s)
	d.trans = append(d.trans, make([]uint32, d.stride)...)
	return id
}

// step computes the transition of the state for a class. The states may be forgotten then.
func (d *dfa) step(id uint32, class uint8) uint32 {
	if class == classForeign {
		d.trans[id+uint32(class)] = foreign
		return foreign
	}
	s := d.states[id/d.stride]
	c := rune(d.samples[class])
	if class == classEnd {
		c = -1
	}
	word := c >= 0 && syntax.IsWordChar(c)
	next := dstate{word: word}
	if d.follow(&s, c, word, &next) {
		d.trans[id+uint32(class)] = matched
		return matched
	}
	if class == classEnd {
		d.trans[id+uint32(class)] = lineOver
		return lineOver
	}
	next.pcs = append(next.pcs, uint32(d.prog.Start)) // a match may begin at any place
	slices.Sort(next.pcs)
	next.pcs = slices.Compact(next.pcs)
	if len(d.states) >= maxStates {
		d.forget()
		d.fills++
		return d.state(next)
	}
	to := d.state(next)
	d.trans[id+uint32(class)] = to
	return to
}

// follow goes on from all places of s, of which next gets those behind the character c, in the order in which the
// program prefers them; -1 is the end of the line. It reports whether a match ends before c: then next has
// only what is preferred to that.
func (d *automaton) follow(s *dstate, c rune, word bool, next *dstate) bool {
	var holds syntax.EmptyOp
	if s.begin {
		holds |= syntax.EmptyBeginLine | syntax.EmptyBeginText
	}
	if c < 0 {
		holds |= syntax.EmptyEndLine | syntax.EmptyEndText
	}
	if s.word != word {
		holds |= syntax.EmptyWordBoundary
	} else {
		holds |= syntax.EmptyNoWordBoundary
	}
	d.serial++
	d.add = d.add[:0]
	for i := len(s.pcs) - 1; i >= 0; i-- {
		d.add = append(d.add, s.pcs[i])
	}
	for len(d.add) > 0 {
		pc := d.add[len(d.add)-1]
		d.add = d.add[:len(d.add)-1]
		if d.seen[pc] == d.serial {
			continue
		}
		d.seen[pc] = d.serial
		in := &d.prog.Inst[pc]
		switch in.Op {
		case syntax.InstMatch:
			return true
		case syntax.InstAlt, syntax.InstAltMatch:
			d.add = append(d.add, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			d.add = append(d.add, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^holds == 0 {
				d.add = append(d.add, in.Out)
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if c >= 0 && matchesRune(in, c) {
				next.pcs = append(next.pcs, in.Out)
			}
		}
	}
	return false
}

// exhausted reports whether the states were forgotten so often that it is of no use.
func (d *dfa) exhausted() bool { return d.fills >= maxFills }

// run reads text from the place i, the beginning of a line, on. It returns the outcome of
// the first line that is not lineOver, and a place in that line; lineOver at the end.
func (d *dfa) run(text []byte, i int) (outcome uint32, at int) {
	s := d.start()
	stride := d.stride
	for {
		trans, classes := d.trans, &d.classes
		for s >= stride && i < len(text) {
			before := s
			c := classes[text[i]]
			if s = trans[s+uint32(c)]; s == unknown {
				if s = d.step(before, c); s >= stride {
					trans = d.trans
				}
			}
			i++
		}
		switch {
		case s == lineOver:
			s = d.start()
			if i == len(text) {
				return lineOver, i
			}
		case s < stride:
			return s, i - 1
		case i > 0 && text[i-1] == '\n': // the text ends with a line
			return lineOver, i
		default: // the last line has no newline
			if s = d.end(s); s != lineOver {
				return s, i
			}
			return lineOver, i
		}
	}
}

// end returns the outcome of a line that ends in the state s.
func (d *dfa) end(s uint32) uint32 {
	if o := d.trans[s+classEnd]; o != unknown {
		return o
	}
	return d.step(s, classEnd)
}

// match reports whether a line, which holds no newline, matches; ok is false when it does
// not know.
func (d *dfa) match(line []byte) (yes, ok bool) {
	if len(line) == 0 {
		return d.end(d.start()) == matched, true
	}
	o, _ := d.run(line, 0)
	return o == matched, o != foreign
}

// lineAround returns where the line begins and ends that the place at is in.
func lineAround(text []byte, at int) (start, end int) {
	start = bytes.LastIndexByte(text[:at], '\n') + 1
	return start, lineEnd(text, at)
}
