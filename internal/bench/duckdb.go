package bench

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed duckdb.cjs
var duckdbScript string

// processors is how many reactors mtpipe may use, and how many threads the peers that take
// a number.
const processors = 2

// duckDB is how queries are put to DuckDB: through its package for Node, which says how long
// the query alone took, or else by its own program, whose whole time is taken.
type duckDB struct {
	node bool
	env  []string
}

// findDuckDB looks for the package, also in the directory if it is not empty.
func findDuckDB(ctx context.Context, modules string) duckDB {
	var d duckDB
	if modules != "" {
		paths := append([]string{modules}, filepath.SplitList(os.Getenv("NODE_PATH"))...)
		d.env = []string{"NODE_PATH=" + strings.Join(paths, string(filepath.ListSeparator))}
	}
	cmd := exec.CommandContext(ctx, "node", "-e", `require.resolve("@duckdb/node-api")`)
	cmd.Env = append(os.Environ(), d.env...)
	d.node = cmd.Run() == nil
	return d
}

// query returns the contender that answers the query with its rows.
func (d duckDB) query(sql string) Contender {
	if d.node {
		return Contender{Name: "duckdb", Argv: []string{"node", "-e", duckdbScript, sql}, Env: d.env,
			Format: BareCSV, TimesItself: true}
	}
	return Contender{Name: "duckdb, whole process", Format: BareCSV,
		Argv: []string{"duckdb", "-csv", "-noheader", "-c", "SET threads=2; " + sql}}
}

// copy returns the contender that writes the rows of the query to the file.
func (d duckDB) copy(sql, file string) Contender {
	c := d.query("COPY (" + sql + ") TO '" + file + "' (FORMAT csv, HEADER)")
	c.Format, c.Out = CSV, file
	return c
}
