package input

import "mtpipe/value"

// NewRewritten returns blocks for text that is made of blocks of the input: they have room for
// text that grows a little.
func NewRewritten() *value.BlockPool { return value.NewBlockPool(BlockSize + BlockSize/4) }
