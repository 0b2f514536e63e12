package expression

import (
	"strings"

	"mtpipe/value"
)

// Function is what the documentation says of a function of the language.
type Function struct {
	Form    string // a call: trim(text, set?), in which ? stands behind what may be left out, and ... for more of the same
	Does    string // what it gives
	Example string // a call
	Result  string // what that gives, as JSON
}

// FunctionFamily is functions that work on the same things.
type FunctionFamily struct {
	Name      string
	Functions []Function
}

// Functions returns all functions of the language, by family.
func Functions() []FunctionFamily {
	var list []FunctionFamily
	for _, family := range families {
		docs := FunctionFamily{Name: family.name}
		for _, f := range family.functions {
			docs.Functions = append(docs.Functions, Function(f.entry))
		}
		list = append(list, docs)
	}
	asking := FunctionFamily{Name: "where a value comes from"}
	for _, f := range placeFunctions {
		asking.Functions = append(asking.Functions, Function(f.entry))
	}
	list = append(list, asking)
	loops := FunctionFamily{Name: "lists, with an expression for each element"}
	for _, l := range loopFunctions {
		loops.Functions = append(loops.Functions, Function(l.entry))
	}
	return append(list, loops)
}

// families are the functions whose arguments are values.
var families = []struct {
	name      string
	functions []function
}{
	{"text", textFunctions},
	{"paths of files", pathFunctions},
	{"text, by patterns", patternFunctions},
	{"numbers", numberFunctions},
	{"times", timeFunctions},
	{"for people and other programs", printingFunctions},
	{"lists and records", listFunctions},
	{"JSON, base64 and bits", foreignFunctions},
}

// entry is a Function; its form says also which name is called, and with how many arguments.
type entry Function

func (e *entry) name() string {
	name, _, _ := strings.Cut(e.Form, "(")
	return name
}

// arguments returns how many there may be. Most is -1 where there may be any number.
func (e *entry) arguments() (least, most int) {
	_, list, _ := strings.Cut(strings.TrimSuffix(e.Form, ")"), "(")
	if list == "" {
		return 0, 0
	}
	for name := range strings.SplitSeq(list, ", ") {
		switch {
		case name == "...":
			return least, -1
		case !strings.HasSuffix(name, "?"):
			least++
		}
		most++
	}
	return least, most
}

// named reports whether the form is that of the function with the name.
func (e *entry) named(name string) bool {
	return len(e.Form) > len(name) && e.Form[len(name)] == '(' && e.Form[:len(name)] == name
}

// function is a function of values that needs nothing of the expression around it.
type function struct {
	entry
	do func(args []value.Value) (value.Value, error)
}

// functionNamed returns the function with this name, nil if there is none.
func functionNamed(name string) *function {
	for _, family := range families {
		for i := range family.functions {
			if f := &family.functions[i]; f.named(name) {
				return f
			}
		}
	}
	return nil
}

func loopNamed(name string) *loopFunction {
	for i := range loopFunctions {
		if loopFunctions[i].named(name) {
			return &loopFunctions[i]
		}
	}
	return nil
}

// functionNames returns the names of all functions.
func functionNames() (names []string) {
	for _, family := range Functions() {
		for _, f := range family.Functions {
			names = append(names, (*entry)(&f).name())
		}
	}
	return names
}
