package rows

import "mtpipe/pipeline"

// InParts says that the first of all are among the first of each part, and all but the last are not.
func (a *headArgs) InParts() pipeline.InParts {
	if _, ok := a.Limit(); !ok {
		return pipeline.InOne
	}
	return pipeline.Again
}

// InParts says that the last of all are among the last of each part.
func (a *tailArgs) InParts() pipeline.InParts {
	if a.count().sign == '+' {
		return pipeline.InOne
	}
	return pipeline.Again
}

// InParts says that of equal neighbours the first stays, however often that is done; they are counted in one place.
func (a *uniqArgs) InParts() pipeline.InParts {
	if a.Count || a.Repeated || a.Unique || a.All {
		return pipeline.InOne
	}
	return pipeline.Again
}

// InParts says that of equals the first one stays, however often that is done.
func (a *distinctArgs) InParts() pipeline.InParts { return pipeline.Again }
