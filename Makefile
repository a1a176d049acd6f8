# mxcensus: everything one needs on a fresh Debian with Swift. `make` lists the targets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

SCALE ?= 1:1000
LIST ?=
ARGS ?=

install := scripts/install-dependencies
build_flags := --explicit-target-dependency-import-check error
mxcensus := .build/release/mxcensus

.PHONY: help
help: ## List the targets.
	@echo 'Usage: make TARGET [VARIABLE=value]'
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  \1\t\2/p' Makefile | expand -t 12

.PHONY: scan
scan: build ## Scan the lab internet and compare with the truth; LIST=domains.csv scans real mail servers. [SCALE=1:1000] [ARGS=…]
ifeq ($(strip $(LIST)),)
	@$(mxcensus) demo --scale '$(SCALE)' $(ARGS)
else
	@$(mxcensus) scan '$(LIST)' $(ARGS)
endif

.PHONY: build
build: toolchain ## Build the program: .build/release/mxcensus.
	@$(install) build run
	swift build -c release --product mxcensus $(build_flags)

.PHONY: test
test: toolchain ## Run all tests. [ARGS='--filter …']
	@$(install) build run test
	@Tests/Support/mta/fetch
	swift build --build-tests $(build_flags)
	swift test --skip-build --disable-xctest --no-parallel $(ARGS)

.PHONY: fuzz
fuzz: toolchain ## Fuzz what strangers can reach, each target for a minute. [ARGS='--seconds 600 dialogue']
	@$(install) build test
	@Tests/Fuzzing/run $(ARGS)

.PHONY: sanitize
sanitize: toolchain ## Run the unit tests under AddressSanitizer, then ThreadSanitizer. [ARGS='address --filter …']
	@$(install) build run test
	@scripts/sanitize $(ARGS)

.PHONY: lint
lint: toolchain ## Check the format of the sources, the scripts and the tree.
	@$(install) lint
	@scripts/lint

.PHONY: format
format: toolchain ## Format the Swift sources.
	swift format --in-place --parallel --recursive Package.swift Sources Tests Benchmarks

.PHONY: bench
bench: toolchain ## Measure each part beside its limit, and say which goals are met. [ARGS=--quick]
	@$(install) build run test
	@Benchmarks/run $(ARGS)

.PHONY: hot
hot: toolchain ## Measure the hot functions one by one. [ARGS='--filter "judging.*"']
	@$(install) build
	swift package --package-path Benchmarks/HotFunctions -Xswiftc -enable-testing --allow-writing-to-package-directory benchmark --no-progress $(ARGS)

.PHONY: clean
clean: ## Remove what was built; checked-out dependencies and unpacked test servers stay.
	swift package clean

.PHONY: distclean
distclean: ## Remove everything that is not in the repository's history.
	rm -rf .build .build-* Benchmarks/*/.build

.PHONY: toolchain
toolchain:
	@scripts/check-toolchain
