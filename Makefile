# What can be done here: `make help`. Works with GNU make 3.81 (macOS) and later.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check --no-deps --require-hashes
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --generate-hashes \
	--python-version 3.11 --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

# Each process has its own database, broker and browser (tests/conftest.py says what stays together).
AT_ONCE ?= -n auto --maxprocesses=4 --dist=loadgroup

export NO_COLOR := 1

.DEFAULT_GOAL := help
.PHONY: help run test bench check fix messages lock clean

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) $(BIN)/portal ## start everything on SQLite with a demo site; Ctrl-C stops it
	@exec $(BIN)/portal up --demo

test: $(DEV) $(BIN)/portal ## install what the tests need, then run the suite on SQLite and on PostgreSQL and Redis
	@$(BIN)/python -m tests.servers ensure
	@echo "The suite, on SQLite"
	@$(BIN)/python -m pytest $(AT_ONCE)
	@echo "What touches the database or the broker, on PostgreSQL and Redis"
	@$(BIN)/python -m pytest $(AT_ONCE) --backend=postgres -m backend

bench: $(DEV) $(BIN)/portal ## measure against peers, side by side, as one table of ratios
	@if [ -f bench/__main__.py ]; then \
		$(BIN)/python -m tests.servers ensure postgres redis chromium && exec $(BIN)/python -m bench; \
	else \
		echo "There are no benchmarks here yet: bench/__main__.py is missing."; \
	fi

check: $(DEV) ## ruff, mypy --strict, import rules, and the rules on templates, translations and the repository
	@echo "ruff check" && $(BIN)/ruff check --quiet .
	@echo "ruff format" && $(BIN)/ruff format --quiet --check . || { echo "Some files are not formatted: make fix"; exit 1; }
	@echo "mypy --strict" && $(BIN)/mypy --strict --no-color-output --no-error-summary portal workers
	@echo "lint-imports" && $(BIN)/lint-imports --no-logo > $(VENV)/imports.txt || { cat $(VENV)/imports.txt; exit 1; }
	@echo "house rules" && $(BIN)/python -m pytest -q tests/rules

fix: $(DEV) ## mend what ruff can mend and format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

messages: $(DEV) ## put new sentences into the catalogs of portal/translations, there to be translated, and take old ones out
	@$(BIN)/python -m tests.catalogs

lock: $(DEV) ## write the lock files again from pyproject.toml (UPGRADE=1 takes the newest versions)
	@$(COMPILE) pyproject.toml --output-file requirements.lock
	@$(COMPILE) pyproject.toml --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove .venv and the caches; your data in var/ stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find portal workers tests bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2> /dev/null \
		|| { echo "Python has no venv here. On Debian, as root: apt-get install python3-venv"; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(RUNTIME): $(VENV)/.made requirements.lock
	@echo "Installing requirements.lock (about 20 s, once)"
	@$(PIP_INSTALL) -r requirements.lock
	@touch $@

$(DEV): $(VENV)/.made requirements.lock requirements-dev.lock
	@echo "Installing requirements-dev.lock (about 40 s, once)"
	@$(PIP_INSTALL) -r requirements-dev.lock
	@touch $(RUNTIME) $@

# The command of this checkout. Its children (gunicorn, dramatiq) find the packages by the inherited PYTHONPATH, so
# nothing needs to be built or installed in editable mode.
define LAUNCHER
#!/bin/sh
# Written by the Makefile: the portal of this checkout, from any folder, without activating anything.
export PYTHONPATH="$(CURDIR)$${PYTHONPATH:+:$$PYTHONPATH}"
exec "$(CURDIR)/$(BIN)/python" -P -c 'import sys; sys.argv[0] = "portal"; from portal.cli import main; sys.exit(main())' "$$@"
endef
export LAUNCHER

$(BIN)/portal: Makefile $(VENV)/.made
	@printf '%s\n' "$$LAUNCHER" > $@
	@chmod +x $@
