package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mtpipe/internal/parts"
	"mtpipe/pipeline"
)

// partsCommands are the steps of a run over parts of the input, for whatever starts processes.
func (a *app) partsCommands() []*cobra.Command {
	return []*cobra.Command{a.partsCommand(), a.partCommand(), a.mergeCommand(), a.finishCommand()}
}

// dividing is the flags of parts.
type dividing struct {
	to      string
	piece   pieceSize
	shards  int
	whole   []string
	explain bool
}

func (a *app) partsCommand() *cobra.Command {
	d := dividing{piece: 64 << 20, shards: 16}
	cmd := &cobra.Command{
		Use:   "parts --to DIR PIPELINE [FILE...]",
		Short: "Divide the input of a pipeline into parts that any processes run",
		Long:  partsLong,
		RunE:  func(_ *cobra.Command, args []string) error { return a.divide(&d, args) },
	}
	f := cmd.Flags()
	f.VarP(script{&a.script, f.SetInterspersed}, "file", "f", "the pipeline is in `SCRIPT`; the arguments are $1, $2 …")
	f.StringVar(&d.to, "to", "", "the directory `DIR` that is made for the job")
	f.Var(&d.piece, "size", "how much of a file a part has, about")
	f.IntVar(&d.shards, "shards", d.shards, "into how many shards keys are divided, `N` of which may be merged side by side")
	f.StringArrayVar(&d.whole, "whole", nil, "read `FILE` in one part")
	f.BoolVar(&d.explain, "explain", false, "say what would run where, and do nothing")
	return cmd
}

const partsLong = `Divide the files that PIPELINE reads into parts, and print the number of each on a line. DIR, which is
new or empty, gets what the other steps have to know; they may run on any machine that has DIR and
the files under the same names:

  mtpipe part DIR N...     runs a part; parts may run side by side, and again
  mtpipe merge DIR N...    merges a shard of the keys, when all parts have run; may be left out
  mtpipe finish DIR        puts all together, and prints the result

The result is that of mtpipe PIPELINE FILE..., byte for byte. So four processes are

  mtpipe parts --to job 'csv big.csv | group_by city n=count()' | xargs -P4 -n1 mtpipe part job
  mtpipe finish job

A pipeline runs in parts that begins with a reader of files, goes on with stages that look at each value by
itself, and then either ends or has one that makes little of much: a total, group_by, count_by, sort, distinct, head,
tail, top and others. What follows that runs at the end. What cannot run so is refused, with the
reason. --explain says what would run where.`

// divide makes a job of a pipeline, and prints the numbers of its parts.
func (a *app) divide(d *dividing, args []string) error {
	job, err := a.newJob(d, args)
	if err != nil {
		return err
	}
	if d.explain {
		return a.showText(job.Explain())
	}
	if d.to == "" {
		return usageError{errors.New("--to DIR is missing: where what the parts make is kept")}
	}
	whole := make(map[string]bool)
	for _, name := range d.whole {
		whole[name] = true
	}
	list, err := job.Parts(int64(d.piece), whole)
	if err != nil {
		return failedRun(err)
	}
	if err := parts.Create(d.to, job, list); err != nil {
		return failedRun(err)
	}
	w := bufio.NewWriter(a.stdout)
	for _, p := range list {
		fmt.Fprintln(w, p.Number)
	}
	return w.Flush()
}

// newJob compiles the pipeline in the first argument, or the script, to run in parts.
func (a *app) newJob(d *dividing, args []string) (*parts.Job, error) {
	switch {
	case a.sandbox:
		return nil, usageError{errors.New("--sandbox is for a pipeline that runs in one process")}
	case d.shards < 1 || d.shards > parts.MostShards:
		return nil, usageError{fmt.Errorf("--shards must be from 1 to %d, not %d", parts.MostShards, d.shards)}
	}
	text, name, rest, err := a.source(args)
	if err != nil {
		return nil, err
	}
	spec := parts.Spec{Text: text, Script: name, In: a.in, Out: a.out, OnError: fmt.Sprint(a.onError.choice), MaxMemory: int64(a.maxMemory), MaxLine: int64(a.maxLine), Shards: d.shards}
	if name == "" {
		spec.Files = rest
	} else {
		spec.Args = rest
	}
	lookup, err := a.variables()
	if err != nil {
		return nil, err
	}
	return parts.New(spec, a.registry, a.partSettings(), lookup)
}

// failedRun is the error of a run, where err is one of what it reads or writes.
func failedRun(err error) error {
	var run *pipeline.RunError
	if errors.As(err, &run) {
		return err
	}
	return &pipeline.RunError{Causes: []error{fileError(err)}}
}

// partSettings is what the steps of a job are given besides what the job says.
func (a *app) partSettings() pipeline.Settings {
	return pipeline.Settings{Stdin: strings.NewReader(""), Stdout: a.stdout, Stderr: a.stderr, Jobs: int(a.jobs), ErrorsTo: a.errorsTo, MaxErrors: int64(a.maxErrors),
		JSONMessages: a.messages == "json", Messages: a.look(), Colours: a.colours(a.stdout, false)}
}

