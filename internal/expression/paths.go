package expression

import (
	"strings"

	"mtpipe/value"
)

// pathFunctions take paths of files apart, with slashes between their parts, as the programs of the same names do.
var pathFunctions = []function{
	{entry{"basename(path, suffix?)", "the last part of the path, without the suffix", "basename(`/var/log/app.log`, `.log`)", `"app"`}, basename},
	{entry{"dirname(path)", "the path without its last part", "dirname(`/var/log/app.log`)", `"/var/log"`}, textToText(dirname)},
	{entry{"ext(path)", "what the last part ends with from its last dot on; nothing where that dot is its first", "ext(`src/app.tar.gz`)", `".gz"`}, textToText(ext)},
}

func basename(args []value.Value) (value.Value, error) {
	if err := wantText(args...); err != nil {
		return value.Null, err
	}
	name := lastPart(args[0].Str())
	if len(args) > 1 && name != args[1].Str() {
		name = strings.TrimSuffix(name, args[1].Str())
	}
	return sameText(args[0], name), nil
}

// lastPart returns what stands behind the last slash, slashes at the end apart.
func lastPart(path string) string {
	trimmed := strings.TrimRight(path, "/")
	if trimmed == "" && path != "" {
		return "/"
	}
	return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
}

func dirname(path string) string {
	trimmed := strings.TrimRight(path, "/")
	switch i := strings.LastIndexByte(trimmed, '/'); {
	case trimmed == "" && path != "":
		return "/"
	case i < 0:
		return "."
	default:
		if dir := strings.TrimRight(trimmed[:i], "/"); dir != "" {
			return dir
		}
		return "/"
	}
}

func ext(path string) string {
	name := lastPart(path)
	if i := strings.LastIndexByte(name, '.'); i > 0 && strings.Trim(name[:i], ".") != "" {
		return name[i:]
	}
	return ""
}
