# The only commands to remember; `make help` lists them. Needs make, Python 3.11 or newer and a package index.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
DEMO_HOME ?= $(or $(SAFER_KPI_HOME),lake)
BIN := .venv/bin
STAMP := .venv/.synced
SITE := .cache/site/venv
SPARK := .cache/spark/venv
SPARK_SERVER := .cache/spark/server
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
# A module stays in one process, which makes its lake once; the longest modules begin first.
WORKERS := --dist loadscope --no-loadscope-reorder
# The modules of generated tests: the soak tries all their examples, a hundred where a test states no number.
GENERATED := $(addprefix tests/,properties/test_history_properties.py properties/test_landing_properties.py \
	feeds/test_cell_forms.py feeds/test_intake_against_csv.py flows/test_models.py \
	reading/test_due.py reading/test_verify.py unit/test_reconcile.py)
# What runs in the environment of the extra spark.
ENGINES := tests/flows/test_engines.py tests/flows/test_engines_at_size.py
IN_BROWSERS := tests/browser tests/site
# Lakes of tests lie in memory where there is enough of it: each is flushed, copied and removed within seconds.
MEMORY := $(shell test "$$(df --output=avail -BG /dev/shm 2>/dev/null | tail -1 | tr -dc 0-9)" -ge 8 2>/dev/null \
	&& ! findmnt -no OPTIONS /dev/shm | grep -q noexec && echo /dev/shm)
OWN = $(MEMORY)/safer-kpi-$@-$(shell pwd | cksum | cut -d ' ' -f 1)
IN_MEMORY = $(if $(MEMORY),--basetemp $(OWN))
FORGET = $(if $(MEMORY),rm -rf $(OWN))
TESTS = $(WORKERS) -n 3 $(IN_MEMORY) -m "not e2e and not soak" $(IN_BROWSERS:%=--ignore %)
# Workers side by side have a thread each; the demo's lake, and whatever is not a test, has all.
test coverage e2e: export SAFER_KPI_THREADS = 1
export UV_PYTHON_DOWNLOADS := never
export UV_NO_PROGRESS := 1
# Bytecode that is not kept is made anew by every command, every reading child and every task.
unexport PYTHONDONTWRITEBYTECODE
unexport VIRTUAL_ENV

.PHONY: help demo test coverage check format e2e engines soak bench build pythons docs docs-site screenshots lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(STAMP) ## two years of made-up partner files in ./lake, and their report; shown if it is there (AGAIN=1 makes it anew)
	$(BIN)/safer-kpi demo --home $(DEMO_HOME) $(if $(AGAIN),--replace)

test: $(STAMP) ## every test that needs no server and no network, in three processes
	$(BIN)/python -m pytest $(TESTS)
	$(FORGET)

coverage: $(STAMP) ## the same tests under branch coverage, which is held to its floor
	rm -rf .cache/coverage
	$(BIN)/coverage run -m pytest $(TESTS)
	$(FORGET)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

check: $(STAMP) ## style, types, import arrows, model lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m safer_kpi.compute.lint

format: $(STAMP) ## mend what ruff can mend, write the models as SQLMesh does
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m safer_kpi.compute.lint --format

e2e: $(STAMP) ## real servers, other DuckDB versions, whole stories, the README (build tries the wheel, docs-site the site)
	$(BIN)/python -m pytest $(WORKERS) -n 4 $(IN_MEMORY) -m "e2e and not soak" --ignore tests/flows/test_wheel.py \
		$(ENGINES:%=--ignore %) --ignore tests/site
	$(FORGET)
	$(MAKE) engines

engines: $(SPARK)/.synced ## another engine than DuckDB, Sail, makes the same ledgers and numbers
	$(SPARK)/bin/python -m pytest -q $(IN_MEMORY) -m "e2e and not soak" tests/flows/test_engines.py
	$(FORGET)

soak: coverage $(SPARK)/.synced $(SPARK_SERVER)/.synced ## the long runs, an hour and more: every kill, the longest stories, all generated examples
	TRY_ALL=1 $(BIN)/python -m pytest -v -m soak $(ENGINES:%=--ignore %)
	SPARK_HOME=$$(echo $(CURDIR)/$(SPARK_SERVER)/lib/python*/site-packages/pyspark) \
		$(SPARK)/bin/python -m pytest -v -m soak $(ENGINES)
	TRY_ALL=1 $(BIN)/python -m pytest -m "not soak" --hypothesis-profile soak $(GENERATED)

