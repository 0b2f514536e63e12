# What CI runs, and what else is done by hand. Only Go and git are needed.

FUZZTIME = 5000x

.PHONY: check format vet lint vulnerabilities tests race invariants torture fuzz bench man docs dist reproducible packages

# Everything that CI runs, or one step of it.
check:
	.ci/run

format vet lint vulnerabilities tests race invariants packages:
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

# Programs, archives and packages for all systems, in dist/, named after the tag of the commit or its time.
# The tools for packages are fetched as modules, in the versions that internal/dist names.
DIST_URL = https://example.org/mtpipe

dist:
	go run ./internal/dist/cmd/dist -out dist -url $(DIST_URL)

# The same once more, of a copy in another directory, with nothing that was built before, has the same sums.
reproducible: dist
	dir=$$(mktemp -d) && git clone -q . $$dir/copy && cd $$dir/copy && \
		GOCACHE=$$dir/cache go run ./internal/dist/cmd/dist -out dist -url $(DIST_URL) && \
		cmp dist/SHA256SUMS $(CURDIR)/dist/SHA256SUMS && rm -rf $$dir
