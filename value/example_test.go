package value_test

import (
	"fmt"

	"mtpipe/value"
)

// A value that was read as text compares and computes as a number where it looks like one, and
// keeps its spelling until somebody changes it. Whole numbers have no limit.
func ExampleValue() {
	read := value.TextOf("007")
	sum, err := value.Add(read, value.Int(1))
	fmt.Println(read, sum, err)

	large, err := value.Mul(value.Int(1<<62), value.Int(4))
	fmt.Println(large, err)

	_, err = value.Add(value.String("seven"), value.Int(1))
	fmt.Println(err)
	// Output:
	// 007 8 <nil>
	// 18446744073709551616 <nil>
	// "seven" is not a number
}

// A batch of lines is text as it was read: the rows are found when somebody asks for them.
func ExampleBatch() {
	text := []byte("pear\nfig\n\nplum")
	b := value.NewLines(value.NewBlock(text), text)
	fmt.Println(b.Len(), b.Unterminated())

	short := value.NewSpans(b) // rows of the same text, which nothing copies
	for s, row := range b.Rows() {
		if len(row) < 4 {
			short.AddSpan(int(s.Off), int(s.Len))
		}
	}
	b.Release() // the block lives on in short
	for v := range short.All() {
		fmt.Printf("%q\n", v.String())
	}
	short.Release()
	// Output:
	// 4 true
	// "fig"
	// ""
}

// Records of one shape share their names, in order.
func ExampleRecord() {
	shape := value.NewShape("name", "price")
	r := value.NewRecord(shape, value.String("pear"), value.TextOf("0.1000"))
	fmt.Println(value.Rec(r))
	price, ok := r.Get("price")
	fmt.Println(price, ok)
	_, ok = r.Get("prise")
	fmt.Println(ok)
	// Output:
	// {"name":"pear","price":0.1000}
	// 0.1000 true
	// false
}
