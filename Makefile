# Every habit of the house. `make help` lists them; nothing is needed beforehand but Python 3.11 or later and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WEAR := web/static/vendor/fetched.txt
MESSAGES := locale/sv/LC_MESSAGES/behorig
ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo serve test lint types imports bench crowd authority screenshots diagrams messages lock wheel clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name words; do printf '  make %-11s %s\n' "$$name" "$$words"; done

# The stamp is written last: an installation that was interrupted is begun anew, whatever it left behind.
$(READY): requirements/dev.txt pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or later is needed: make PYTHON=python3.12 ...' >&2; exit 1; }
	@echo 'Installing into $(VENV); this takes about a minute.'
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(MESSAGES).mo: $(MESSAGES).po | $(READY)
	@$(BIN)/python -c 'import pathlib, hatch_build; hatch_build.compile_catalogues(pathlib.Path())'

$(WEAR): web/assets.toml | $(READY)
	@$(BIN)/python -c 'import pathlib, hatch_build; hatch_build.fetch_assets(pathlib.Path())'
	@touch $@

install: $(READY) $(MESSAGES).mo $(WEAR) ## an environment to work in, in .venv

demo: install ## the main job, told in a few minutes of reading
	@$(BIN)/behorig demo $(ARGS)

serve: install ## the web pages on made-up data of a municipality's size (ARGS="--port 9000")
	@$(BIN)/behorig serve --demonstration behorig-demo $(ARGS)

# In two parts: what measures time or takes all of the machine needs it to itself, and the rest goes a file at a time,
# since some make first what all of their tests look at. Pytest's 5 means that a part has no test, as when
# ARGS="-k calendar" chose none of it.
test: install ## the whole suite, on SQLite and on a real PostgreSQL (ARGS="-k calendar" for a part of it)
	@$(BIN)/python -m pytest -m alone $(ARGS) || test $$? -eq 5
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not alone' $(ARGS) || test "$$?:$(if $(ARGS),part,whole)" = 5:part

lint: install ## style and likely mistakes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install ## types, strictly, tests included
	@$(BIN)/mypy

imports: install ## who may import whom
	@$(BIN)/lint-imports --no-logo

bench: install ## how long the main jobs take on this machine
	@$(BIN)/python -m benchmarks $(ARGS)

crowd: install ## fifty people at once on the web pages, and how long they wait (ARGS="--seconds 30")
	@$(BIN)/python -m benchmarks.crowd $(ARGS)

authority: install ## the table of who may do what in docs/, as the pages answer
	@$(BIN)/python -m tests.web.authority

screenshots: install ## the pictures in the README, from the running pages
	@$(BIN)/python -m tests.browser.screenshots

diagrams: install ## the tables and diagrams of the workflows in docs/
	@$(BIN)/python -m tools.diagrams

messages: install ## bring the Swedish catalogue up to date with the code
	@$(BIN)/python -m tools.messages

# UPGRADE=--upgrade for the newest versions; without it only what pyproject.toml asks for changes.
lock: install ## pin every package by version and hash (UPGRADE=--upgrade for newer ones)
	@$(BIN)/uv pip compile $(LOCK) --output-file requirements/runtime.txt pyproject.toml
	@$(BIN)/uv pip compile $(LOCK) --all-extras --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt pyproject.toml

LOCK = --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command 'make lock' $(UPGRADE)

wheel: install ## the package to install elsewhere, in dist/
	@rm -rf dist
	@$(BIN)/python -m hatchling build --target wheel

clean: ## remove everything that was made here
	@rm -rf $(VENV) build dist behorig-demo web/static/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@rm -f locale/*/LC_MESSAGES/*.mo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
