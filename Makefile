# Khabar's front door for people: `make demo`, `make run`, `make test`.
PYTHON ?= python3
UV_VERSION := $(shell sed -n 's/^uv==//p' constraints.txt)
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash

.DEFAULT_GOAL := help
.PHONY: help install demo run test test-slow check bench secrets constraints

help:            ## Say what each target does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

$(BIN)/khabar: constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
	  || { echo "Khabar needs Python 3.11-3.13; $(PYTHON) is $$($(PYTHON) -V). Try: make install PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement constraints.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

install: $(BIN)/khabar ## Build .venv from constraints.txt

demo: install    ## Run everything on the bundled newsroom, no internet needed
	$(BIN)/khabar up --demo

run: install     ## Run everything on the live outlets of the catalogue
	$(BIN)/khabar up

test: install    ## All tests that take seconds, and one pass in a real Airflow
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

test-slow: install ## Long fault and scale tests
	$(BIN)/python -m pytest -m slow

check: install   ## ruff, mypy strict, and the borders between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install   ## Timed figures, ours beside the bare counterpart
	$(BIN)/python -m tests.bench

secrets:         ## Write .env: passwords and keys of docker-compose.yml
	$(PYTHON) -m khabar.airflow.stack_secrets

constraints:     ## Resolve the newest versions again into constraints.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --all-extras pyproject.toml \
	  --no-header --no-annotate --no-emit-index-url --output-file constraints.txt
