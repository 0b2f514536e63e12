// Command dist makes what is published of a release, in a directory:
//
//	go run ./internal/dist/cmd/dist [-out DIR] [-targets linux/amd64,…] [-kinds deb,…] [-url URL]
//
// It is run in a checkout, whose commit or tag gives the time and the version.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"mtpipe/internal/dist"
)

func main() {
	o := dist.Options{Targets: dist.Targets, Kinds: dist.Kinds, Log: os.Stderr}
	flag.StringVar(&o.Out, "out", "dist", "the directory to make")
	flag.StringVar(&o.URL, "url", "https://example.org/mtpipe", "where the archives will be, for the manifests of brew and scoop")
	flag.Func("targets", "systems as `OS/ARCH,…`; without it, all", func(s string) error { return chooseTargets(&o.Targets, s) })
	flag.Func("kinds", "`LIST` of "+strings.Join(dist.Kinds, ", ")+"; without it, all", func(s string) error { return chooseKinds(&o.Kinds, s) })
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := dist.Make(o); err != nil {
		fmt.Fprintln(os.Stderr, "dist:", err)
		os.Exit(1)
	}
}

func chooseTargets(to *[]dist.Target, list string) error {
	*to = nil
	for name := range strings.SplitSeq(list, ",") {
		i := slices.IndexFunc(dist.Targets, func(t dist.Target) bool { return t.String() == name })
		if i < 0 {
			return fmt.Errorf("there is no target %s; there are %v", name, dist.Targets)
		}
		*to = append(*to, dist.Targets[i])
	}
	return nil
}

func chooseKinds(to *[]string, list string) error {
	*to = strings.Split(list, ",")
	for _, kind := range *to {
		if !slices.Contains(dist.Kinds, kind) {
			return fmt.Errorf("there is no kind %s", kind)
		}
	}
	return nil
}
