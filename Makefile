# Needs python3 (3.11 or later), pip and make. Another interpreter: `make clean`, then `make test PYTHON=python3.13`.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench soak clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-6s %s\n", $$1, $$2}' Makefile

demo: .venv/.installed ## run the Medway example in a fresh file, build/demo.db
	@mkdir -p build
	@rm -f build/demo.db*
	@$(BIN)/plantrack --db build/demo.db demo

test: lint ## lint, then run the tests and every block of the documentation, with coverage
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest --numprocesses auto --dist loadfile
	@$(BIN)/coverage combine -q
	@$(BIN)/coverage report

lint: .venv/.installed ## check style, format, types and layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check || { echo "To format: $(BIN)/ruff format" >&2; exit 1; }
	@$(BIN)/mypy
	@kept=`$(BIN)/lint-imports 2>&1` || { echo "$$kept"; exit 1; }

bench: .venv/.installed ## measure the speeds and print them beside their floors
	@$(BIN)/python benchmarks/run.py

soak: .venv/.installed ## run the long tests
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-soak} $(BIN)/python -m pytest -m soak

clean: ## remove everything that make made
	@rm -rf .venv build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# A working .venv is brought up to date in place. Where Python comes without venv, virtualenv does its work, from a
# folder of its own: nothing is installed outside this repository.
.venv/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "plantrack needs Python 3.11 or later and '$(PYTHON)' is `$(PYTHON) --version 2>&1`." >&2; \
	  echo "Name another: make PYTHON=python3.13 ..." >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 \
	|| $(PYTHON) -m venv --clear .venv >/dev/null 2>&1 \
	|| { echo "'$(PYTHON) -m venv' failed: using virtualenv." >&2; rm -rf .venv \
	     && $(PYTHON) -m pip install -q --no-user --upgrade --target build/virtualenv virtualenv \
	     && PYTHONPATH=build/virtualenv $(PYTHON) -m virtualenv -q .venv; } \
	|| { echo "No virtual environment could be made. Install your system's python3-venv or python3-pip package." >&2; \
	     exit 1; }
	@echo 'Installing into .venv: the first time, and when pyproject.toml has changed.' >&2
	@$(BIN)/python -m pip install -q -e '.[dev]'
	@touch $@
