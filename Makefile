# make site   the environment, the pages of what is published, the experiments' demo profile, and the
#             website in _build/html
# make test   the environment, the linter and all tests
# make lab    JupyterLab, with the experiments as notebooks
# make bench  the speed of ours against named baselines, as ratios
# make clean  the website and the runs away; the environment and the records of trials stay

PYTHON ?= python3
BIN := .venv/bin
PROFILE ?= demo
JOBS ?= 2
ESCNN_SUPPORT := -e ./lib/escnn_support/lie_learn -e ./lib/escnn_support/py3nj
SOURCES := $(shell find lib notebooks tests docs -name '*.py' -o -name '*.rst' -o -name '*.bib' \
             -o -name '*.csv' -o -name '*.json' -o -name '*.js' -o -name '*.css' -o -name '*.yaml') \
           conf.py index.rst pyproject.toml environment.yml Makefile README.md

.DELETE_ON_ERROR:
.PHONY: site test lab bench clean

EXPERIMENTS = $(basename $(notdir $(wildcard notebooks/*.py)))
PUBLISHED = $(filter $(EXPERIMENTS),$(patsubst docs/records/%/plans/full.jsonl,%,$(wildcard docs/records/*/plans/full.jsonl)))
LOOK_UP = $(if $(PUBLISHED),$(BIN)/labbook run $(PUBLISHED) --profile full --records-only --if-stale -j $(JOBS) || true)

# What is published is looked up first: a page shows that, and a notebook that cannot do without its
# data gets its demo; and once more at the end, for a demo may have trained what a page shows, too. The
# largest notebooks come first: with the longest run at the end, the other core would wait.
site: .venv/installed
	@$(LOOK_UP)
	@$(BIN)/labbook run $$(ls -S notebooks/*.py | xargs -n1 basename | sed 's/\.py$$//') \
	    --profile $(PROFILE) --if-stale -j $(JOBS); ran=$$?; $(LOOK_UP); $(BIN)/labbook site && exit $$ran

test: .venv/tested
	@echo "All tests have passed, and nothing has changed since (make -B test runs them again)."

lab: .venv/installed
	@$(BIN)/labbook lab

bench: .venv/installed
	@for script in tests/benchmarks/bench_*.py; do \
	    echo "== $$script"; $(BIN)/python $$script || exit 1; done

clean:
	rm -rf _build notebooks/*.ipynb
	find runs -mindepth 1 -maxdepth 1 ! -name records -exec rm -rf {} + 2>/dev/null || true

# torch comes first: its pin keeps other packages from asking for another build. The distributions
# of lib/escnn_support come along, so that pip does not fetch the ones that escnn names. `import
# escnn` hides its errors: the last lines show them, and let escnn keep on disk what takes it longest.
.venv/installed: pyproject.toml $(wildcard lib/escnn_support/*/pyproject.toml)
	@echo "Setting up .venv (torch, JupyterLab, Sphinx, …): some minutes the first time."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "labbook needs Python 3.11 or newer; name one: make PYTHON=python3.12"; exit 1; }
	$(BIN)/pip install --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --disable-pip-version-check $(ESCNN_SUPPORT) -e '.[dev]'
	@$(BIN)/pip check --disable-pip-version-check
	@$(BIN)/python -c 'from escnn import gspaces, group, nn; group.octa_group(); group.ico_group()' >/dev/null
	@touch $@

.venv/tested: .venv/installed $(SOURCES)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
	@touch $@