bench: $(STAMP) ## one table of ratios, each measured side by side on the same bytes
	$(BIN)/python -m benchmarks

build: $(STAMP) ## wheel and source archive in dist/, the wheel tried in an empty environment
	rm -rf dist
	$(UV) build --quiet --no-build-isolation --python $(BIN)/python --out-dir dist
	$(BIN)/python -m pytest -q -n 2 -m e2e tests/flows/test_wheel.py

pythons: $(STAMP) ## the plain wheel on each Python 3.11 to 3.13 that this machine has; says which it lacks
	rm -rf .cache/wheel
	$(BIN)/python -m hatchling build -t wheel -d .cache/wheel
	$(BIN)/python -m tests.pythons .cache/wheel/*.whl

docs: $(STAMP) ## the generated pages: docs/metrics from the definitions, docs/reference from the code
	$(BIN)/safer-kpi docs
	$(BIN)/python -m docs.site.reference

docs-site: $(STAMP) $(SITE)/.synced ## the documentation as a site in site/; a broken link or anchor fails
	rm -rf site
	$(SITE)/bin/python -m sphinx -q -W --keep-going -n -E -d .cache/site/doctrees -c docs/site docs site
	$(BIN)/python -m pytest -q -m e2e tests/site

screenshots: demo ## the pictures of docs/images, of a real stack and of the demo's report in a real browser (needs chromium)
	$(BIN)/python docs/screenshots.py
	$(BIN)/python docs/report_pictures.py $(DEMO_HOME)

lock: $(STAMP) ## resolve again (keeps pins that still fit; add UPGRADE=--upgrade for the newest)
	$(UV) pip compile pyproject.toml $(LOCK_OPTIONS) $(EXTRAS) --group dev -o requirements.lock
	$(UV) pip compile $(LOCK_OPTIONS) --group docs -o requirements-docs.lock
	$(UV) pip compile pyproject.toml $(LOCK_OPTIONS) --extra spark -c requirements.lock -o requirements-spark.lock
	$(UV) pip compile $(LOCK_OPTIONS) --group spark-server -o requirements-spark-server.lock

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $(UPGRADE)
EXTRAS := --extra pipeline --extra airflow --extra lineage --extra s3 --extra postgres --extra production --extra df --extra report --extra http --extra mcp

clean: ## everything that can be made again, the demo's lake included if it holds nothing else (never a lake of yours)
	if [ -e $(DEMO_HOME)/DEMO ]; then $(BIN)/safer-kpi demo --remove --home $(DEMO_HOME) || echo 'The demo lake was left.'; fi
	rm -rf .venv .tools .cache site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed again only when the lock or the project file changed; bytecode is compiled once, here.
$(STAMP): requirements.lock pyproject.toml | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'Python 3.11 or newer is needed; name one: make PYTHON=python3.12' >&2; exit 2; }
	$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	$(UV) pip install -qq --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# Engines beyond DuckDB, in front of everything that .venv holds.
$(SPARK)/.synced: requirements-spark.lock | $(STAMP) $(UV)
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(SPARK)
	$(UV) pip sync --quiet --python $(SPARK)/bin/python --require-hashes requirements-spark.lock
	for site in $(CURDIR)/.venv/lib/python*/site-packages; do \
		echo "import site; site.addsitedir('$$site')" >$(SPARK)/lib/$$(basename $$(dirname $$site))/site-packages/project.pth; \
	done
	@touch $@

$(SPARK_SERVER)/.synced: requirements-spark-server.lock | $(STAMP) $(UV)
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(SPARK_SERVER)
	$(UV) pip sync --quiet --python $(SPARK_SERVER)/bin/python --require-hashes requirements-spark-server.lock
	@touch $@

# The tools that make the site: nobody who uses or works on the package needs them.
$(SITE)/.synced: requirements-docs.lock | $(STAMP) $(UV)
	$(UV) venv --quiet --allow-existing --python $(BIN)/python $(SITE)
	$(UV) pip sync --quiet --python $(SITE)/bin/python --require-hashes --compile-bytecode requirements-docs.lock
	@touch $@

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install -qq "$$(grep -o '^uv==[^ ;]*' requirements.lock)"
