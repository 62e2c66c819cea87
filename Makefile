# Two commands do everything on a machine with Python 3.11, pip and make:
#   make demo   sets up .venv, runs the main job on the embedded sample, says where the map is
#   make test   sets up .venv with the test tools and runs the fast tests (under 3 minutes)
# The rest is for those who change geoplan, see CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# Python compiles what it loads; pip would compile all there is, one file after the other
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-compile -c constraints/constraints.txt
# what make mutation looks at: a room, a module, several of them; all computing modules if empty
MUTATE ?=
PER_MODULE ?= 10
SEED ?= 1
# make fuzz: how many broken files, of which readers (all if empty), where the bad ones go
COUNT ?= 20000
READERS ?=
KEEP ?= out/fuzz

# texts of statutes, and words of those that are not among them
TEXTS ?= ../shared/laws
WORDS ?= ../shared/facts/rules_corrections.csv

# tests are compiled once and kept, whatever the shell says: it is a tenth of their time
test test-all fuzz: export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-all coverage lint types contracts docs law articles hooks fuzz mutation reachable wheelhouse clean

$(VENV)/.run: pyproject.toml constraints/constraints.txt
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PIP) "pip>=25.1" "setuptools>=77"
	$(PIP) -e ".[serve,postgis]" --group test --group lint --group docs
	touch $@

$(VENV)/.mutation: $(VENV)/.dev
	$(PIP) --group mutation
	touch $@

demo: $(VENV)/.run
	$(PY) -m geoplan demo

test: $(VENV)/.dev
	$(PY) -m pytest -m "not slow and not browser" -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

test-all: $(VENV)/.dev
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

# lines the tests reach; a quarter slower, so the gate does without
coverage: $(VENV)/.dev
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.dev
	$(VENV)/bin/mypy

contracts: $(VENV)/.dev
	$(VENV)/bin/lint-imports

docs: $(VENV)/.dev
	$(PY) -m sphinx -W --keep-going -b html docs docs/_build/html

# quotes against articles, laws against the calendar; whole texts where the folder is there
law: $(VENV)/.run
	$(PY) -m geoplan rules audit $(if $(wildcard $(TEXTS)),--texts $(TEXTS))

articles: $(VENV)/.run
	$(PY) docs/_articles.py --texts $(TEXTS) $(if $(wildcard $(WORDS)),--words $(WORDS))

hooks: $(VENV)/.dev
	$(VENV)/bin/pre-commit install

# property tests on new cases (what fails becomes an @example), then broken files of every reader
fuzz: $(VENV)/.dev
	$(PY) -m pytest -m "hypothesis and not slow" -n auto --hypothesis-profile=free --hypothesis-seed=$(SEED)
	$(PY) -m tests.faults --seed $(SEED) --count $(COUNT) --keep $(KEEP) $(READERS)

mutation: $(VENV)/.mutation
	$(PY) -m tests.mutation $(MUTATE) --per-module $(PER_MODULE) --seed $(SEED) --learn

reachable: $(VENV)/.dev
	$(PY) -m tests.reachable

wheelhouse: $(VENV)/.dev
	$(PY) -m geoplan.wheelhouse --out wheelhouse

clean:
	rm -rf $(VENV) build dist *.egg-info out
