package pipeline

import "strings"

var escapes = strings.NewReplacer(`\\`, "\\", `\t`, "\t", `\n`, "\n", `\r`, "\r", `\0`, "\x00")

// Unescape reads \t, \n, \r, \0 and \\ in an argument such as a delimiter.
func Unescape(s string) string { return escapes.Replace(s) }
