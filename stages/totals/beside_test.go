package totals_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"mtpipe/stages/stagetest"
)

// besidePython computes with fractions, and rounds once, what group_by is to give.
const besidePython = `
import sys, json, statistics
from fractions import Fraction as F
for line in sys.stdin:
    xs, ys = json.loads(line)
    x, y = [F(v) for v in xs], [F(v) for v in ys]
    n = len(x)
    mean = sum(x) / n
    m = [sum((v - mean) ** k for v in x) / n for k in range(5)]
    r = {"v": float(statistics.variance(x)), "k": float(m[4] / m[2] ** 2 - 3), "s": float(m[3]) / float(m[2]) ** 1.5}
    my = sum(y) / n
    xy, xx, yy = sum((a - mean) * (b - my) for a, b in zip(x, y)), sum((a - mean) ** 2 for a in x), sum((b - my) ** 2 for b in y)
    r |= {"co": float(xy / (n - 1)), "cr": statistics.correlation(xs, ys), "sl": float(xy / xx), "ic": float(my - xy / xx * mean)}
    r |= {"mo": statistics.mode(xs), "ex": float(sum(x))}
    print(json.dumps(r))
`

// TestAggregatesBesidePython compares over random numbers.
func TestAggregatesBesidePython(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	var in, csv strings.Builder
	csv.WriteString("g,x,y\n")
	const groups = 200
	for g := range groups {
		var rows [2][]float64
		for range 4 + rng.IntN(20) {
			x := math.Round(rng.NormFloat64()*1e4) / 100
			if g%3 == 0 {
				x = float64(rng.IntN(9)) + 1e6
			}
			y := rng.NormFloat64() + x/3
			rows[0], rows[1] = append(rows[0], x), append(rows[1], y)
			fmt.Fprintf(&csv, "%d,%s,%v\n", g, strconv.FormatFloat(x, 'f', -1, 64), y)
		}
		line, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&in, "%s\n", line)
	}
	want, err := stagetest.Unix(t, in.String(), "python3", "-c", besidePython)
	if err != nil {
		t.Skip(err) // a version without correlation
	}
	got, err := stagetest.Run(t, `csv | group_by g v=variance(x) s=skewness(x) k=kurtosis(x) 'co=covariance(x, y)' 'cr=correlation(x, y)' 'sl=slope(x, y)' 'ic=intercept(x, y)' mo=mode(x) ex=sum(x) | to_json`, csv.String())
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := strings.Split(strings.TrimSpace(got), "\n"), strings.Split(strings.TrimSpace(want), "\n")
	if len(mine) != groups || len(theirs) != groups {
		t.Fatalf("got %d groups beside %d, want %d", len(mine), len(theirs), groups)
	}
	exact := map[string]bool{"v": true, "k": true, "co": true, "sl": true, "ic": true, "mo": true, "ex": true}
	for i := range mine {
		var a, b map[string]float64
		if err := json.Unmarshal([]byte(mine[i]), &a); err != nil {
			t.Fatal(err, mine[i])
		}
		if err := json.Unmarshal([]byte(theirs[i]), &b); err != nil {
			t.Fatal(err)
		}
		for name, want := range b {
			if got := a[name]; got != want && (exact[name] || math.Abs(got-want) > 1e-9*(1+math.Abs(want))) {
				t.Errorf("group %d, %s: got %v, want %v", i, name, got, want)
			}
		}
	}
}