// step makes cmd a step of the job in the directory that is its first argument.
func (a *app) step(cmd *cobra.Command, run func(folder *parts.Folder, numbers []int64, lines bool) error) *cobra.Command {
	var lines bool
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		defer a.guardMemory()()
		if len(args) == 0 {
			return usageError{errors.New("the directory of a job is missing; mtpipe parts --to DIR makes one")}
		}
		var numbers []int64
		for _, text := range args[1:] {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return usageError{fmt.Errorf("%q is not a number", text)}
			}
			numbers = append(numbers, n)
		}
		folder, err := parts.OpenFolder(args[0], a.registry, a.partSettings())
		if err == nil {
			err = run(folder, numbers, lines)
		}
		if err == nil || errors.As(err, new(usageError)) {
			return err
		}
		return failedRun(err)
	}
	cmd.Flags().BoolVar(&lines, "lines", false, "read lines from standard input and write lines, each a key, a tab and base64, instead of files in DIR")
	return cmd
}

func (a *app) partCommand() *cobra.Command {
	return a.step(&cobra.Command{
		Use:   "part DIR [N...]",
		Short: "Run parts of the job in DIR",
		Long: `Run the parts with these numbers of the job in DIR, which mtpipe parts has made. What a part makes appears in DIR
whole or not at all; one that has run is left as it is.

With --lines, the numbers are the last words of the lines of standard input, and what the parts make is written as
lines: a key, a tab, and base64. That is for engines that sort such lines by their keys and give them to mtpipe merge --lines.`,
	}, func(f *parts.Folder, numbers []int64, lines bool) error {
		switch {
		case lines:
			return a.partLines(f)
		case len(numbers) == 0:
			return usageError{errors.New("the number of a part is missing")}
		}
		for _, n := range numbers {
			if err := f.Run(n); err != nil {
				return err
			}
		}
		return nil
	})
}

// partLines runs the parts whose numbers are the last words of the lines of standard input.
func (a *app) partLines(f *parts.Folder) error {
	w := bufio.NewWriterSize(a.stdout, 1<<20)
	in := bufio.NewScanner(a.stdin)
	for in.Scan() {
		words := strings.Fields(in.Text())
		if len(words) == 0 {
			continue
		}
		n, err := strconv.ParseInt(words[len(words)-1], 10, 64)
		if err != nil {
			return fmt.Errorf("%q is not the number of a part", in.Text())
		}
		if err := f.RunTo(n, func(e parts.Emission) error { return writeLine(w, e) }); err != nil {
			return err
		}
	}
	return errors.Join(in.Err(), w.Flush())
}

func writeLine(w io.Writer, e parts.Emission) error {
	_, err := w.Write(parts.AppendLine(nil, e))
	return err
}

func (a *app) mergeCommand() *cobra.Command {
	return a.step(&cobra.Command{
		Use:   "merge DIR [N...]",
		Short: "Merge what all parts of the job in DIR have made",
		Long: `Merge the shards with these numbers, or all, of what the parts have made, when all parts have run. mtpipe finish
merges what was not merged; merges of several shards may run side by side.

With --lines, standard input has what mtpipe part --lines has written, with the lines of a key one after another, and
what comes of it is written in the same form.`,
	}, func(f *parts.Folder, numbers []int64, lines bool) error {
		if lines {
			return a.mergeLines(f)
		}
		if len(numbers) == 0 {
			for n := range f.Shards() {
				numbers = append(numbers, int64(n))
			}
		}
		for _, n := range numbers {
			if err := f.Merge(int(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// mergeLines merges the lines of standard input that stand under one key each.
func (a *app) mergeLines(f *parts.Folder) error {
	w := bufio.NewWriterSize(a.stdout, 1<<20)
	read := parts.Lines(bufio.NewReaderSize(a.stdin, 1<<20))
	next, err := read()
	for err == nil {
		key := next.Key
		failed := f.MergeKey(key, func() ([]byte, error) {
			if err != nil || next.Key != key {
				if err != nil && err != io.EOF {
					return nil, err
				}
				return nil, io.EOF
			}
			data := next.Data
			next, err = read()
			return data, nil
		}, func(e parts.Emission) error { return writeLine(w, e) })
		if failed != nil {
			return failed
		}
	}
	if err != io.EOF {
		return err
	}
	return w.Flush()
}

func (a *app) finishCommand() *cobra.Command {
	return a.step(&cobra.Command{
		Use:   "finish DIR",
		Short: "Put together what the parts of the job in DIR have made, and print the result",
		Long: `Put together what all parts of the job in DIR have made, run the stages that follow, and print the result. Shards that
mtpipe merge has not merged are merged first.

Where a record of CSV with the end of a line in it crosses the border of two parts, and that was not
seen when they ran, finish reads that file once more, whole.

With --lines, standard input has what mtpipe part --lines or mtpipe merge --lines has written, in the
order of LC_ALL=C sort; a file that has to be read whole is an error then, and --whole FILE of mtpipe parts reads it so.`,
	}, func(f *parts.Folder, numbers []int64, lines bool) error {
		if len(numbers) > 0 {
			return usageError{errors.New("takes the directory of a job alone")}
		}
		if !lines {
			return f.Finish()
		}
		scratch, err := os.MkdirTemp("", "mtpipe-finish-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(scratch) }()
		err = f.FinishLines(scratch, parts.Lines(bufio.NewReaderSize(a.stdin, 1<<20)))
		var whole *parts.WholeError
		if errors.As(err, &whole) {
			return fmt.Errorf("%w: mtpipe parts --whole %s", err, whole.Files[0])
		}
		return err
	})
}
