# `make demo` and `make test` are all that a fresh machine with Python 3.11 or later needs.
# Another interpreter: make demo PYTHON=python3.13
# More processes that test at once, on a machine with more cores: make test WORKERS=8

PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
READY := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint types clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY)  ## Install into .venv, run the demo study, print the answer, name the report
	$(BIN)/warmstart demo

test: lint types  ## Install into .venv, run every check and test
	$(BIN)/pytest -n $(WORKERS) --dist loadfile

lint: $(READY)  ## Check format, style and the direction of imports
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/lint-imports

types: $(READY)  ## Check types
	$(BIN)/mypy

clean:  ## Remove .venv and the caches of tools; results stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist build
	find src tests benchmarks examples -name __pycache__ -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("Warmstart needs Python 3.11 or later; make PYTHON=... names another." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	@echo "Installing Warmstart and what it needs into .venv: a few minutes, once."
	@$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[demo,dev]'
	@touch $@
