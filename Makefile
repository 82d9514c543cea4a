# The commands of this project. `make help` lists them; `make demo` and `make test` need nothing but make, a Python
# from 3.11 on to start with, and the package registries.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
export SAM_CLI_TELEMETRY := 0

# The first interpreter that really runs and is new enough (a pyenv shim may exist and still not run).
START := $(shell for p in "$$HOME"/.pyenv/versions/3.13*/bin/python3.13 python3.13 python3.12 python3.11 python3 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)
BIN := .venv/bin
IN_VENV := PATH="$(CURDIR)/.venv/bin:$$PATH"
BOOTSTRAP = $(if $(START),$(START) local/bootstrap.py,@echo "No Python from 3.11 on was found; install one and try again." >&2; exit 1;)
SOURCES := layers functions cli local tests bench
# The processor to build for: what `sam deploy --guided` was answered, else the template's default, unless it is given here.
ARCHITECTURE ?= $(shell sed -nE 's/.*Architecture=[^a-z]*(arm64|x86_64).*/\1/p' samconfig.toml | head -1)

.PHONY: help setup demo test check build deploy e2e bench lock clean

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: ## make or renew .venv from locks/dev.txt
	@$(BOOTSTRAP) dev

demo: ## run everything on this machine and show what arrived (ARGS=--keep leaves it up)
	@$(BOOTSTRAP) dev ministack bugsink
	@$(IN_VENV) python -m logrouter_local.demo $(ARGS)

test: setup ## the whole suite that fits in minutes
	@$(IN_VENV) pytest -n 2 --dist loadgroup -m "not e2e and not built" $(ARGS)

check: ## lint, format, types, import contracts, template, security, docs
	@$(BOOTSTRAP) dev checkov
	$(IN_VENV) ruff check $(SOURCES)
	$(IN_VENV) ruff format --check $(SOURCES)
	$(IN_VENV) mypy
	$(IN_VENV) lint-imports --no-cache
	$(IN_VENV) bandit -q -r layers functions -c pyproject.toml
	$(IN_VENV) bandit -q -ll -r cli local -c pyproject.toml  # what runs on a developer's machine starts processes
	$(IN_VENV) sam validate
	$(IN_VENV) sam validate --lint
	$(IN_VENV) cfn-lint template.yaml
	$(IN_VENV) python -m logrouter_local.translated .local/translated.json
	.tools/checkov/bin/checkov -f template.yaml -f .local/translated.json --compact --quiet --skip-download
	@$(IN_VENV) pytest tests/docs $(ARGS)

build: setup ## build the artifacts and compile their bytecode (ARCHITECTURE=x86_64 or arm64)
	$(IN_VENV) sam build $(if $(ARCHITECTURE),--parameter-overrides Architecture=$(ARCHITECTURE)) $(ARGS)
	$(BIN)/python -m compileall -q --invalidation-mode unchecked-hash .aws-sam/build

deploy: build ## deploy to the account of your credentials (ARGS="--config-env staging")
	$(IN_VENV) sam deploy $(ARGS)

e2e: ## the demo's stack, asserted: kills, timeouts, leaks
	@$(BOOTSTRAP) dev ministack bugsink
	@$(IN_VENV) pytest tests/e2e -m "e2e or built" $(ARGS)

bench: setup ## what a record costs, beside the ceilings, in one run
	@for b in bench/*.py; do $(IN_VENV) python "$$b"; done

lock: setup ## resolve pyproject.toml anew into locks/
	@for g in dev ministack bugsink checkov; do \
	  $(IN_VENV) python local/bootstrap.py uv pip compile -q --group $$g $$( [ $$g = dev ] && echo pyproject.toml ) --universal \
	    --python-version 3.13 --generate-hashes --no-header --no-annotate --upgrade -o locks/$$g.txt; done

clean: ## remove what the commands above made
	rm -rf .venv .tools .local .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis
