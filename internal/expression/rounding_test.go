package expression

import (
	"testing"

	"mtpipe/value"
)

// TestRoundings wants numbers to be rounded as they are written.
func TestRoundings(t *testing.T) {
	for text, want := range map[string]string{
		"round(2.675, 2)": "2.68", "round(-2.675, 2)": "-2.68", "round(1e300, 2)": "1e+300", "round(1250, -2)": "1300", "round(-1250, -2)": "-1300",
		"round_even(2.675, 2)": "2.68", "round_even(2.665, 2)": "2.66", "round_even(1250, -2)": "1200", "round_even(3.5)": "4", "round_even(-2.5)": "-2",
		"ceil(2.01, 1)": "2.1", "ceil(-2.09, 1)": "-2", "floor(2.09, 1)": "2", "floor(-2.01, 1)": "-2.1", "floor(1999, -3)": "1000", "floor(-1, -3)": "-1000",
		"trunc(2.99)": "2", "trunc(-2.99, 1)": "-2.9", "round(7, 2)": "7", "round(123456789012345678901234, -3)": "123456789012345678901000", "round(null, 2)": "null",
		"int(`ff`, 16)": "255", "int(`-0xFF`, 16)": "-255", "int(`0b11`, 2)": "3", "int(`zz`, 36)": "1295", "int(`123456789012345678901234`, 10)": "123456789012345678901234", "int(11, 2)": "3",
		"to_base(-255, 16)": `"-ff"`, "to_base(`8`, 2)": `"1000"`, "to_base(int(`zz`, 36), 36)": `"zz"`,
		"int(`12`, 2)": "error: \"12\" is not a whole number to the base 2", "int(`1_0`, 10)": "error: \"1_0\" is not a whole number to the base 10", "int(`1`, 37)": "error: a base must be a whole number from 2 to 36, not 37",
		"to_base(1.5, 2)": "error: 1.5 is not a whole number", "round(1.5, `x`)": "error: how many digits must be a whole number from -400 to 400, not \"x\"",
		"elapsed(0)": `"0s"`, "elapsed(-90.5)": `"-1m30.5s"`, "elapsed(`P1DT2H`)": `"1d2h"`, "elapsed(duration(`36h`))": `"1d12h"`, "elapsed(`x`)": "error: \"x\" is not a duration",
		"iso_duration(86400)": `"P1D"`, "iso_duration(0)": `"PT0S"`, "iso_duration(`1h30m`)": `"PT1H30M"`, "iso_duration(-1)": `"-PT1S"`, "duration(iso_duration(93784.25)).Seconds()": "93784.25",
		"iso_week(`2021-01-03`)": `"2020-W53"`, "iso_week(`2020-12-31T23:30:00Z`, `Asia/Tokyo`)": `"2020-W53"`, "iso_week(`2026-01-01`)": `"2026-W01"`,
		"unaccent(`Crème Brûlée`)": `"Creme Brulee"`, "unaccent(`e\u0301`)": `"e"`, "unaccent(`Straße Ǻ ệ 日本`)": `"Strasse A e 日本"`,
		"piece(`a,b`, `,`, 3)": "null", "piece(`a,b`, `,`, -2)": `"a"`, "piece(`ab`, `,`, 1)": `"ab"`, "piece(`a`, ``, 1)": "error: the delimiter of pieces is empty",
	} {
		p, err := Compile(text, nil)
		var v value.Value
		if err == nil {
			v, err = p.Eval(value.Null)
		}
		got := string(v.AppendJSON(nil))
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
