package input

import "testing"

func TestFormat(t *testing.T) {
	for _, row := range []struct{ name, want string }{
		{"a.csv", "csv"}, {"a.tsv", "tsv"}, {"a.json", "json"}, {"a.jsonl", "jsonl"}, {"a.ndjson", "jsonl"}, {"a.logfmt", "logfmt"}, {"a.xtab", "xtab"}, {"a.dkvp", "dkvp"}, {"a.nidx", "nidx"}, {"a.md", "text"},
		{"a.csv.gz", "csv"}, {"a.ndjson.zst", "jsonl"}, {"a.json.bz2", "json"}, {"a.csv.gz.gz", "csv"}, {"dir.csv/a", "text"}, {"a.gz", "text"}, {"csv", "text"}, {"a.CSV", "csv"}, {"A.JSONL.GZ", "jsonl"}, {"a.csv.xz", "csv"}, {"a.Tsv.Zst", "tsv"}, {"a.csv.txt", "text"}, {"", "text"}, {"-", "text"}, {".csv", "csv"},
	} {
		if got := Format(row.name).Name; got != row.want {
			t.Errorf("%q: got %s, want %s", row.name, got, row.want)
		}
		if got, want := TellsFormat(row.name), row.want != "text"; got != want {
			t.Errorf("%q: got %t from TellsFormat, want %t", row.name, got, want)
		}
	}
}
