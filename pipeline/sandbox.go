package pipeline

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"mtpipe/internal/input"
	"mtpipe/internal/object"
	"mtpipe/pipeline/syntax"
)

// Sandbox is what the text of a pipeline may reach that comes from a stranger: its input and its
// output, standard input, the messages, and these files. Every stage is refused that does not say
// of itself that it is safe; of those that do, each argument that reaches further.
type Sandbox struct {
	Files []string // that the text may name, as they are spelled here; the Files of Settings are read besides

	// Preview says that the text is its user's own, and is tried before it is meant. In the place of
	// Files it may name regular files that hold something, and directories; all stages may run that
	// have no effect.
	Preview bool
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
	box := b.scope.Sandbox
	switch {
	case box == nil || s.Safe || box.Preview && s.Trait&Effect == 0:
		return nil
	case box.Preview:
		return b.errorAt(pos, s.Name, "has an effect")
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
	case arg.param.reach == reads && object.Is(text):
		return fmt.Errorf("%s is not allowed in a sandbox: it is an object on the network", syntax.Quote(text))
	case arg.param.reach == writes && box.Preview:
		return errors.New("writes a file")
	case box.Preview && arg.param.takes() == TakesFile:
		if arg.item.level > 0 {
			return errors.New("names a file that depends on the data")
		}
		return previewed(text)
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

// previewed returns the error of a file that a preview does not read: reading what is no regular
// file may wait, or take away what it gives, and so may one of the system's that have no size. One that
// is not there is nothing to a preview either; the run says so.
func previewed(name string) error {
	if name == "-" {
		return nil
	}
	files, err := input.Matches(name)
	if err != nil {
		return nil
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err == nil && !info.IsDir() && !(info.Mode().IsRegular() && info.Size() > 0) {
			return fmt.Errorf("%s is no regular file that holds something", syntax.Quote(f))
		}
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
