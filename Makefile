# What this checkout can do: `make` lists it. Needs Python >= 3.11; Java >= 17 and Maven for Apache Kafka.
# Everything goes through .venv, which is made on first use and made anew when what it was made from changes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help up test check format schemas load requirements env clean

# Handed to the command: make up ARGS="--broker embedded"; make test ARGS="-k queue"
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# An environment holds its own absolute path: a checkout that moved needs a new one.
PLACE := $(firstword $(shell pwd | cksum))
PACKAGES := $(VENV)/.packages-$(PLACE)
READY := $(VENV)/.ready-$(PLACE)

unexport PYTHONPATH
unexport PYTHONHOME
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help:  ## this list
	@echo 'make <what> [ARGS="..."]'
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 18

up: $(READY)  ## everything on this machine, with a simulated region; Ctrl-C ends all
	@$(BIN)/spoedplein up $(ARGS)

# Two at a time, since most of them wait for something; each has servers of its own. ARGS="-n 0 ..." runs one by one.
test: check  ## all that CI runs: check, then every test, on a real Kafka and PostgreSQL
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --durations=10 $(ARGS)

check: $(READY)  ## ruff, mypy, import-linter
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir .cache/import-linter

format: $(READY)  ## lay the code out, and mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schemas: $(READY)  ## write schemas/json anew from the models
	@$(BIN)/spoedplein schemas export $(ARGS)

load: $(READY)  ## how fast it is, beside its peers and the limit; ARGS="--help" tells more
	@$(BIN)/python -m loadtests $(if $(ARGS),$(ARGS),run)

env: $(READY)  ## only the environment, .venv

# Compiled for the oldest Python that we support; `make requirements ARGS=--upgrade` takes newer versions.
PIN := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
requirements: export CUSTOM_COMPILE_COMMAND := make requirements
requirements: $(READY)  ## pin deploy/requirements and those of the peers anew, with hashes
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and \
		"Pin with Python 3.11, the oldest we support: make clean requirements PYTHON=python3.11")'
	@echo 'Pinning deploy/requirements/run.txt ...'
	@$(PIN) $(ARGS) --output-file deploy/requirements/run.txt pyproject.toml
	@echo 'Pinning deploy/requirements/dev.txt ...'
	@$(PIN) $(ARGS) --extra local --extra plots --extra dev --constraint deploy/requirements/run.txt \
		--output-file deploy/requirements/dev.txt pyproject.toml deploy/requirements/build.in
	@for peer in faust bytewax quix; do \
		echo "Pinning loadtests/peers/requirements/$$peer.txt ..."; \
		if [ $$peer = quix ]; then ours=; else ours='--constraint deploy/requirements/run.txt'; fi; \
		$(PIN) $(ARGS) $$ours --output-file loadtests/peers/requirements/$$peer.txt loadtests/peers/requirements/$$peer.in \
			|| exit 1; \
	done

clean:  ## remove the environment and all caches; what `make up` keeps in .local stays
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find services schemas tests loadtests -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): $(PACKAGES) pyproject.toml
	@echo 'Installing spoedplein into $(VENV) ...'
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(PACKAGES): deploy/requirements/dev.txt
	@python=; for each in $(PYTHON) python3.11 python3.12 python3.13 python3.14 python3; do \
		if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$each"; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'spoedplein needs Python 3.11 or newer, and none is on the PATH. Install one, or name it: make PYTHON=/path/to/python3' >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot make virtual environments. Debian, Ubuntu: apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$("$$python" --version); the first time this takes a minute or two ..."; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/pip install --require-hashes --requirement deploy/requirements/dev.txt
	@touch $@
