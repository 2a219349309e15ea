# Each target is one line of cargo or one script.
.DEFAULT_GOAL := help
.PHONY: help try test lint fuzz bench bench-token-list

help:           ## Show what there is
	@sed -n 's/^\([a-z-]*\): *## */make \1\t/p' Makefile

try:            ## See it work: build both programs, create tokens, use one, revoke it
	@scripts/try

test:           ## Install what the tests need and run all of them
	@scripts/test

lint:           ## Formatting, clippy, and cargo-deny if it is installed
	@scripts/lint

fuzz:           ## Feed what jf and accessd read from outside with random bytes, a minute for each target
	@scripts/fuzz

bench:          ## Measure everything that has a target, into docs/performance.md: half an hour, and 5 GB in /tmp
	@scripts/bench

bench-token-list: ## Measure lists of a million tokens: time, rate, memory; minutes, and 1 GB in /tmp
	@scripts/bench-token-list
