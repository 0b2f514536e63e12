package syntax

import "strings"

// refusals are the redirections of shells that there are not here, each before those that it begins with, and what is
// written instead.
var refusals = []struct{ op, instead string }{
	{"<<<", "; take_from TEXT | … puts a text"},
	{"<<", "; take_from LINE… | … puts lines that stand in the pipeline"},
	{"<(", "; a list of pipelines in braces gives its values to concat, zip or merge_sorted; a comparison is quoted"},
	{"<>", "; < reads a file, > writes one"},
	{"<&", "; a file's name that begins with & is quoted"},
	{">>(", "; tee { … } { … } gives the values to several pipelines"},
	{">(", "; tee { … } { … } gives the values to several pipelines; a comparison is quoted"},
	{">>&", "; messages are the shell's to redirect: mtpipe '…' 2>>FILE; a file's name that begins with & is quoted"},
	{">&", "; messages are the shell's to redirect: mtpipe '…' 2>FILE; a file's name that begins with & is quoted"},
	{">>|", "; >> adds to the file"},
	{">|", "; > replaces a file that is there already"},
}

// joinedRedirect returns what is wrong with the word when op, < or >, follows it at once: in shells 2> and &> are
// redirections of their own.
func joinedRedirect(w *Word, op string) (Pos, string) {
	if len(w.Parts) == 0 || w.Parts[len(w.Parts)-1].Quoted || w.Parts[len(w.Parts)-1].Kind != Literal {
		return Pos{}, ""
	}
	if strings.HasSuffix(w.Raw, "&") {
		pos := w.End
		pos.Offset--
		pos.Col--
		return pos, "there is no &" + op + "; " + op + " FILE takes the results, and messages are the shell's to redirect: mtpipe '…' 2>FILE"
	}
	if w.Quoted() || strings.Trim(w.Raw, "0123456789") != "" {
		return Pos{}, ""
	}
	instead := "only the input and the results have redirections here"
	switch w.Raw + op {
	case "0<", "1>":
		instead = "write " + op + " FILE"
	case "2>":
		instead = "messages are the shell's to redirect: mtpipe '…' 2>FILE"
	}
	return w.Pos, "there is no " + w.Raw + op + "; " + instead + "; a number that is an argument stands apart: " + w.Raw + " " + op
}
