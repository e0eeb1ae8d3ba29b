# Two commands: `make up` runs the whole thing on this machine, `make test` runs every test the machine allows.
.DEFAULT_GOAL := help
.PHONY: help setup up down clean doctor render test test-fast test-long dr-proof check types format bench

STACK ?= dev
PYTHON ?= python3
UV_VERSION := 0.13.8
BIN := .venv/bin
UV := .venv/tool/bin/uv

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment is made from uv.lock alone; uv itself comes from a virtual environment inside it, so that a machine
# needs nothing but Python.
.venv/ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: Python $$($(PYTHON) -V 2>&1 | cut -d" " -f2) is too old: install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(UV) || { echo "installing uv $(UV_VERSION)"; $(PYTHON) -m venv .venv/tool && .venv/tool/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION); }
	@echo "installing the locked packages"
	@$(UV) sync --frozen -q --inexact
	@touch $@

setup: .venv/ready ## Make the Python environment in .venv

up: .venv/ready ## Bring stack dev (or STACK=...) up on this machine
	@$(BIN)/dbaas up --stack $(STACK)

down: .venv/ready ## Destroy it and stop what `make up` started
	@$(BIN)/dbaas down --stack $(STACK)

clean: .venv/ready ## Destroy it and forget its state
	@$(BIN)/dbaas clean --stack $(STACK)

doctor: .venv/ready ## Show which parts are used and what mends a missing one
	@$(BIN)/dbaas doctor --stack $(STACK)

render: .venv/ready ## Write the stack's plain manifests to rendered/
	@$(BIN)/dbaas render --stack $(STACK) --output rendered/$(STACK)

test: .venv/ready ## Run every test this machine allows; names what it skipped and why
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long"

# Folders in which every test needs a server or an engine: reading them costs seconds, and takes nothing out of the quick run.
SERVER_TESTS := $(addprefix --ignore=tests/,engine steps operators vault dr_postgresql)

# Compiled modules are kept beside the tools, also where the environment asks for none: every worker and every program
# that a test starts would compile all of them anew, a third of the time.
test-fast: export PYTHONDONTWRITEBYTECODE :=
test-fast: export PYTHONPYCACHEPREFIX := $(CURDIR)/.venv/bytecode
test-fast: .venv/ready ## Run the quick tests that need no server and no engine
	@$(BIN)/python -m pytest -n 2 --dist loadfile -q -m "not (api or engine or steps or operators or vault or monitoring or postgresql or slow or long)" $(SERVER_TESTS)

test-long: .venv/ready ## Run the long variants of the generated tests too
	@$(BIN)/python -m pytest -n 2 --dist loadfile

dr-proof: .venv/ready ## Measure switchover and failover of real PostgreSQL servers; REPETITIONS=5 for more
	@DBAAS_PROOF_REPETITIONS=$(or $(REPETITIONS),1) $(BIN)/python -m pytest -q tests/dr_postgresql

check: .venv/ready ## Lint, types and the fast tests: what every commit has to pass
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(MAKE) --no-print-directory -j 2 types test-fast

types: .venv/ready ## Check the types
	@$(BIN)/pyright

format: .venv/ready ## Format the code
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: .venv/ready ## Measure speed: prints a table, writes bench-results.json
	@$(BIN)/python -m tests.bench
