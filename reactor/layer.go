package reactor

import "mtpipe/internal/layer"

// What packages pipe and microthread have of a reactor, and nobody else.
var _ = layer.Offer("reactor", layer.Functions{
	"begin":     (*Reactor).begin,
	"start":     (*Deferred).start,
	"awaitTurn": (*Deferred).awaitTurn,
	"enqueue":   (*Deferred).enqueue,
	"nextReady": (*Reactor).nextReady,
	"takeReady": (*Reactor).takeReady,
	"giveWay":   (*Reactor).giveWay,
	"share":     (*Reactor).share,
	"charge":    (*Deferred).charge,
	"who":       (*Deferred).who,
	"what":      (*Deferred).what,
	"timer":     (*Deferred).untilTimer,
	"tap":       (*Reactor).theTap,
	"guard":     (*Reactor).guard,
	"failures":  (*Reactor).tellFailures,
	"calls":     (*Reactor).theCalls,
	"format":    format,
})
