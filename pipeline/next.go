package pipeline

import (
	"reflect"
	"slices"
	"strings"
)

// Takes is what kind of text an argument or an option takes.
type Takes uint8

// The kinds.
const (
	TakesNothing    Takes = iota // there is no such argument
	TakesText                    // any other
	TakesOneOf                   // one of Next.Values
	TakesFile                    // the name of a file
	TakesField                   // the name of a field, perhaps after NAME=
	TakesExpression              // an expression, perhaps after NAME=
	TakesTemplate                // text with expressions between braces
	TakesReader                  // the name of a format that is read
	TakesBlock                   // a block
)

// Caller is implemented by argument types whose expression may call functions that other
// expressions do not have: Calls returns their forms, such as sum(e).
type Caller interface{ Calls() []string }

// Next says what the next word of a call may be.
type Next struct {
	Takes   Takes    // what it is if it is no option
	Form    string   // how usage calls it
	Help    string   // what it is
	Values  []string // of TakesOneOf
	Calls   []string // functions of this expression only; see Caller
	Options []Option // that it may be; none where it is the value of one, or where options have ended

	PerValue bool // of TakesBlock: it is run for one value, which is $it in it
	OfErrors bool // of TakesBlock: it reads what goes wrong in another
}

// Option is an option as completion shows it.
type Option struct {
	Flags []string // with their dashes
	Help  string
	Value *Next // what it takes; nil for nothing
}

// CallWord is a word of a call, with its text as far as that is known, or a block.
type CallWord struct {
	Text   string
	Quoted bool // it is no option
	Block  bool
}

// Next returns what may stand after words in a call of the stage.
func (s *Stage) Next(words []CallWord) Next {
	_, n := s.after(words)
	return n
}

// NextBlock returns what a block is that stands after words in a call of the stage.
func (s *Stage) NextBlock(words []CallWord) Next {
	a, n := s.after(words)
	if p := a.open(true); p != nil {
		n = nextOf(p)
	}
	return n
}

// after returns what the words of a call have given, and what may come after them.
func (s *Stage) after(words []CallWord) (*argBinder, Next) {
	a := &argBinder{stage: s, given: make(map[*param]bool)}
	options, policy := true, false
	for i := 0; i < len(words); i++ {
		w := words[i]
		option := options && !w.Block && !w.Quoted
		switch {
		case option && w.Text == "--":
			options = false
			continue
		case option && (w.Text == "--"+policyOption || strings.HasPrefix(w.Text, "--"+policyOption+"=")):
			policy = true
			if !strings.Contains(w.Text, "=") {
				if i++; i == len(words) {
					return a, *policyFlag().Value
				}
			}
			continue
		case option && a.looksLikeOption(w.Text):
			if p := a.optionIn(w.Text); p != nil {
				if i++; i == len(words) {
					return a, nextOf(p)
				}
			}
			continue
		}
		p := a.open(w.Block)
		if p == nil {
			continue
		}
		for text := w.Text; !w.Block && p.continuer != nil && p.continuer.Continues(text); text += " " + words[i].Text {
			if i++; i == len(words) {
				return a, nextOf(p)
			}
		}
		a.given[p] = true
		options = options && !s.tags().verbatim
	}
	return a, a.next(options, policy)
}

// optionIn notes the option, or the letters, that a word is, and returns the one whose value is
// the next word; nil when there is none.
func (a *argBinder) optionIn(text string) *param {
	if name, long := strings.CutPrefix(text, "--"); long {
		name, _, has := strings.Cut(name, "=")
		p := a.find(name)
		a.given[p] = true
		if p == nil || has || p.kind.Kind() == reflect.Bool {
			return nil
		}
		return p
	}
	for i, letter := range text[1:] {
		p := a.find(string(letter))
		a.given[p] = true
		if p == nil || p.kind.Kind() != reflect.Bool {
			if p != nil && i+len(string(letter)) == len(text)-1 {
				return p
			}
			return nil
		}
	}
	return nil
}

// next returns what may come when the words before were given.
func (a *argBinder) next(options, policy bool) Next {
	var n Next
	p := a.open(false)
	if p == nil {
		p = a.open(true)
	}
	if p != nil {
		n = nextOf(p)
	}
	if !options {
		return n
	}
	for _, p := range a.stage.tags().opts {
		if a.given[p] && !p.rest {
			continue
		}
		o := Option{Flags: flagsOf(p), Help: p.help}
		if p.kind.Kind() != reflect.Bool {
			takes := nextOf(p)
			o.Value = &takes
		}
		n.Options = append(n.Options, o)
	}
	if !policy {
		n.Options = append(n.Options, policyFlag())
	}
	return n
}

// policyFlag is the option that every stage has.
func policyFlag() Option {
	return Option{Flags: []string{"--" + policyOption}, Help: "what a record that is wrong does in this stage",
		Value: &Next{Takes: TakesOneOf, Form: strings.Join(onErrorNames, "|"), Values: onErrorNames}}
}

func flagsOf(p *param) (flags []string) {
	form, _, _ := strings.Cut(p.flag(), " ")
	return strings.Split(form, "|")
}

// nextOf returns what the parameter takes.
func nextOf(p *param) Next {
	n := Next{Takes: p.takes(), Form: p.usage(), Help: p.help, Values: p.values, PerValue: p.perValue, OfErrors: p.ofErrors}
	n.Calls = p.calls()
	return n
}

// calls returns the forms of functions that only the parameter's expression may call.
func (p *param) calls() []string {
	if c, ok := reflect.New(p.element()).Interface().(Caller); ok {
		return c.Calls()
	}
	return nil
}

var (
	fileNames      = []string{"file", "path", "dir", "ca"}
	readerType     = reflect.TypeFor[FileFormat]()
	fieldNamerType = reflect.TypeFor[FieldNamer]()
	templateType   = reflect.TypeFor[Template]()
)

// takes returns the kind of text that the parameter takes.
func (p *param) takes() Takes {
	t := p.element()
	if t.Kind() == reflect.Pointer && t != subType {
		t = t.Elem()
	}
	pointer := reflect.PointerTo(t)
	switch {
	case t == subType:
		return TakesBlock
	case len(p.values) > 0:
		return TakesOneOf
	case p.reach != "" || slices.Contains(fileNames, p.names[0]):
		return TakesFile
	case t == readerType:
		return TakesReader
	case p.namesField:
		return TakesField
	case t == templateType:
		return TakesTemplate
	case !pointer.Implements(fieldNamerType):
		return TakesText
	case pointer.Implements(comparingType):
		return TakesExpression
	case !embeds(t, templateType):
		return TakesField
	}
	return TakesText
}

func embeds(t, inner reflect.Type) bool {
	return t.Kind() == reflect.Struct && slices.ContainsFunc(reflect.VisibleFields(t), func(f reflect.StructField) bool { return f.Anonymous && f.Type == inner })
}
