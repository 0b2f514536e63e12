package programs

import (
	"bufio"
	"os"

	"mtpipe/microthread"
	"mtpipe/value"
)

// logOnThreads reads a log, parses its lines, and reports who got the most bytes.
func logOnThreads(name string) (answer string, err error) {
	err = microthread.Run(func(t *microthread.Thread) error {
		lines := microthread.Generate(t, func(t *microthread.Thread) error {
			f, err := os.Open(name)
			if err != nil {
				return err
			}
			defer f.Close()
			in := bufio.NewScanner(f)
			for in.Scan() {
				t.Put(value.String(in.Text()))
			}
			return in.Err()
		})
		entries := microthread.GenerateOf(t, func(t *microthread.Thread, out *microthread.PipeOf[entry]) error {
			for line, err := range lines.All() {
				if err != nil {
					return err
				}
				e, err := parse(line.String())
				if err != nil {
					return err
				}
				out.Put(t, e)
			}
			return nil
		})
		sums := make(totals)
		for e, err := range entries.All(t) {
			if err != nil {
				return err
			}
			sums.add(e)
		}
		answer = sums.report()
		return nil
	})
	return answer, err
}
