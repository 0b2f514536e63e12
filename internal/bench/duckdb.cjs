// Runs the SQL in its argument in a database in memory, on two threads, and prints the rows
// as CSV without a header. Standard error gets "query N s": the time of the query alone,
// with its result in DuckDB's memory, without starting up and without printing.
const { DuckDBInstance } = require('@duckdb/node-api');

async function main(sql) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('SET threads=2');
  const begin = process.hrtime.bigint();
  const result = await connection.run(sql);
  const end = process.hrtime.bigint();
  process.stderr.write(`query ${(Number(end - begin) / 1e9).toFixed(6)} s\n`);
  if (/^copy/i.test(sql)) return; // the rows are in the file
  const field = (v) => {
    const text = String(v);
    return /[",\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  const rows = await result.getRows();
  process.stdout.write(rows.map((row) => row.map(field).join(',') + '\n').join(''));
}

main(process.argv[1]).catch((err) => {
  process.stderr.write(`${err}\n`);
  process.exit(1);
});
