package watching

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A picture in SVG is laid out in the columns and rows that the text has.
const (
	columnPixels = 8
	rowPixels    = 20
)

// curveColors tell lines apart on light and dark grounds.
var curveColors = [...]string{"#2a78d6", "#d9622b", "#1d9a6c", "#a04fc4", "#b8860b", "#c23b62", "#5f7f1f", "#6b6b6b"}

// svg writes a picture.
type svg struct{ body strings.Builder }

// text writes s at x and y; anchor is start, middle or end.
func (s *svg) text(x, y float64, anchor, text string) {
	fmt.Fprintf(&s.body, "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>\n", pixels(x), pixels(y), anchor, escaped(text))
}

// rect writes a bar.
func (s *svg) rect(x, y, width, height float64) {
	fmt.Fprintf(&s.body, "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\"/>\n", pixels(x), pixels(y), pixels(width), pixels(height), curveColors[0])
}

// whole returns the picture.
func (s *svg) whole(width, height int) string {
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" xml:space=\"preserve\" font-family=\"monospace\" font-size=\"13\" fill=\"#777\">\n%s</svg>",
		width, height, width, height, s.body.String())
}

func pixels(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

// escaped returns text as XML has it, with the letters that it may not have left out.
func escaped(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == 0xfffe || r == 0xffff {
			return -1
		}
		return r
	}, visible(text))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}

// barsSVG draws bars as drawn does.
func barsSVG(bars []bar, width int) string {
	labels, numbers := 0, 0
	low, high := 0.0, 0.0
	for _, b := range bars {
		labels = max(labels, letters.StringWidth(b.label))
		numbers = max(numbers, letters.StringWidth(b.number))
		low, high = min(low, b.size), max(high, b.size)
	}
	labels = min(labels, width/2)
	right := labels + numbers + 3 // the column in which bars begin
	room := float64(max(width-right-1, 4) * columnPixels)
	from := float64(right * columnPixels)
	zero := share(0, low, high) * room
	if low == high {
		zero = 0
	}
	var s svg
	for i, b := range bars {
		y := float64(i*rowPixels) + 15
		if b.label != "" {
			s.text(columnPixels, y, "start", letters.Truncate(b.label, labels, "…"))
		}
		if b.number != "" {
			s.text(from-columnPixels, y, "end", b.number)
		}
		if b.size != 0 {
			end := share(b.size, low, high) * room
			s.rect(from+min(zero, end), y-11, max(zero-end, end-zero, 0.5), 14)
		}
	}
	return s.whole(max(width, right+5)*columnPixels, len(bars)*rowPixels+4)
}

// svg draws the lines, in rows that are as high as those of bars.
func (c *curves) svg(columns int) (string, error) {
	var s svg
	x, y, ok := c.spans()
	width, rows := columns*columnPixels, c.a.rows()
	switch {
	case len(c.all) > len(curveLetters):
		return "", errCurves
	case !ok:
		return s.whole(width, 4), nil
	}
	f := s.frame(x, y, width, rows, c.timed)
	for n, one := range c.all {
		s.curve(one, curveColors[n%len(curveColors)], func(i int) (float64, float64) {
			return f.left + x.of(one.xs[i])*f.room, frameTop + (1-y.of(one.ys[i]))*f.tall
		})
	}
	bottom := f.bottom()
	if len(c.all) > 1 {
		for n, one := range c.all {
			at := float64(bottom + n*rowPixels)
			fmt.Fprintf(&s.body, "<rect x=\"%s\" y=\"%s\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", pixels(f.left), pixels(at), curveColors[n%len(curveColors)])
			s.text(f.left+20, at+11, "start", one.name)
		}
		bottom += len(c.all) * rowPixels
	}
	return s.whole(int(max(float64(width), f.left+f.room)), bottom), nil
}

// frame is where the inside of a picture with two axes is.
type frame struct{ left, room, tall float64 }

const frameTop = 12

// bottom returns where what stands below the axes begins.
func (f frame) bottom() int { return frameTop + int(f.tall) + rowPixels + 8 }

// frame writes the axes of a picture of that width, in rows that are as high as those of bars.
func (s *svg) frame(x, y span, width, rows int, timed bool) frame {
	labels := yLabels(y, rows)
	left := float64((letters.StringWidth(labels[0]) + 2) * columnPixels)
	f := frame{left, max(float64(width)-left-columnPixels, 4*columnPixels), float64((rows - 1) * rowPixels)}
	for i, label := range labels {
		if label = strings.TrimSpace(label); label != "" {
			at := frameTop + float64(i)*f.tall/float64(rows-1)
			s.text(left-columnPixels, at+4, "end", label)
		}
	}
	fmt.Fprintf(&s.body, "<path d=\"M%s %dV%sH%s\" fill=\"none\" stroke=\"#777\"/>\n", pixels(left), frameTop, pixels(frameTop+f.tall), pixels(left+f.room))
	s.across(x, left, f.room, frameTop+f.tall+rowPixels, timed)
	return f
}

// across writes the numbers or times of the x axis.
func (s *svg) across(x span, left, room, y float64, timed bool) {
	if x.low == x.high {
		s.text(left+room/2, y, "middle", x.text(0, 2, timed))
		return
	}
	s.text(left, y, "start", x.text(0, 2, timed))
	s.text(left+room/2, y, "middle", x.text(1, 2, timed))
	s.text(left+room, y, "end", x.text(2, 2, timed))
}

// curve writes the lines of one, each up to a gap; a point alone is a dot, by its round ends.
func (s *svg) curve(one *curve, color string, at func(i int) (x, y float64)) {
	var path strings.Builder
	gap := true
	for i, y := range one.ys {
		if math.IsNaN(y) {
			gap = true
			continue
		}
		px, py := at(i)
		if gap {
			fmt.Fprintf(&path, "M%s %s", pixels(px), pixels(py))
		}
		fmt.Fprintf(&path, "L%s %s", pixels(px), pixels(py))
		gap = false
	}
	if path.Len() > 0 {
		fmt.Fprintf(&s.body, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-linecap=\"round\"/>\n", path.String(), color)
	}
}
