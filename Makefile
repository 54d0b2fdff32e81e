# The two commands of the README are `make demo` and `make test`.
.PHONY: demo test setup build lint clean

STORE ?= demo.store
RIVERRUN = .build/release/riverrun

demo: build
	scripts/demo.sh $(RIVERRUN) $(STORE)

# Tests run in release mode: the C kernels are unusably slow without optimization.
test: setup lint
	swift build -c release --build-tests
	swift test -c release --skip-build

setup:
	scripts/setup.sh

build: setup
	swift build -c release --product riverrun

lint:
	swift format lint --strict --recursive Sources Tests Benchmarks Examples Package.swift

clean:
	rm -rf .build $(STORE)
