package cli

import (
	"cmp"
	"fmt"

	"mtpipe/pipeline"
)

// sandboxed puts the scope into a sandbox, when that is asked for: the text may name files, and
// knows of variables none but those of -D. The limits that a flag does not set are the sandbox's;
// those which this process keeps itself are set here.
func (a *app) sandboxed(scope *pipeline.Scope, files []string) error {
	if !a.sandbox {
		return nil
	}
	for _, f := range []struct{ flag, name string }{
		{"errors-to", a.errorsTo}, {"trace", a.seeing.trace.name}, {"cpuprofile", a.seeing.cpu.name}, {"memprofile", a.seeing.mem.name},
	} {
		if f.name != "" {
			return usageError{fmt.Errorf("--%s writes a file, which --sandbox does not allow", f.flag)}
		}
	}
	scope.Sandbox = &pipeline.Sandbox{Files: files}
	a.maxMemory = cmp.Or(a.maxMemory, size(pipeline.SandboxMemory))
	return nil
}
