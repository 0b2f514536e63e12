package pipeline

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mtpipe/pipeline/syntax"
)

// Sandbox is what the text of a pipeline may reach that comes from a stranger: its input and its
// output, standard input, the messages, and these files. Every stage is refused that does not say
// of itself that it is safe; of those that do, each argument that reaches further.
type Sandbox struct {
	Files []string // that the text may name, as they are spelled here; the Files of Settings are read besides
}

// The limits that a run in a sandbox has where its settings have none. Each limit of Settings
// that bounds what a text can take from the machine has a place in limits.
const (
	SandboxMemory  = 256 << 20       // bytes that its stages may keep
	SandboxTimeout = 5 * time.Minute // that it may take
)

// limits returns the settings of a run in the sandbox.
func (s *Sandbox) limits(settings Settings) Settings {
	if s == nil {
		return settings
	}
	if settings.MaxMemory == 0 {
		settings.MaxMemory = min(budget(0), SandboxMemory)
	}
	if settings.Timeout == 0 {
		settings.Timeout = SandboxTimeout
	}
	return settings
}

// Reaching is implemented by the arguments of a safe stage whose reach can be told only from
// all of them: Reaches returns what a sandbox says to that, or nil.
type Reaching interface{ Reaches() error }

// What the tag reach says of an argument or option.
const (
	reads  = "reads"  // it is the name of a file that is read
	writes = "writes" // it is the name of a file that is written
)

// allowStage returns the error of a stage that a sandbox does not allow.
func (b *binder) allowStage(s *Stage, pos syntax.Pos) error {
	if b.scope.Sandbox == nil || s.Safe {
		return nil
	}
	return b.errorAt(pos, s.Name, "is not allowed in a sandbox")
}

// allowArg returns the error of an argument that reaches further than a sandbox allows.
func (a *argBinder) allowArg(arg lateArg, text string) error {
	box := a.scope.Sandbox
	if box == nil {
		return nil
	}
	switch {
	case arg.param.reach == writes:
		return errors.New("is not allowed in a sandbox: it writes a file")
	case arg.param.reach != reads || text == "-":
		return nil
	case arg.item.level > 0:
		return errors.New("is not allowed in a sandbox: which file it is depends on the data")
	case !slices.Contains(box.Files, text):
		return fmt.Errorf("%s is not allowed in a sandbox: only standard input and the files of the command line are read", syntax.Quote(text))
	}
	return nil
}

// allowAll returns the error of arguments that reach further together.
func (a *argBinder) allowAll(args any) error {
	if r, ok := args.(Reaching); ok && a.scope.Sandbox != nil {
		if err := r.Reaches(); err != nil {
			return a.errorAt(a.placeOf(err), a.stage.Name, "%v", err)
		}
	}
	return nil
}
