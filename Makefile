# The commands people type. `make help` lists them.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --no-cache-dir --disable-pip-version-check
HOST ?= 127.0.0.1
PORT ?= 8000
PYTEST_ARGS ?=

# The newest supported Python that is on the PATH and can make a virtual environment.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: help setup run test test-fast test-core lint format bench lock messages openapi golden clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: $(VENV)/.ready ## the environment, from the lock file

# The lock file carries hashes and no download addresses: uv only writes it out as a list, and pip, which knows the
# machine's own settings (mirror, certificates, proxy), installs the list and checks every hash.
$(VENV)/.ready: uv.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "make: needs Python 3.11, 3.12 or 3.13 with its venv module on the PATH (Debian: python3-venv)" >&2; exit 1; }
	@echo "setup: environment in $(VENV) from uv.lock"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) "uv==$(UV_VERSION)"
	@$(BIN)/uv export --frozen --quiet --no-emit-project --all-groups --output-file $(VENV)/requirements.txt >/dev/null
	@$(PIP) --no-deps --require-hashes --only-binary :all: -r $(VENV)/requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# mysqlclient is built from source: it needs a compiler and the client library's headers.
$(VENV)/.mysql: $(VENV)/.ready tests/services/programs.py
	@$(BIN)/python -m tests.services.programs
	@$(BIN)/uv export --frozen --quiet --no-emit-project --no-dev --extra mysql --output-file $(VENV)/requirements-mysql.txt >/dev/null
	@$(PIP) --no-deps --require-hashes -r $(VENV)/requirements-mysql.txt
	@touch $@

run: $(VENV)/.ready ## everything at once: database, sample cluster, its runbook, then admin and API until Ctrl-C
	@exec $(BIN)/python manage.py run --host $(HOST) --port $(PORT)

test: $(VENV)/.mysql ## all tests, with private MariaDB, Redis and Chromium
	@$(BIN)/python -m tests.services.programs
	$(BIN)/python -m pytest $(PYTEST_ARGS)
	$(BIN)/python -m tests.services.with_servers $(BIN)/python -m pytest tests/apps tests/api $(PYTEST_ARGS)

test-fast: $(VENV)/.ready ## the tests that need no services
	$(BIN)/python -m pytest -m "not services" $(PYTEST_ARGS)

test-core: $(VENV)/.ready ## the tests of the core alone, without Django and without the real inputs beside the project
	$(BIN)/python -m pytest tests/unit tests/checks tests/golden -p no:django -m "not cases" -n 2 --dist loadfile $(PYTEST_ARGS)

lint: $(VENV)/.ready ## ruff, mypy, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.ready ## put the code into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.ready ## a large cluster: ratios to the bare parsers, each with its limit (BENCH_SCALE=0.1 for a quick look)
	@$(MAKE) --no-print-directory $(VENV)/.mysql || echo "bench: goes on without MariaDB"
	@$(BIN)/python -m tests.bench; core=$$?; if test -e $(VENV)/.mysql; then $(BIN)/python -m tests.bench.fleet || exit 1; fi; exit $$core

lock: $(VENV)/.ready ## resolve again; addresses are taken out so that the lock works behind any mirror
	$(BIN)/uv lock --quiet
	@sed -E -i 's#url = "https?://[^"]*/([^/"]+)"#filename = "\1"#; s#registry = "https?://[^"]+"#registry = "pypi"#' uv.lock

messages: $(VENV)/.ready ## compile the translations of the admin
	$(BIN)/pybabel compile --domain django --directory locale

openapi: $(VENV)/.ready ## write docs/api/openapi.yaml
	$(BIN)/python manage.py spectacular --lang en --validate --fail-on-warn --file docs/api/openapi.yaml

golden: $(VENV)/.ready ## write the golden files anew; read the diff before committing it
	$(BIN)/python -m pytest tests/golden --update-golden -p no:randomly

clean: ## remove the environment and caches, never var/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
