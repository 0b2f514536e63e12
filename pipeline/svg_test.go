package pipeline_test

import (
	"encoding/xml"
	"errors"
	"io"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// drawn is a rectangle of a picture, with the title of its stage.
type drawn struct {
	class, title        string
	x, y, width, height int
}

func (a drawn) holds(b drawn) bool {
	return a.x <= b.x && a.y <= b.y && b.x+b.width <= a.x+a.width && b.y+b.height <= a.y+a.height
}

func (a drawn) meets(b drawn) bool {
	return a.x < b.x+b.width && b.x < a.x+a.width && a.y < b.y+b.height && b.y < a.y+a.height
}

// TestSVG draws plans: each stage has a box with its text, boxes and frames hold each other or do not meet,
// and all are on the paper.
func TestSVG(t *testing.T) {
	for src, want := range map[string][]string{
		`range 9 | filter "it < 5" | map "it * 2"`:                                             {"range 9", "filter it<5|filter 'it < 5'", ""},
		`range 9 | tee { count } { sort | head 2; take_from "<&>" } | write x`:                 {"count", "take_from '<&>'", "write x"},
		`lines a | pmap { exec echo $it | tee { count } { pmap { upper } } } | sort | uniq -c`: {"upper", ""},
		`def f x { range $x | count }; f 3; concat { f 4 } { f 5 }`:                            {"range $x", "concat { f 4 } { f 5 }"},
		`take_from "` + strings.Repeat("long ", 40) + `" | upper`:                              {"upper"},
	} {
		plan, err := pipeline.Compile(src, "", pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{Jobs: runtime.NumCPU()})
		if err != nil {
			t.Fatal(err)
		}
		picture := plan.SVG()
		list, err := readSVG(picture)
		if err != nil {
			t.Fatalf("%s: %v\n%s", src, err, picture)
		}
		for _, w := range want {
			words := strings.Split(w, "|")
			if w != "" && !slices.ContainsFunc(list, func(d drawn) bool { return slices.Contains(words, d.title) }) {
				t.Errorf("%s: got no box %q in %v", src, w, list)
			}
		}
		paper := list[0]
		for i, a := range list {
			if !paper.holds(a) {
				t.Errorf("%s: %+v is not on the paper %+v", src, a, paper)
			}
			for _, b := range list[i+1:] {
				if a.meets(b) && !(a.class != "box" && a.holds(b)) && !(b.class != "box" && b.holds(a)) {
					t.Errorf("%s: %+v meets %+v", src, a, b)
				}
			}
		}
	}
}

// readSVG returns the rectangles of a picture.
func readSVG(picture string) (list []drawn, err error) {
	d := xml.NewDecoder(strings.NewReader(picture))
	title := false
	last := ""
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			title = token.Name.Local == "title"
			if token.Name.Local == "rect" {
				list = append(list, rectangle(token, last))
				last = ""
			}
		case xml.CharData:
			if title {
				last += string(token)
			}
		case xml.EndElement:
			title = false
		}
	}
}

func rectangle(e xml.StartElement, title string) drawn {
	d := drawn{title: title}
	for _, a := range e.Attr {
		n, _ := strconv.Atoi(a.Value)
		switch a.Name.Local {
		case "class":
			d.class = a.Value
		case "x":
			d.x = n
		case "y":
			d.y = n
		case "width":
			d.width = n
		case "height":
			d.height = n
		}
	}
	return d
}
