package records

import "mtpipe/pipeline"

// InParts says that each record finds its partners by itself; those of FILE without one are known at the end only.
func (a *joinArgs) InParts() pipeline.InParts {
	if a.Right {
		return pipeline.InOne
	}
	return pipeline.Apart
}
