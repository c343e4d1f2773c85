# The front door. `make` lists the targets.
# Needs only Python 3.11-3.13, make and git; everything else is set up in .venv from requirements.lock.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	if $$p -c 'import sys; sys.exit(not (3,11) <= sys.version_info[:2] <= (3,13))' 2>/dev/null; then echo $$p; break; fi; done)
BIN := .venv/bin
READY := .venv/.ready
DEMO_STATE := var/demo
STATE ?= $(DEMO_STATE)

SEEDS ?= 10000
FROM ?= 0
CHAINS ?= 20

.PHONY: help setup demo dev test coverage lint types bench sim chains diagnose docs docs-check lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found; install one or set PYTHON=/path/to/python3.12" >&2; exit 1; }
	@echo "Setting up .venv with $(PYTHON) from requirements.lock (about a minute, once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $(READY)

setup: $(READY) ## set up .venv from the lock

demo: $(READY) ## the main job, end to end, against the sandbox: three stores, one week, one day held
	@$(BIN)/frontline --state $(DEMO_STATE) demo

dev: $(READY) ## Dagster UI, daemon and sandbox on loopback, on the demo's state (STATE=var for your own)
	@$(BIN)/frontline --state $(STATE) dev

test: $(READY) lint types ## lint, types, import rules, definitions and all tests
	@$(BIN)/dagster definitions validate -m frontline_pipeline.definitions
	@$(BIN)/python -m pytest -n auto --dist load $(PYTEST_ARGS)

coverage: $(READY) ## all tests again, traced (half as long again): branch coverage of accounting, posting and office
	@$(BIN)/python -m pytest -n auto --dist load --cov --cov-report= $(PYTEST_ARGS)
	@$(BIN)/coverage report --precision=1

lint: $(READY) ## ruff and the import rules of the rooms
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

types: $(READY) ## mypy --strict
	@$(BIN)/mypy

bench: $(READY) ## benchmarks as ratios in one run (some minutes); prints what docs/performance.md quotes
	@$(BIN)/python -m frontline_pipeline_tests.benchmarks

sim: $(READY) ## exactly-once simulator: SEEDS=10000 seeds from FROM=0 on; SEEDS=1 FROM=N tells seed N
	@$(BIN)/python -m frontline_pipeline_tests.simulator --seeds $(SEEDS) --first $(FROM)

chains: $(READY) ## 400 days of a shop with every special case, CHAINS=20 times: vouchers, VAT, continuity, liabilities
	@FRONTLINE_CHAINS=$(CHAINS) $(BIN)/python -m pytest -n auto --dist load frontline_pipeline_tests/sandbox/test_generate_year.py

diagnose: $(READY) ## mutation suite of the diagnosis (some minutes): prints the results and puts them into docs/diagnosis.md
	@$(BIN)/python -m frontline_pipeline_tests.mutations --docs docs/diagnosis.md

docs: $(READY) ## render the generated docs (contract, settings, the posting states) and the settings' JSON Schema
	@$(BIN)/python -m frontline_pipeline.frontline.contract docs/contract.md
	@$(BIN)/python -m frontline_pipeline.settings_file --schema config/settings.schema.json --docs docs/settings.md
	@$(BIN)/python -m frontline_pipeline.posting.diagram docs/posting.md
	@$(BIN)/python -m frontline_pipeline_tests.special_cases docs/special-cases.md

docs-check: $(READY) ## fail when a generated doc is not up to date
	@$(BIN)/python -m frontline_pipeline.frontline.contract --check docs/contract.md
	@$(BIN)/python -m frontline_pipeline.settings_file --check --schema config/settings.schema.json --docs docs/settings.md
	@$(BIN)/python -m frontline_pipeline.posting.diagram --check docs/posting.md
	@$(BIN)/python -m frontline_pipeline_tests.special_cases --check docs/special-cases.md

lock: $(READY) ## resolve pyproject.toml anew into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --no-emit-index-url --no-header -q --upgrade -o requirements.lock

clean: ## remove .venv and caches (not var/: it holds the posting log)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .coverage* build *.egg-info
