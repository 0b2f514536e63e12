package processes

import "testing"

// TestForShell wants a program alone to take the shell's place, and nothing else.
func TestForShell(t *testing.T) {
	isProgram := func(name string) bool { return name != "missing" }
	for text, replaces := range map[string]bool{
		"sleep 777": true, "  sort -k2,2n -t: ": true, "/usr/bin/env a=b": true, `grep 'a|b; $c'`: true, `grep "a b" x.txt`: true, "sort": true,
		"a\tb": true, "tr 'a' '\\n'": true,
		"": false, " ": false, "missing 1": false, "sleep 1; sleep 2": false, "sleep 1 &": false, "sleep 1 && x": false, "a | b": false,
		"sleep $n": false, `grep "$x"`: false, "grep `x`": false, `grep "a\b"`: false, `a\ b`: false, "A=1 env": false, "cat <x": false,
		"cat >x": false, "ls *": false, "ls a?": false, "ls [ab]": false, "ls ~": false, "ls #x": false, "(ls)": false, "{ ls": false, "! ls": false,
		"cd /": false, "echo a": false, "printf a": false, "test 1": false, "[ 1 ]": false, "exec sleep 1": false, "if x": false, "while x": false,
		"time ls": false, ". x": false, ": x": false, "-x": false, "'ls' a": false, "ls 'a": false, "ls\nls": false, "exit 3": false,
	} {
		want := text
		if replaces {
			want = "exec " + text
		}
		if got := forShell(text, isProgram); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
	t.Setenv("BASH_FUNC_sort%%", "() { x; }")
	if got := forShell("sort", isProgram); got != "sort" {
		t.Errorf("of a function: got %q", got)
	}
}
