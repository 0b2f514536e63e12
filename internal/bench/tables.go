package bench

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
)

// writeRequests writes what row makes of each of the requests of WriteCSV, after a header.
func writeRequests(w io.Writer, rows, seed int64, header string, row func(line []byte, q *request) []byte) error {
	out := bufio.NewWriterSize(w, 64<<10)
	out.WriteString(header) // Flush returns the error
	var line []byte
	q := newRequests(seed)
	for range rows {
		q.next()
		line = row(line[:0], q)
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}

// WriteLong writes a quarter of the requests as CSV with three rows for each: id, name and value.
func WriteLong(w io.Writer, rows, seed int64) error {
	return writeRequests(w, rows/4, seed, "id,name,value\n", func(line []byte, q *request) []byte {
		return fmt.Appendf(line, "%[1]d,status,%d\n%[1]d,bytes,%d\n%[1]d,micros,%d\n", q.id, q.status, q.bytes, q.micros)
	})
}

// WriteRagged writes the requests as CSV of host, status, bytes and user, the last of which one in
// four rows lacks.
func WriteRagged(w io.Writer, rows, seed int64) error {
	return writeRequests(w, rows, seed, "host,status,bytes,user\n", func(line []byte, q *request) []byte {
		line = fmt.Appendf(line, "%s,%d,%d", q.host, q.status, q.bytes)
		if q.id%4 > 0 {
			line = appendCSV(append(line, ','), q.user)
		}
		return append(line, '\n')
	})
}

// WriteXtab writes a quarter of the requests as blocks of lines with a name and a value.
func WriteXtab(w io.Writer, rows, seed int64) error {
	return writeRequests(w, rows/4, seed, "", func(line []byte, q *request) []byte {
		return fmt.Appendf(line, "id     %d\nhost   %s\nstatus %d\nbytes  %d\n\n", q.id, q.host, q.status, q.bytes)
	})
}

// WriteChosen writes the id of each third request.
func WriteChosen(w io.Writer, rows, seed int64) error {
	return writeRequests(w, rows, seed, "id\n", func(line []byte, q *request) []byte {
		if q.id%3 > 0 {
			return line
		}
		return fmt.Appendf(line, "%d\n", q.id)
	})
}

// WriteRates writes a rate for each minute of the requests: from and rate.
func WriteRates(w io.Writer, rows, seed int64) error {
	before := int64(0)
	return writeRequests(w, rows, seed, "at,rate\n", func(line []byte, q *request) []byte {
		if minute := q.time / 60 * 60; minute > before {
			before = minute
			return fmt.Appendf(line, "%d,%d\n", minute, minute/60%97)
		}
		return line
	})
}

// tableJobs are those that give tables another form, compare and complete them.
func (s Setup) tableJobs(d duckDB) []Job {
	f := s.Files
	from := func(file string) string { return "FROM read_csv('" + file + "')" }
	job := func(name string, mine []string, mlr []string, sql string) Job {
		j := Job{Name: "table: " + name, Answer: Unordered, Contenders: []Contender{s.mtpipe(CSV, append([]string{"-o", "csv"}, mine...)...)}}
		if mlr != nil {
			j.Contenders = append(j.Contenders, miller(0.1, CSV, append([]string{"--icsv", "--ocsv"}, mlr...)...))
		}
		if sql != "" {
			j.Contenders = append(j.Contenders, d.copy(sql, filepath.Join(f.Dir, "out-duckdb")))
		}
		return j
	}
	in := func(pipeline, file string) []string { return []string{"-i", "csv", pipeline, file} }
	return []Job{
		job("pivot", in("pivot name value", f.Long), []string{"reshape", "-s", "name,value", f.Long},
			"SELECT id, status, bytes, micros FROM (PIVOT (SELECT * "+from(f.Long)+") ON name USING first(value) GROUP BY id)"),
		job("unpivot", in("unpivot status bytes ms", f.CSV), []string{"reshape", "-i", "status,bytes,ms", "-o", "name,value", f.CSV},
			"SELECT id, ts, host, path, \"user\", name, value FROM (UNPIVOT (SELECT * REPLACE (status::VARCHAR AS status, bytes::VARCHAR AS bytes, ms::VARCHAR AS ms) "+from(f.CSV)+") ON status, bytes, ms INTO NAME name VALUE value)"),
		job("by, head", in("by host { head 100 }", f.CSV), []string{"head", "-n", "100", "-g", "host", f.CSV},
			"SELECT * "+from(f.CSV)+" QUALIFY row_number() OVER (PARTITION BY host ORDER BY id) <= 100"),
		job("step", in("step bytes delta cumsum --by host", f.CSV), []string{"step", "-a", "delta,rsum", "-f", "bytes", "-g", "host", f.CSV},
			"SELECT *, coalesce(bytes - lag(bytes) OVER w, 0), sum(bytes) OVER (w ROWS UNBOUNDED PRECEDING) "+from(f.CSV)+" WINDOW w AS (PARTITION BY host ORDER BY id)"),
		job("minus", in("minus "+f.Chosen+" --on id", f.CSV), []string{"join", "--np", "--ur", "-j", "id", "-f", f.Chosen, f.CSV},
			"SELECT * "+from(f.CSV)+" ANTI JOIN (SELECT * "+from(f.Chosen)+") USING (id)"),
		job("strftime", in("set 'at=strftime(ts, `%Y-%m-%d %H:%M`)'", f.CSV), []string{"put", `$at = strftime($ts, "%Y-%m-%d %H:%M")`, f.CSV},
			"SELECT *, strftime(make_timestamp(ts * 1000000), '%Y-%m-%d %H:%M') "+from(f.CSV)),
		job("fmt", in("set 'written=fmt(ms, `.4f`)'", f.CSV), []string{"put", `$written = fmtnum($ms, "%.4lf")`, f.CSV},
			"SELECT *, printf('%.4f', ms) "+from(f.CSV)),
		job("ragged CSV", []string{"csv --ragged " + f.Ragged + " | filter user==null | select host status bytes"}, []string{"--allow-ragged-csv-input", "filter", "is_null($user)", "then", "cut", "-f", "host,status,bytes", f.Ragged},
			"SELECT host, status, bytes FROM read_csv('"+f.Ragged+"', null_padding=true) WHERE \"user\" IS NULL"),
		job("xtab", []string{"-i", "xtab", "filter 'status >= 404' | select id host bytes", f.Xtab}, []string{"--ixtab", "--ocsv", "filter", "$status >= 404", "then", "cut", "-f", "id,host,bytes", f.Xtab}, ""),
		job("join --asof", in("join "+f.Rates+" --asof ts=at", f.CSV), nil,
			"SELECT r.*, a.at, a.rate FROM (SELECT * "+from(f.CSV)+") r ASOF JOIN (SELECT * "+from(f.Rates)+") a ON r.ts >= a.at"),
	}
}
