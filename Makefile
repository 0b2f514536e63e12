# What CI runs, and what else is done by hand. Only the Go toolchain is needed.

RACY = ./reactor ./pipe ./microthread ./pipeline/... ./value ./microthread/web ./internal/codec ./internal/input ./internal/ordering ./internal/spill
FUZZTIME = 5000x

.PHONY: check format vet test race invariants fuzz bench man docs

# Everything that CI runs.
check: format vet test race invariants

format:
	@files=$$(gofmt -s -l .); test -z "$$files" || { echo "gofmt -s -w would change:"; echo "$$files"; exit 1; }

vet:
	GOOS=linux go vet ./...
	GOOS=darwin go vet ./...
	GOOS=windows go vet ./...

test:
	go test ./...

race:
	go test -race $(RACY)

invariants:
	go test -tags invariants ./...

# Each fuzz target with some thousands of inputs, which take seconds.
fuzz:
	@for pkg in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "$$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

# The tables of README.md: mtpipe beside the programs that it replaces, servers and programs in
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
