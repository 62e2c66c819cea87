# Two commands do everything on a machine with Python 3.11, pip and make:
#   make demo   sets up .venv, runs the main job on the embedded sample, says where the map is
#   make test   sets up .venv with the test tools and runs the tests
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

.PHONY: demo test lint types contracts docs wheelhouse clean

$(VENV)/.run: pyproject.toml constraints/constraints.txt
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints/constraints.txt -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints/constraints.txt "pip>=25.1" "setuptools>=77"
	$(PY) -m pip install --quiet --disable-pip-version-check -c constraints/constraints.txt -e ".[serve,postgis]" --group test --group lint --group docs
	touch $@

demo: $(VENV)/.run
	$(PY) -m geoplan demo

test: $(VENV)/.dev
	$(PY) -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.dev
	$(VENV)/bin/mypy

contracts: $(VENV)/.dev
	$(VENV)/bin/lint-imports

docs: $(VENV)/.dev
	$(PY) -m sphinx -W --keep-going -b html docs docs/_build/html

wheelhouse: $(VENV)/.dev
	$(PY) -m geoplan.wheelhouse --out wheelhouse

clean:
	rm -rf $(VENV) build dist *.egg-info out
