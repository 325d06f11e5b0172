# make run | test [CASES=--every-case] | test-fast | check | bench [CORPUS=file.parquet] | soak | hub [HUB=folder] [HUB_PORT=8090]
# make chaos [CHAOS_SEED=1] [CHAOS_ROUNDS=200] | chaos-sabotage
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HUB ?= /tmp/mistudio-hub
HUB_PORT ?= 8090
# the files of few but long tests are not last, when one process has nothing left
SERVICES := tests/chaos tests/web tests/end_to_end
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: run test test-fast check check-python check-web bench soak chaos chaos-sabotage format hub release-schema

run: $(VENV)/.run
	@$(BIN)/python web/build.py
	@$(BIN)/mistudio up

# Four processes on two cores: each waits half of its time for what it has started; two where that is a whole service.
# Of tests with very many cases some are run: all of them with CASES=--every-case.
test: $(VENV)/.test
	$(BIN)/python -m pytest $(CASES) -n 4 --dist loadfile $(foreach folder,$(SERVICES),--ignore $(folder))
	$(BIN)/python -m pytest $(CASES) -n 2 --dist loadfile --no-loadscope-reorder $(SERVICES)

test-fast: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

# The pages need nothing of the rest: `make -j2 check` does both at once.
check: check-python check-web

check-python: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy web/build.py
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_dependencies.py
	$(BIN)/mistudio schema | diff api/schema.graphql -

check-web: $(VENV)/.test
	$(BIN)/python web/build.py run --silent check

format: $(VENV)/.test
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Clients of a release rely on its schema: `make check` fails when a later one breaks them.
release-schema:
	cp api/schema.graphql api/schema.released.graphql

bench: $(VENV)/.test
	CORPUS="$(CORPUS)" $(BIN)/python -m tests.benchmarks

# SOAK_MINUTES of mixed load on a service of its own, 20 where that is not set.
soak: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.soak

# Half an hour and more; among the tests are 5 rounds where CHAOS_ROUNDS is not set.
chaos: $(VENV)/.test
	CHAOS_SEED="$(CHAOS_SEED)" CHAOS_ROUNDS="$(CHAOS_ROUNDS)" $(BIN)/python -m tests.chaos

chaos-sabotage: $(VENV)/.test
	$(BIN)/python -m tests.chaos.sabotage

hub: $(VENV)/.test
	$(BIN)/python -m tests.texts "$(HUB)"
	$(BIN)/python -m tests.hub "$(HUB)" --port $(HUB_PORT)

$(VENV)/.run: requirements.txt pyproject.toml
	@echo "Installing what requirements.txt pins into $(VENV): a minute or two, once."
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.txt
	$(INSTALL) --no-build-isolation --no-deps --editable .
	@$(BIN)/python -m workers.compiled
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements-dev.txt
	$(INSTALL) -r requirements-dev.txt
	@touch $@
