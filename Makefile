# Everything a person does with this tree by name; `make help` lists it.
# PORT, DATA_DIR, DEMO and every other setting work from the environment or as `make run PORT=9000`.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
SHELL := /bin/sh
BIN := .venv/bin
CODE := app.py servicedesk sla routing knowledge portal benchmarks
# Tests bring their own settings; a desk's must not reach them.
CLEAN_ENV := env -u DATABASE_URL -u REDIS_URL -u DATA_DIR -u PORT -u DEMO -u BASE_URL -u PYTHONDONTWRITEBYTECODE
COMPILE := uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: .venv/.dev ## Make .venv with everything to run and test the desk

run: .venv/.run ## Start the desk: web, worker and scheduler (settings: PORT, DATA_DIR, DEMO=0)
	@exec $(BIN)/servicedesk run

test: install ## Run the tests that need no browser and no server
	@exec $(CLEAN_ENV) $(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not browser and not redis" $(ARGS)

lint: install ## Check style, types and who imports whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --severity-level medium --configfile pyproject.toml $(filter-out benchmarks,$(CODE))

seed: .venv/.run ## Load the demo desk
	@exec $(BIN)/servicedesk demo

migrate: .venv/.run ## Bring the database to the newest schema
	@exec $(BIN)/servicedesk migrate

screens: install ## Photograph the pages in both languages, wide and narrow, light and dark
	@exec $(CLEAN_ENV) $(BIN)/python -m pytest -q -p no:randomly -m browser tests/screens $(ARGS)

bench: install ## Measure against the floor of the stack (see benchmarks/README.md)
	@exec env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m benchmarks.measure $(ARGS)

lock: ## Resolve requirements/ anew, keeping versions that still fit
	uv=$$(requirements/install.sh uv) && PATH="$$(dirname "$$uv"):$$PATH" && \
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in -o requirements/run.lock && \
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in --extra postgres --extra s3 \
	  -c requirements/run.lock -o requirements/server.lock && \
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in --extra postgres --extra s3 \
	  --group test --group browser --group lint -c requirements/server.lock -o requirements/dev.lock && \
	$(COMPILE) requirements/uv.in -o requirements/uv.lock

upgrade: ## Resolve requirements/ to the newest versions the bounds allow
	@$(MAKE) lock UPGRADE=--upgrade

clean: ## Remove .venv, caches and compiled files; a desk's data stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find . -name '*.mo' -not -path './.venv/*' -delete

.venv/.run: requirements/run.lock
	@requirements/install.sh run

.venv/.dev: requirements/dev.lock
	@requirements/install.sh dev

.PHONY: help install run test lint seed migrate screens bench lock upgrade clean
