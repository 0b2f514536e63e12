package pipe

import (
	"mtpipe/internal/layer"
	"mtpipe/reactor"
	"mtpipe/value"
)

// What package reactor has for the layers above it.
var (
	charge = layer.Take[func(*reactor.Deferred, int)]("reactor.charge")
	guard  = layer.Take[func(*reactor.Reactor, string, func())]("reactor.guard")
	share  = layer.Take[func(*reactor.Reactor, int) int]("reactor.share")
	tapOf  = layer.Take[func(*reactor.Reactor) *layer.Tap]("reactor.tap")
)

// What packages microthread and pipeline have of a pipe, and nobody else.
var _ = layer.Offer("pipe", layer.Functions{
	"slots":    (*Pipe).slots,
	"keepRest": (*Pipe).keepRest,
	"setMeter": (*Pipe).setMeter,
	"meter":    (*Pipe).meterOf,
})

// slots returns what the pipe's writer may fill.
func (p *Pipe) slots() *layer.Slots[value.Value] { return &p.room }
