# `make run` and `make test` do all their set-up by themselves on a machine with Rust, Node and Python.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help build run demo test lint bench setup screenshots measure-console

VENV := .venv
PYTHON := $(VENV)/bin/python
PYTEST_WORKERS ?= 2
# The console is built where Node is. Without it everything else works, and `/` says how to get the console.
CONSOLE := $(if $(and $(shell command -v npm),$(wildcard console/package.json)),console/dist/index.html)

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

build: $(CONSOLE) ## the release binary with the console, target/release/lockstep
	cargo build --release -p server

run: build ## build and start Lockstep on 127.0.0.1:8080
	target/release/lockstep serve $(ARGS)

demo: build $(VENV)/ready ## Lockstep with demo people and a real SCIM application, to be tried in the console
	LOCKSTEP_BINARY=target/release/lockstep $(PYTHON) tests/demo.py $(ARGS)

test: setup $(CONSOLE) ## every test, on SQLite and on a throw-away PostgreSQL
	cargo build --workspace --quiet
	tests/with-postgres $(MAKE) --no-print-directory run-tests

.PHONY: run-tests console-test
run-tests:
	cargo nextest run --workspace
	LOCKSTEP_BINARY=target/debug/lockstep $(PYTHON) -m pytest tests --numprocesses $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)
	$(if $(CONSOLE),$(MAKE) --no-print-directory console-test)

# The console: types against openapi.json, logic, and the whole of it in a browser against the real binary.
console-test: console/node_modules/.tools
	npm --prefix console run check
	npm --prefix console test
	LOCKSTEP_BINARY=target/debug/lockstep npm --prefix console run e2e

screenshots: setup $(CONSOLE) ## a picture of every page of the console, into target/screenshots
	cargo build -p server
	LOCKSTEP_BINARY=target/debug/lockstep SHOTS=1 npm --prefix console run e2e

measure-console: setup build ## how the console answers with 100,000 people, into bench/README.md
	LOCKSTEP_BINARY=target/release/lockstep LOCKSTEP_BUILD="release build" MEASURE=1 npm --prefix console run e2e

lint: $(if $(CONSOLE),console/node_modules/.tools) ## formatting, clippy without warnings, licences and advisories
	cargo fmt --all --check
	$(if $(CONSOLE),npm --prefix console run lint)
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy --locked --manifest-path bench/Cargo.toml --target-dir target/bench --all-targets -- -D warnings
	@if cargo deny --version >/dev/null 2>&1; then cargo deny check; \
	else echo "cargo deny is not installed: licences and advisories were not checked"; fi

bench: build setup ## figures beside their references, into bench/README.md
	bench/run $(ARGS)

# Set-up. Each step leaves a mark, so that it is done once and again only when what it reads changes.
setup: target/.setup/packages target/.setup/nextest $(VENV)/ready tests/apps/scimmy/node_modules/ready $(if $(CONSOLE),tests/apps/openid/node_modules/ready) $(if $(CONSOLE),console/node_modules/.tools) ## what the tests need

target/.setup/packages: tests/setup-packages
	tests/setup-packages
	@mkdir -p $(@D) && touch $@

target/.setup/nextest:
	cargo nextest --version >/dev/null 2>&1 || cargo install --locked cargo-nextest
	@mkdir -p $(@D) && touch $@

$(VENV)/ready: tests/requirements.txt | target/.setup/packages
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
	@touch $@

tests/apps/scimmy/node_modules/ready: tests/apps/scimmy/package.json tests/apps/scimmy/package-lock.json
	cd tests/apps/scimmy && npm ci --silent
	@touch $@

# The OpenID provider that the browser tests sign in with.
tests/apps/openid/node_modules/ready: tests/apps/openid/package.json tests/apps/openid/package-lock.json
	cd tests/apps/openid && npm ci --silent --ignore-scripts
	@touch $@

console/node_modules/.packages: console/package-lock.json
	npm --prefix console ci --omit=dev --ignore-scripts --no-audit --no-fund
	@touch $@

# The same with what only the console's tests need.
console/node_modules/.tools: console/package-lock.json
	npm --prefix console ci --ignore-scripts --no-audit --no-fund
	@touch $@ console/node_modules/.packages

console/dist/index.html: console/node_modules/.packages console/package.json $(shell find console -path console/node_modules -prune -o -path console/dist -prune -o -type f -print 2>/dev/null)
	npm --prefix console run build
	@touch $@
