//go:build !linux

package processes

import (
	"os"

	"mtpipe/pipeline"
)

// starter starts programs. The system tells none of them that mtpipe was killed; what they read
// ends then.
type starter struct{}

func starterOf(*pipeline.Job) *starter { return nil }

func (*starter) start(path string, argv []string, attr *os.ProcAttr) (*os.Process, error) {
	return os.StartProcess(path, argv, attr)
}
