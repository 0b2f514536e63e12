package layer

// Tap is told what moves through the pipes of a reactor, while Took is set.
type Tap struct {
	// Took is called when the reader of a pipe has taken a batch of so many rows.
	Took func(pipe any, rows int)
}
