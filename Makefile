# make run    trains, scores on held-out stories, reports      make run SEEDS="1 2 3" measures the spread, too
# make arabert   the benchmark with AraBERT (network, better a GPU): one line to send in with `khabar benchmark --submit`
# make test   lint, types and all tests                         make docs   tables of README, datasheet, guidelines
# PYTHON names the interpreter (3.11+) and TORCH what pip installs for torch.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || echo python3)
TORCH ?= torch==2.13.0
VENV ?= .venv
BIN := $(VENV)/bin
ENCODER ?=
RECIPE ?= training/recipes/$(if $(ENCODER),arabert,default).yaml
SEEDS ?= 1

export TOKENIZERS_PARALLELISM := false

.PHONY: run arabert test lint docs clean

run: $(VENV)/.installed
	$(BIN)/khabar check
	$(BIN)/khabar stats
	$(BIN)/khabar train $(RECIPE) $(if $(ENCODER),--encoder $(ENCODER))
	$(BIN)/khabar benchmark stories --recipe $(RECIPE) $(if $(ENCODER),--encoder $(ENCODER)) $(if $(SEEDS),--seeds $(SEEDS))
	$(BIN)/khabar report

arabert: $(VENV)/.installed
	mkdir -p runs
	$(BIN)/khabar benchmark stories --recipe training/recipes/arabert.yaml $(if $(ENCODER),--encoder $(ENCODER)) --seeds 1 2 3 --json > runs/arabert.json
	cat runs/arabert.json

test: $(VENV)/.installed-dev lint
	-$(BIN)/python -m khabar.annotation.studio.server
	$(BIN)/pytest -n 2 --dist loadfile

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.installed
	$(BIN)/python -m khabar.hub.pages

# torch comes first and alone: left to the resolver, a build for another machine may come instead.
$(VENV)/.torch:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "khabar needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.torch
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) runs $(filter-out eval/README.md,$(wildcard eval/*.md))
