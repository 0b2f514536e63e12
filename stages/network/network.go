// Package network holds the family of stages that talk to other machines.
package network

import (
	"mtpipe/internal/input"
	"mtpipe/microthread/web"
	"mtpipe/pipeline"
)

// Family returns the stages in the order in which help lists them.
func Family() pipeline.Family {
	return pipeline.Family{Name: "network", Stages: append(httpStages(), socketStages()...)}
}

// connections is what the stages of a run share that talk to other machines.
type connections struct {
	web    *web.Transport
	blocks *input.Blocks // for what comes
}

type connectionsKey struct{}

func connectionsOf(j *pipeline.Job) *connections {
	return pipeline.Shared(j, connectionsKey{}, func() *connections {
		return &connections{web: web.NewTransport(), blocks: input.NewStreamBlocks(j.MaxLine())}
	})
}

// Close closes the connections that were kept.
func (c *connections) Close() error { return c.web.Close() }
