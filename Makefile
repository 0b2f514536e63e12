# What CI runs, and what else is done by hand. Only the Go toolchain is needed.

FUZZTIME = 5000x

.PHONY: check format vet lint vulnerabilities tests race invariants torture fuzz bench man docs dist

# Everything that CI runs, or one step of it.
check:
	.ci/run

format vet lint vulnerabilities tests race invariants:
	.ci/run $@

# Random pipelines over random data in all ways, beside a plain evaluation and the programs of
# GNU, for an hour. CI has a part of it: TORTURE_TIME, or .ci/run torture.
torture:
	go run ./internal/torture/cmd/torture -time 1h

# Each fuzz target with some thousands of inputs, which take seconds.
fuzz:
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

# The tables of docs/benchmarks.md: mtpipe beside the programs that it replaces, servers and programs in
# blocks, then the runtime beside channels and goroutines.
bench:
	go run ./internal/bench/cmd/bench
	go run ./internal/bench/cmd/bench -net
	go test -run '^$$' -bench . ./microthread

# What is written from the source: manual pages, the page of promises.
man:
	go test ./cmd/mtpipe -run TestManIsFresh -update

docs: man
	go test ./internal/archtest -run TestConformance -update

# Programs, archives and packages for all systems, in dist/: see .goreleaser.yaml. It needs Go and git, and
# the network to fetch the tool. A tag makes a release of it; anything else is named after its commit.
GORELEASER = github.com/goreleaser/goreleaser/v2@v2.18.2

dist:
	GOFLAGS=-mod=mod go run $(GORELEASER) release --clean --skip=publish,announce \
		$$(git describe --exact-match --tags HEAD >/dev/null 2>&1 || echo --snapshot)
