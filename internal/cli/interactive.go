package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mtpipe/internal/complete"
	"mtpipe/internal/repl"
	"mtpipe/internal/terminal"
	"mtpipe/pipeline"
)

// editorLook is for how long fields are looked for after the tab key in the editor.
const editorLook = 4 * lookLimit

// interactive has the user edit the pipeline in the first argument on the terminal, and prints the
// command that runs it.
func (a *app) interactive(cmd *cobra.Command, args []string) error {
	if a.script != "" {
		return usageError{errors.New("-I edits the pipeline of a command line, not a script")}
	}
	if os.Getenv("TERM") == "dumb" {
		return usageError{errors.New("-I needs a terminal whose cursor can be moved, and TERM is dumb")}
	}
	text, files := "", args
	if len(args) > 0 && !(a.registry.Stage(args[0]) == nil && isFile(args[0])) {
		text, files = args[0], args[1:]
	}
	o := repl.Options{Text: text, Scope: pipeline.Scope{Registry: a.registry}, History: historyFile(), Colours: a.colours(a.stdout, false),
		Settings: pipeline.Settings{Files: files, In: a.in, Out: a.out, OnError: a.onError.choice}}
	if !terminal.Is(a.stdin) {
		o.Stdin = a.stdin
	}
	var err error
	if o.Scope.Lookup, err = a.variables(); err != nil {
		return err
	}
	if a.sandbox {
		o.Scope.Sandbox = &pipeline.Sandbox{Files: files}
	}
	engine := &complete.Engine{Registry: a.registry, Environ: os.Environ(), Limit: editorLook}
	o.Complete = func(before string, input []byte) complete.Answer {
		return engine.Pipeline(complete.Pipeline{Text: before, Files: files, In: a.in, Define: a.define, Input: input})
	}
	o.Help = func(name string) string {
		s := a.registry.Stage(name)
		if s == nil {
			return ""
		}
		var b strings.Builder
		w := bufio.NewWriter(&b)
		writeStageHelp(w, s)
		_ = w.Flush()
		return b.String()
	}
	text, err = repl.Run(o)
	switch {
	case errors.Is(err, repl.ErrLeft):
		return &pipeline.RunError{}
	case errors.As(err, new(*pipeline.SignalError)):
		return err
	case err != nil:
		return usageError{fmt.Errorf("-I %w", err)}
	}
	_, err = fmt.Fprintln(a.stdout, shellCommand(cmd, text, files))
	return err
}

// isFile reports whether name is that of a file: the user has given no pipeline then.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// shellCommand returns the command that runs the pipeline with the flags that were given, for a
// shell.
func shellCommand(cmd *cobra.Command, text string, files []string) string {
	words := []string{cmd.Name()}
	_ = cmd.Flags().ParseAll(os.Args[1:], func(f *pflag.Flag, value string) error {
		switch {
		case f.Name == "interactive":
		case f.NoOptDefVal != "" && value == f.NoOptDefVal:
			words = append(words, "--"+f.Name)
		default:
			words = append(words, shellWord("--"+f.Name+"="+value))
		}
		return nil
	})
	if strings.HasPrefix(text, "-") || strings.HasPrefix(strings.Join(files, "\n"), "-") || strings.Contains(strings.Join(files, "\n"), "\n-") {
		words = append(words, "--")
	}
	words = append(words, "'"+strings.ReplaceAll(text, "'", `'\''`)+"'")
	for _, f := range files {
		words = append(words, shellWord(f))
	}
	return strings.Join(words, " ")
}

// shellWord returns a word quoted for a shell where that is needed.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./=:,+@%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// historyFile returns the file that keeps what was entered, "" when there is no place for it.
func historyFile() string {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "mtpipe", "history")
}
