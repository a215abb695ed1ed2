# The only commands to remember; `make help` lists them. Needs make, Python 3.11 or newer and a package index.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
DEMO_HOME ?= lake
BIN := .venv/bin
STAMP := .venv/.synced
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
unexport VIRTUAL_ENV

.PHONY: help demo test check format e2e soak bench build docs screenshots lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## two years of made-up partner files, landed, built and published into ./lake
	$(BIN)/safer-kpi demo --home $(DEMO_HOME)

test: $(STAMP) ## every test that needs no server and no network (documented commands are run by check)
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "not e2e and not soak" --ignore tests/docs

check: $(STAMP) ## style, types, import arrows, model lint, documented commands
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# the demo keeps one core busy for a minute: the other checks have the second one
	$(BIN)/python -m pytest -q tests/docs & documented=$$!; \
	{ $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/python -m safer_kpi.compute.lint; } \
		|| { kill $$documented; wait $$documented || :; exit 1; }; \
	wait $$documented

format: $(STAMP) ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

e2e: $(STAMP) ## tests with real servers, other DuckDB versions and whole stories (build tries the wheel)
	$(BIN)/python -m pytest -n 3 --dist loadscope --no-loadscope-reorder -m e2e --ignore tests/flows/test_wheel.py

soak: $(STAMP) ## the long random runs: kills at every write boundary, readers beside writers
	$(BIN)/python -m pytest -m soak

bench: $(STAMP) ## one table of ratios, each measured side by side on the same bytes
	$(BIN)/python -m benchmarks

build: $(STAMP) ## wheel and source archive in dist/, the wheel tried in an empty environment
	rm -rf dist
	$(UV) build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist
	$(BIN)/python -m pytest -q -m e2e tests/flows/test_wheel.py

docs: $(STAMP) ## a page per metric under docs/metrics, from the definitions
	$(BIN)/safer-kpi docs

screenshots: $(STAMP) ## the pictures of docs/operations.md, from a real stack in a real browser (needs chromium)
	$(BIN)/python docs/screenshots.py

lock: $(STAMP) ## resolve again (keeps pins that still fit; add UPGRADE=--upgrade for the newest)
	$(UV) pip compile pyproject.toml $(LOCK_OPTIONS) --group dev -o requirements.lock

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	--extra pipeline --extra airflow --extra s3 --extra postgres --extra df $(UPGRADE)

clean: ## everything that can be made again, the demo's lake included (never a lake of your own)
	rm -rf .venv .tools .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	if [ -e $(DEMO_HOME)/DEMO ]; then rm -rf $(DEMO_HOME); fi
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed again only when the lock or the project file changed; bytecode is compiled once, here.
$(STAMP): requirements.lock pyproject.toml | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12' >&2; exit 2; }
	$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	$(UV) pip install -qq --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install -qq "$$(grep -o '^uv==[^ ;]*' requirements.lock)"
