// Package stages holds the built-in stages: their declarations and bodies, one family a
// file. A body reads its input with range, puts with Put and returns errors as they are; it
// never closes its ends and never asks whether the reader is still there. Where speed asks
// for it a body works on whole batches, and the plain way beside it gives the same.
package stages

import (
	"slices"

	"mtpipe/pipeline"
)

// All returns the built-in stages, family by family, in the order in which help lists them.
func All() []pipeline.Family {
	return []pipeline.Family{
		numbers(),
		delegation(),
		and(readers(), findStage(), envStage()),
		timing(),
		processes(),
		with(rows(), grepStage()),
		with(text(), fieldStage()),
		and(records(), slices.Concat(nestingStages(), fillStages(), []*pipeline.Stage{jqStage(), joinStage()}, toTextStages())...),
		with(totals(), append(topStages(), countStage(), countByStage())...),
		and(order(), mergeSortedStage()),
		streams(),
		network(),
		concurrency(),
		and(watching(), plotStage()),
		and(sinks(), splitByStage()),
	}
}

// with returns the family with stages that have files of their own before the others.
func with(f pipeline.Family, stages ...*pipeline.Stage) pipeline.Family {
	f.Stages = append(stages, f.Stages...)
	return f
}

// and returns the family with stages that have files of their own behind the others.
func and(f pipeline.Family, stages ...*pipeline.Stage) pipeline.Family {
	f.Stages = append(f.Stages, stages...)
	return f
}
