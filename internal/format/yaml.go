package format

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"mtpipe/value"
)

var yamlFormat = &Format{
	Name:       "yaml",
	Summary:    "YAML, one or more documents",
	Extensions: []string{".yaml", ".yml"},
	Any:        true,
	Read: &Reading{
		Stage: StageDoc{
			Name:  "yaml",
			Short: "Reads the documents of YAML, lists by their elements",
			Long: `A line that begins with --- begins a document, which is read as a whole, and put when the next
one begins. The elements of a list at the outermost level come one by one. Keys keep their order;
one that stands twice is an error. Numbers keep their digits where JSON has them too; those of
other bases become decimal, and what some read as octal (0755), dates, .inf and .nan are strings. Anchors, aliases and
merged keys (<<) are followed, as long as a document does not grow a hundredfold by them.
Names of files do not tell this format: -i yaml does.`,
		},
		Arguments: readBy(func(none) Cutter { return &documentCutter{d: yamlDocuments} }),
		Unnamed:   true,
	},
}

var yamlDocuments = &document{name: "yaml", begins: beginsYAML, read: readYAML}

// beginsYAML reports whether a line begins a document.
func beginsYAML(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("---"))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r')
}

// yamlPlace finds the line in the library's messages, which have no other place for it.
var yamlPlace = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// readYAML writes the values of a document.
func readYAML(w *documentWriter, text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		msg := err.Error()
		at := yamlPlace.FindStringSubmatch(msg)
		if at == nil {
			return errors.New(msg)
		}
		line, _ := strconv.Atoi(at[1])
		return &documentError{line, 0, errors.New(msg[len(at[0]):])}
	}
	if doc.Kind == 0 || len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" && len(doc.Content[0].Value) == 0 {
		return nil // comments only
	}
	y := yamlWriter{documentWriter: w, open: make(map[*yaml.Node]bool)}
	root := doc.Content[0]
	if root.Kind != yaml.SequenceNode {
		w.value(root.Line)
		return y.node(root)
	}
	for _, n := range root.Content {
		w.value(n.Line)
		if err := y.node(n); err != nil {
			return err
		}
	}
	return nil
}

// yamlWriter writes nodes as JSON.
type yamlWriter struct {
	*documentWriter
	open   map[*yaml.Node]bool // aliases that are being followed
	merges int                 // that were done
}

const maxMerges = 100_000

func placed(n *yaml.Node, format string, args ...any) error {
	return &documentError{n.Line, n.Column, fmt.Errorf(format, args...)}
}

func (y *yamlWriter) node(n *yaml.Node) (err error) {
	start := len(y.out)
	if err := y.check(); err != nil {
		return placed(n, "%w", err)
	}
	switch n.Kind {
	case yaml.AliasNode:
		if y.open[n.Alias] {
			return placed(n, "the alias %s is in what it stands for", value.TextOf(n.Value).Quote())
		}
		y.open[n.Alias] = true
		err = y.node(n.Alias)
		delete(y.open, n.Alias)
	case yaml.MappingNode:
		err = y.mapping(n)
	case yaml.SequenceNode:
		y.out = append(y.out, '[')
		for i, e := range n.Content {
			if i > 0 {
				y.out = append(y.out, ',')
			}
			if err = y.node(e); err != nil {
				break
			}
		}
		y.out = append(y.out, ']')
	default:
		err = y.scalar(n)
	}
	if err != nil {
		y.out = y.out[:start]
	}
	return err
}

// yamlField is a key with its value.
type yamlField struct {
	key  string
	node *yaml.Node
}

// mapping writes a record.
func (y *yamlWriter) mapping(n *yaml.Node) error {
	fields, err := y.fields(n, nil, make(map[string]bool))
	if err != nil {
		return err
	}
	y.out = append(y.out, '{')
	for i, f := range fields {
		if i > 0 {
			y.out = append(y.out, ',')
		}
		y.text(f.key)
		y.out = append(y.out, ':')
		if err := y.node(f.node); err != nil {
			return err
		}
	}
	y.out = append(y.out, '}')
	return nil
}

// fields adds the fields of a mapping, then those that are merged into it and that it lacks.
func (y *yamlWriter) fields(n *yaml.Node, fields []yamlField, seen map[string]bool) ([]yamlField, error) {
	var merged []*yaml.Node
	own := make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		switch {
		case k.ShortTag() == "!!merge":
			merged = append(merged, v)
			continue
		case k.Kind != yaml.ScalarNode:
			return nil, placed(n.Content[i], "a key is a list or a record, and cannot be the name of a field")
		case own[k.Value]:
			return nil, placed(n.Content[i], "the key %s stands twice", value.TextOf(k.Value).Quote())
		}
		own[k.Value] = true
		if !seen[k.Value] {
			seen[k.Value] = true
			fields = append(fields, yamlField{k.Value, v})
		}
	}
	for _, m := range merged {
		var err error
		if fields, err = y.merge(m, fields, seen); err != nil {
			return nil, err
		}
	}
	return fields, nil
}

// merge adds the fields of a mapping, or of those in a list.
func (y *yamlWriter) merge(n *yaml.Node, fields []yamlField, seen map[string]bool) (_ []yamlField, err error) {
	at := n
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if y.merges++; y.merges > maxMerges {
		return nil, placed(at, "the document merges more than %d times", maxMerges)
	}
	if y.open[n] {
		return nil, placed(at, "what is merged is in itself")
	}
	y.open[n] = true
	defer delete(y.open, n)
	switch n.Kind {
	case yaml.MappingNode:
		return y.fields(n, fields, seen)
	case yaml.SequenceNode:
		for _, e := range n.Content {
			if fields, err = y.merge(e, fields, seen); err != nil {
				return nil, err
			}
		}
		return fields, nil
	}
	return nil, placed(at, "only records can be merged")
}

// scalar writes a value without others in it.
func (y *yamlWriter) scalar(n *yaml.Node) error {
	switch n.ShortTag() {
	case "!!null":
		y.out = append(y.out, "null"...)
		return nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			break
		}
		y.out = strconv.AppendBool(y.out, b)
		return nil
	case "!!int", "!!float":
		if number, ok := yamlNumber(n); ok {
			y.out = append(y.out, number...)
			return nil
		}
	}
	y.text(n.Value)
	return nil
}

var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	oldOctal   = regexp.MustCompile(`^[-+]?0[0-9_]+$`)
)

// yamlNumber returns a number as JSON has it, as it is written if that may be.
func yamlNumber(n *yaml.Node) (string, bool) {
	if jsonNumber.MatchString(n.Value) {
		return n.Value, true
	}
	if oldOctal.MatchString(n.Value) {
		return "", false
	}
	if n.ShortTag() == "!!int" {
		var i int64
		var u uint64
		if n.Decode(&i) == nil {
			return strconv.FormatInt(i, 10), true
		}
		if n.Decode(&u) == nil {
			return strconv.FormatUint(u, 10), true
		}
		return "", false
	}
	var f float64
	if n.Decode(&f) != nil || f != f || f-f != 0 {
		return "", false
	}
	return string(value.AppendFloat(nil, f)), true
}
