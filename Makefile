# Cadre. `make run` shows a whole season; `make test` proves the program. Everything else: `make help`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN    := .venv/bin
READY  := .venv/.ready
ARGS   ?=

export PYTHONDONTWRITEBYTECODE =

.PHONY: help run practice practice-reset test test-all check format docs lock up clean distclean
.DEFAULT_GOAL := help

help:  ## list what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# uv comes first, by its own pinned hashes, then installs the rest of the lock several times faster than pip.
$(READY): requirements.lock pyproject.toml
	@echo "Setting up .venv from requirements.lock (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^[a-z]/ {keep = /^uv==/} keep' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

run: $(READY)  ## run the whole sample season and show the result (ARGS="--districts 40" for a smaller one)
	@$(BIN)/cadre season run $(ARGS)

up: $(READY)  ## start server, worker, deployments and sandbox on loopback; Ctrl-C stops them
	@$(BIN)/cadre up $(ARGS)

practice: $(READY)  ## be the operator of a season on a clock that you move (ARGS="--districts 24" for a smaller one)
	@$(BIN)/cadre practice $(ARGS)

practice-reset: $(READY)  ## the same, started over
	@$(BIN)/cadre practice --reset $(ARGS)

test: $(READY)  ## the tests, on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest -q -n 3 --dist loadgroup -m "not exhaustive" $(ARGS)

test-all: $(READY)  ## the slow, exhaustive tests too
	@$(BIN)/python -m pytest -q -n 3 --dist loadgroup $(ARGS)

check: $(READY)  ## format, lint, strict types and the fast tests
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q -n 0 tests/rules tests/test_architecture.py tests/test_style.py --cov=rules --cov-branch --cov-fail-under=100 --cov-report=

format: $(READY)  ## format and mend what ruff can mend
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

docs: $(READY)  ## write docs/rules.md, docs/states.md, docs/audit.md, and docs/letters/ from the code
	@$(BIN)/python -m deployments.rulebook
	@$(BIN)/python -m deployments.statebook
	@$(BIN)/python -m deployments.auditbook
	@CADRE_WRITE_LETTERS=1 $(BIN)/python -m pytest -q -n 0 tests/tasks/letters/test_templates.py

lock: $(READY)  ## resolve pyproject.toml again into requirements.lock, and prove that Prefect's services work with it
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --all-extras pyproject.toml -o requirements.lock
	@$(MAKE) --no-print-directory $(READY)
	@$(BIN)/python -m pytest -q -n 0 tests/deployments/test_locked_versions.py

clean:  ## remove what runs wrote (the data directory var/) and caches
	@rm -rf var .pytest_cache .mypy_cache .ruff_cache .coverage .hypothesis
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

distclean: clean  ## remove the virtual environment too
	@rm -rf .venv
