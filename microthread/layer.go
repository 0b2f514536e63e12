package microthread

import (
	"fmt"
	"time"

	"mtpipe/internal/layer"
	"mtpipe/pipe"
	"mtpipe/reactor"
	"mtpipe/value"
)

// What the lower layers have for this one.
var (
	beginStack = layer.Take[func(*reactor.Reactor, *reactor.Deferred, any, reactor.Stack)]("reactor.begin")
	startAt    = layer.Take[func(*reactor.Deferred, string, func(*reactor.Deferred) reactor.Outcome, func(reactor.Outcome))]("reactor.start")
	awaitTurn  = layer.Take[func(*reactor.Deferred)]("reactor.awaitTurn")
	enqueue    = layer.Take[func(*reactor.Deferred)]("reactor.enqueue")
	nextReady  = layer.Take[func(*reactor.Reactor) *reactor.Deferred]("reactor.nextReady")
	takeReady  = layer.Take[func(*reactor.Reactor)]("reactor.takeReady")
	giveWay    = layer.Take[func(*reactor.Reactor, *reactor.Deferred)]("reactor.giveWay")
	charge     = layer.Take[func(*reactor.Deferred, int)]("reactor.charge")
	whoIs      = layer.Take[func(*reactor.Deferred) string]("reactor.who")
	whatItDoes = layer.Take[func(*reactor.Deferred) string]("reactor.what")
	timerOf    = layer.Take[func(*reactor.Deferred) (time.Duration, bool)]("reactor.timer")
	tapOf      = layer.Take[func(*reactor.Reactor) *layer.Tap]("reactor.tap")
	guard      = layer.Take[func(*reactor.Reactor, string, func())]("reactor.guard")
	onFailure  = layer.Take[func(*reactor.Reactor, func(error))]("reactor.failures")
	callsOf    = layer.Take[func(*reactor.Reactor) (running, waiting, begun int, first *reactor.Deferred)]("reactor.calls")
	format     = layer.Take[func(f fmt.State, verb rune, text, shown, full string)]("reactor.format")
	slotsOf    = layer.Take[func(*pipe.Pipe) *layer.Slots[value.Value]]("pipe.slots")
)

// What package pipeline has of a thread, and nobody else.
var _ = layer.Offer("microthread", layer.Functions{"beyond": (*Thread).beyond, "giveTurn": (*Program).giveTurn})
