package expression

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"mtpipe/value"
)

// zonesProgram prints, for zones of the system, moments around each change of the clock, around the
// ends of years and leap days, and what Python makes of them.
const zonesProgram = `
import datetime as D, sys, zoneinfo, random
every = int(sys.argv[1])
rng = random.Random(5)
utc = D.timezone.utc
base = D.datetime(1970, 1, 1, tzinfo=utc)
names = sorted(n for n in zoneinfo.available_timezones() if n not in ('localtime', 'Factory', 'posixrules'))
for number, name in enumerate(names):
    if number % every:
        continue
    zone = zoneinfo.ZoneInfo(name)
    def at(t): return (base + D.timedelta(seconds=t)).astimezone(zone)
    moments = [rng.randrange(-300000000, 2100000000) for _ in range(20)]
    for year in (1972, 1999, 2000, 2004, 2020, 2024, 2026, 2032):
        for month, day in ((1, 1), (2, 28), (2, 29), (3, 1), (12, 28), (12, 31)):
            if (month, day) != (2, 29) or year % 4 == 0:
                moments.append(int((D.datetime(year, month, day, 12, tzinfo=utc) - base).total_seconds()))
    last = -300000000
    while last < 2100000000:
        next = last + 28 * 86400
        if at(last).utcoffset() != at(next).utcoffset():
            low, high = last, next
            while high - low > 1:
                middle = (low + high) // 2
                if at(middle).utcoffset() == at(low).utcoffset(): low = middle
                else: high = middle
            moments += [low, high, high + 1800]
        last = next
    for t in moments[:1000]:
        x = at(t)
        if x.utcoffset().total_seconds() % 60: continue # of which %z has the minutes only, as GNU date has it
        print(name, t, x.strftime('%Y-%m-%d %H:%M:%S %z|%j %a %b %G-W%V-%u %U %W %I%p'), x.tzname(), sep='\t')
`

// TestZonesBesidePython compares strftime, and strptime of what it has made, with Python, where
// that is installed: one zone in forty, or one in MTPIPE_ZONES.
func TestZonesBesidePython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("Python is not installed")
	}
	every := "40"
	if s := os.Getenv("MTPIPE_ZONES"); s != "" {
		every = s
	}
	out, err := exec.Command(python, "-c", zonesProgram, every).Output()
	if err != nil {
		t.Skipf("Python has no zones: %v", err)
	}
	lines := 0
	wrong := 0
	for scan := bufio.NewScanner(strings.NewReader(string(out))); scan.Scan() && wrong < 10; lines++ {
		f := strings.Split(scan.Text(), "\t")
		if msg := zoneDiffers(f[0], f[1], f[2], f[3]); msg != "" {
			t.Error(scan.Text() + ": " + msg)
			wrong++
		}
	}
	if lines < 100 {
		t.Errorf("got %d moments, want more", lines)
	}
	t.Logf("%d moments", lines)
}

// zoneDiffers tells what is not as Python has it.
func zoneDiffers(zone, moment, text, name string) string {
	seconds, err := strconv.ParseInt(moment, 10, 64)
	if err != nil {
		return err.Error()
	}
	v, err := strftime([]value.Value{value.Int(seconds), value.String("%Y-%m-%d %H:%M:%S %z|%j %a %b %G-W%V-%u %U %W %I%p\t%Z"), value.String(zone)})
	if err != nil || v.String() != text+"\t"+name {
		return "got " + v.String()
	}
	local, _, _ := strings.Cut(text, "|")
	v, err = strptime([]value.Value{value.String(local), value.String("%Y-%m-%d %H:%M:%S %z")})
	if err != nil {
		return "strptime: " + err.Error()
	}
	if v.AsTime().Unix() != seconds {
		return "strptime gives " + v.String()
	}
	return ""
}
