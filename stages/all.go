// Package stages lists the families of built-in stages. Each is a folder below, in which a
// stage is one declaration. A body reads its input with range, puts with Put and returns
// errors as they are; it never closes its ends and never asks whether the reader is still
// there. Where speed asks for it a body works on whole batches, and the plain way beside it
// gives the same.
package stages

import (
	"mtpipe/internal/layer"
	"mtpipe/pipeline"
	"mtpipe/stages/concurrency"
	"mtpipe/stages/delegation"
	"mtpipe/stages/network"
	"mtpipe/stages/numbers"
	"mtpipe/stages/order"
	"mtpipe/stages/processes"
	"mtpipe/stages/readers"
	"mtpipe/stages/records"
	"mtpipe/stages/rows"
	"mtpipe/stages/sinks"
	"mtpipe/stages/streams"
	"mtpipe/stages/tables"
	"mtpipe/stages/text"
	"mtpipe/stages/timing"
	"mtpipe/stages/totals"
	"mtpipe/stages/watching"
)

// For a pipeline.Scope without a registry.
var _ = layer.Offer("stages", layer.Functions{"All": All})

// All returns the families in the order in which help lists them.
func All() []pipeline.Family {
	return withForeignOptions([]pipeline.Family{
		numbers.Family(),
		delegation.Family(),
		readers.Family(),
		timing.Family(),
		processes.Family(),
		rows.Family(),
		text.Family(),
		records.Family(),
		tables.Family(),
		totals.Family(),
		order.Family(),
		streams.Family(),
		network.Family(),
		concurrency.Family(),
		watching.Family(),
		sinks.Family(),
		{Answers: foreignNames()},
	})
}
