# Everything a person does here, one readable line each. `make help` lists it.
PYTHON ?= python3
PORT ?= 8000
ML_PORT ?= 8001
BIN := .venv/bin
# Compiled at once: a service that compiles its libraries while it starts takes a second longer, every time where the
# folder is read-only.
UV := $(BIN)/uv pip install --quiet --compile-bytecode
# uv reads an index address from its own variable; a machine whose pip points at a mirror keeps using that mirror.
export UV_DEFAULT_INDEX ?= $(shell $(PYTHON) -m pip config get global.index-url 2>/dev/null)
LOCAL := --no-deps --no-build-isolation -e libs/contract -e libs/service-kit
LOCAL_PROJECTS := $(wildcard libs/*/pyproject.toml */pyproject.toml)

WEB := frontend
WEB_SOURCES := backend/openapi.json $(shell find $(WEB)/src $(WEB)/public -type f) $(wildcard $(WEB)/*.json $(WEB)/*.ts $(WEB)/*.html)

.PHONY: help install run test lint format bench prove prove-main prove-web prove-ml prove-register prove-resilience openapi lock clean
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

install: .venvs/backend/.done .venvs/ml/.done .venvs/database/.done .venv/.done $(WEB)/dist/index.html fetch ## the four environments, the web app, the models and the sample photos

run: install ## start everything, take attendance of a sample class, keep serving (DEMO=once: stop after the register)
	@$(BIN)/smart-attendance up --port $(PORT) --ml-port $(ML_PORT) --demo $(if $(filter once,$(DEMO)),--once)

test: install ## every check and every test, with coverage
	@scripts/test

lint: install ## format, lint, types, import walls
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix $(WEB) run check

format: install ## let ruff rewrite what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	npm --prefix $(WEB) run format

bench: install .venvs/bench/.done ## the old engine, the bare runtime and our two services, in one run
	$(BIN)/python -m attendance_bench

prove: prove-main prove-web prove-ml prove-register prove-resilience ## every proof that exists

prove-main: install .venvs/bench/.done ## the main job's proofs, a line each (LINES="4 5" chooses)
	$(BIN)/python -m scripts.proofs.main_job $(LINES)

prove-web: install ## the web app's proofs, a line each (LINES="1 3" chooses)
	$(BIN)/python -m scripts.proofs.web $(LINES)

prove-ml: install .venvs/bench/.done ## the ML service's proofs, a line each (LINES="1 5" chooses, LONG=1 measures in full)
	$(BIN)/python -m scripts.proofs.ml $(LINES)

prove-register: install ## the register's proofs, a line each (LINES="6 11" chooses; ends after 40 minutes and goes on the next time, LONG=1 does not)
	$(BIN)/python -m scripts.proofs.register $(LINES)

prove-resilience: install .venvs/bench/.done ## the proofs that nothing is lost, a line each (LINES="2 3" chooses; ends after 40 minutes and goes on the next time, LONG=1 runs all in full)
	$(BIN)/python -m scripts.proofs.resilience $(LINES)

openapi: .venv/.done $(WEB)/node_modules/.done ## write both services' openapi.json, the reference tables and the web app's client anew; a test fails where they drift
	$(BIN)/python -m attendance_ml openapi > ml-service/openapi.json
	$(BIN)/python -m attendance_backend openapi > backend/openapi.json
	$(BIN)/python -m attendance_backend errors > docs/reference/errors.md
	$(BIN)/python -m attendance_backend permissions > docs/reference/permissions.md
	$(BIN)/python -m attendance_backend kept > docs/reference/data-kept.md
	npm --prefix $(WEB) run api

lock: .venv/.done ## write requirements/*.txt anew from requirements/*.in
	cd requirements && for name in build backend ml database dev bench; do ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url $$name.in -o $$name.txt; done

clean: ## remove environments and caches (no data: that lies in the user's data folder)
	rm -rf .venv .venvs .cache $(WEB)/node_modules $(WEB)/dist

.venv/bin/uv: requirements/build.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Smart Attendance needs Python 3.11 to 3.13, this is " + sys.version.split()[0] + ": make PYTHON=python3.12 ...")'
	@echo "installing: build tools"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

.venv/.done: .venv/bin/uv requirements/dev.txt $(LOCAL_PROJECTS)
	@echo "installing: development environment"
	@$(UV) --python .venv --require-hashes -r requirements/build.txt -r requirements/dev.txt
	@$(UV) --python .venv $(LOCAL) -e ml-service -e backend -e cli -e evaluation -e bench
	@touch $@

.venvs/%/.done: .venv/bin/uv requirements/%.txt $(LOCAL_PROJECTS)
	@echo "installing: $* environment"
	@$(PYTHON) -m venv .venvs/$*
	@$(UV) --python .venvs/$* --require-hashes -r requirements/build.txt -r requirements/$*.txt
	@case $* in backend) $(UV) --python .venvs/$* $(LOCAL) -e backend ;; ml) $(UV) --python .venvs/$* $(LOCAL) -e ml-service ;; esac
	@touch $@

$(WEB)/node_modules/.done: $(WEB)/package-lock.json
	@node -e 'const [major, minor] = process.versions.node.split(".").map(Number); if (major < 20 || (major === 20 && minor < 19)) { console.error("The web app needs Node 20.19 or newer, this is " + process.versions.node); process.exit(1); }' || { echo "Smart Attendance needs Node 20.19 or newer."; exit 1; }
	@echo "installing: what the web app is built with"
	@npm --prefix $(WEB) ci --silent --no-audit --no-fund
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.done $(WEB_SOURCES)
	@echo "building: the web app"
	@npm --prefix $(WEB) run --silent build -- --logLevel warn
	@touch $@

.PHONY: fetch
fetch: .venvs/ml/.done
	@.venvs/ml/bin/python -m attendance_ml models fetch
	@.venvs/ml/bin/python -m attendance_ml samples fetch
