package times

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const day = 24 * time.Hour

// longUnits are those that package time does not have.
var longUnits = map[string]time.Duration{"d": day, "w": 7 * day}

var (
	piece = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|[smhdw])`) })
	iso   = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^P(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$`)
	})
)

// ParseDuration reads a duration with the units ns, us, ms, s, m, h, d, which is 24 hours, and w,
// such as 1h30m, -2.5s and 1w2d, or in the form of ISO 8601, such as P1DT2H, without years and
// months, which differ.
func ParseDuration(text string) (time.Duration, error) {
	if !strings.ContainsAny(text, "dwP") {
		return time.ParseDuration(text)
	}
	rest, negative := strings.CutPrefix(text, "-")
	if !negative {
		rest = strings.TrimPrefix(rest, "+")
	}
	total, err := parts(rest)
	if err != nil {
		return 0, fmt.Errorf("invalid duration %q: %w", text, err)
	}
	if negative {
		total = -total
	}
	return total, nil
}

var (
	errForm = errors.New("it is neither of the form 1d2h30m nor of P1DT2H")
	errLong = errors.New("it is too long")
)

// parts adds up what a text without a sign consists of.
func parts(text string) (total time.Duration, err error) {
	if m := iso().FindStringSubmatch(text); m != nil && !strings.HasSuffix(text, "T") && text != "P" {
		for i, unit := range []time.Duration{7 * day, day, time.Hour, time.Minute, time.Second} {
			if m[i+1] == "" {
				continue
			}
			if total, err = add(total, strings.Replace(m[i+1], ",", ".", 1), unit); err != nil {
				return 0, err
			}
		}
		return total, nil
	}
	for text != "" {
		m := piece().FindStringSubmatch(text)
		if m == nil {
			return 0, errForm
		}
		unit, long := longUnits[m[2]]
		if !long {
			if unit, err = time.ParseDuration("1" + m[2]); err != nil {
				return 0, errForm
			}
		}
		if total, err = add(total, m[1], unit); err != nil {
			return 0, err
		}
		text = text[len(m[0]):]
	}
	return total, nil
}

// add returns the total and so many units, exactly where they are whole.
func add(total time.Duration, number string, unit time.Duration) (time.Duration, error) {
	x, err := strconv.ParseFloat(number, 64)
	if n, whole := strconv.ParseInt(number, 10, 64); whole == nil && n <= math.MaxInt64/int64(unit) {
		total += time.Duration(n) * unit
	} else if err == nil && x*float64(unit) < math.MaxInt64 {
		total += time.Duration(math.Round(x * float64(unit)))
	} else {
		return 0, errLong
	}
	if total < 0 {
		return 0, errLong
	}
	return total, nil
}
