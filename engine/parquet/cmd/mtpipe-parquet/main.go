// Command mtpipe-parquet reads and writes Parquet files for mtpipe, which starts it. It opens no file: it
// reads its standard input and writes its standard output.
//
//	mtpipe-parquet read [NAMES] <FILE       rows as lines of JSON; NAMES is a list of columns in JSON
//	mtpipe-parquet write CODEC >FILE        a file of records as mtpipe gives them
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"mtpipe/engine/parquet"
)

func main() {
	said := messages()
	go parquet.Watch(said)
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(said, strings.ReplaceAll(err.Error(), "\n", " "))
	os.Exit(1)
}

func run(args []string) error {
	switch {
	case len(args) == 1 && args[0] == "read":
		return read(nil)
	case len(args) == 2 && args[0] == "read":
		names := []string{}
		if err := json.Unmarshal([]byte(args[1]), &names); err != nil {
			return fmt.Errorf("NAMES is no list in JSON: %w", err)
		}
		return read(names)
	case len(args) == 2 && args[0] == "write":
		codec, err := parquet.Codec(args[1])
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(os.Stdout, 1<<20)
		if err := parquet.Write(os.Stdin, codec, out); err != nil {
			return err
		}
		return out.Flush()
	}
	return errors.New("usage: mtpipe-parquet read [NAMES] <FILE, or mtpipe-parquet write CODEC >FILE; mtpipe starts it")
}

func read(names []string) error {
	info, err := os.Stdin.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("standard input has to be a file")
	}
	return parquet.Read(os.Stdin, info.Size(), names, os.Stdout)
}
