package network_test

import (
	"strings"
	"testing"

	"mtpipe/pipeline"
	"mtpipe/stages"
)

// TestByteSize wants the sizes that --max-line takes.
func TestByteSize(t *testing.T) {
	for text, good := range map[string]bool{
		"1": true, "100": true, "64K": true, "64k": true, "64KB": true, "64KiB": true, "10MB": true, "2G": true, "1T": true, "1.5M": true, "0.5K": true, "7B": true, "1e3": true,
		"": false, "0": false, "-1": false, "0.5": false, "K": false, "1KK": false, "1X": false, "K1": false, "one": false, "NaN": false, "Inf": false, "1e30": false, "9999999T": false, "1 K": false,
	} {
		_, err := pipeline.Compile("tcp_listen localhost:0 --max-line '"+text+"' { lines }", "",
			pipeline.Scope{Registry: pipeline.NewRegistry(stages.All()...)}, pipeline.Settings{})
		if good != (err == nil) || err != nil && !strings.Contains(err.Error(), "--max-line must be ") {
			t.Errorf("%q: got %v, want it taken %t", text, err, good)
		}
	}
}
