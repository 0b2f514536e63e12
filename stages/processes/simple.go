package processes

import (
	"os"
	"strings"
)

// forShell returns what the shell runs for text. One command alone that is a program takes the
// shell's place, as some shells have it by themselves: then it gets what the shell would, the
// signal TERM when mtpipe is killed above all.
func forShell(text string, isProgram func(name string) bool) string {
	if name, ok := simpleCommand(text); ok && isProgram(name) {
		if _, hidden := os.LookupEnv("BASH_FUNC_" + name + "%%"); !hidden {
			return "exec " + text
		}
	}
	return text
}

// plainBytes are those that have no meaning for a shell, in any place of a word.
const plainBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:,+@%-="

// simpleCommand returns the name of the command when the text is words and nothing else: plain
// ones and quoted ones, in which the shell would not replace anything, the first of them the name
// of no builtin.
func simpleCommand(text string) (name string, ok bool) {
	text = strings.Trim(text, " \t")
	name, _, _ = strings.Cut(strings.ReplaceAll(text, "\t", " "), " ")
	if name == "" || name[0] == '-' || strings.ContainsAny(name, `='"`) || shellWords[name] {
		return "", false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || strings.IndexByte(plainBytes, c) >= 0:
		case c == '\'' || c == '"':
			n := strings.IndexByte(text[i+1:], c)
			if n < 0 || c == '"' && strings.ContainsAny(text[i+1:i+1+n], "$`\\!") {
				return "", false
			}
			i += n + 1
		default:
			return "", false
		}
	}
	return name, true
}

// shellWords are the builtins and the reserved words of shells, those of bash and ksh among them.
var shellWords = func() map[string]bool {
	words := make(map[string]bool)
	for w := range strings.FieldsSeq(`. : [ alias bg bind break builtin caller case cd chdir command compgen complete compopt continue coproc declare dirs
		disown do done echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in jobs kill let local
		logout mapfile newgrp popd print printf pushd pwd read readarray readonly return select set setvar shift shopt source suspend test then time times
		trap true type typeset ulimit umask unalias unset until wait whence while`) {
		words[w] = true
	}
	return words
}()
