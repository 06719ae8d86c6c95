# Everything runs in .venv, made from the lock files. `make help` lists the targets.
PYTHON ?= python3
WATCHLIST ?= config/watchlist.yaml
BIN := .venv/bin

.PHONY: help run test format lint types replay crash bench score conformance demo accept lock clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: .venv/run.stamp ## set up and watch config/watchlist.yaml (WATCHLIST=… for another)
	@$(BIN)/wirewatch run --watchlist $(WATCHLIST)

test: .venv/test.stamp ## format, lint, types, all tests with warnings as errors, coverage
	$(BIN)/ruff format --check daemon tests
	$(BIN)/ruff check daemon tests
	$(BIN)/mypy
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 3 --dist loadfile --no-loadscope-reorder -q
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --include='*/wirewatch/core/*' --fail-under=100
	$(BIN)/coverage report --fail-under=90

format: .venv/test.stamp ## mend format and imports
	$(BIN)/ruff check --fix daemon tests
	$(BIN)/ruff format daemon tests

replay: .venv/test.stamp ## the 12 captured series through the real pipeline at their own pace, on a fake clock
	$(BIN)/python -m tests.replay.run

crash: .venv/test.stamp ## kill -9 at twenty seeded moments: nothing lost, nothing doubled
	$(BIN)/python -m tests.crash.run

bench: .venv/test.stamp ## speed and size beside a plain script; the matcher and a backtest alone, per CPU second
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.match
	$(BIN)/python -m tests.bench.backtest

score: .venv/test.stamp ## precision and recall of the shipped topics on the judged items
	$(BIN)/python -m tests.judged.score

conformance: .venv/test.stamp ## agreement with the stated results of nine parsers' test suites
	$(BIN)/python -m tests.conformance.run

demo: .venv/run.stamp ## the whole watch in half a minute, on made news, without an account or a network
	@$(BIN)/wirewatch demo

accept: .venv/test.stamp ## every campaign there is, and one table of what came out
	$(BIN)/python -m tests.accept

lock: .venv/test.stamp ## renew both lock files from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --group pyproject.toml:build $(LOCK) -o requirements.lock
	uv pip compile pyproject.toml --group pyproject.toml:build --extra test -c requirements.lock $(LOCK) -o requirements-test.lock
LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q --upgrade

clean: ## remove what the targets made (never a database)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage .coverage.*

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Wirewatch needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.11" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@echo "Setting up .venv (once; about a minute) ..."
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/test.stamp: requirements-test.lock .venv/run.stamp
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@
