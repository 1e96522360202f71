# `make help` lists the targets. On a fresh machine Python 3.11 or newer, pip and make are enough.

PYTHON ?= python3
MODEL  ?=
QUANT  ?=
REVISION ?=
FOLDER ?=
HOST   ?=
PORT   ?=
DATA   ?=
EXTRAS ?=
URL    ?= http://127.0.0.1:$(or $(PORT),8000)
KEY    ?=
TESTS  ?= not gpu and not slow
NAME   ?=
LIKE   ?= bf16
SCALE  ?= full
TOKENIZER ?=

VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# a flag of the server where its variable is given: else the environment, .env and the default have their say
flag    = $(if $($(2)),--$(1) "$($(2))")
TORCH  := $(shell grep '^torch==' constraints.txt)

.DEFAULT_GOAL := help
.PHONY: help install serve download key test test-all fuzz demo load test-checkpoint check format golden chromium screenshots wheel clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-15s %s\n", $$1, $$2}'
	@echo
	@echo "  variables: MODEL QUANT HOST PORT DATA, REVISION FOLDER, EXTRAS, PYTHON=$(PYTHON)"
	@echo "  make serve MODEL=openbmb/MiniCPM-V-2_6 QUANT=int4    the real model in 4 bits"

install: $(VENV)/.installed $(EXTRAS:%=$(VENV)/.installed-%) ## create .venv and install (EXTRAS=gpu adds flash-attn)

serve: install ## serve MODEL at http://HOST:PORT, in 4 or 8 bits with QUANT=int4 or int8
	@exec $(BIN)/python -m server $(call flag,model,MODEL) $(call flag,revision,REVISION) $(call flag,quantization,QUANT) $(call flag,host,HOST) $(call flag,port,PORT) $(call flag,data,DATA)

download: install ## fetch MODEL without serving it and check every byte (REVISION=commit, FOLDER=plain folder)
	@exec $(BIN)/python -m model.checkpoint.download $(if $(MODEL),"$(MODEL)") $(call flag,revision,REVISION) $(call flag,folder,FOLDER)

key: install ## make an API key of the NAME, in the data folder's keys.toml
	@test -n "$(NAME)" || { echo "a key needs a name: make key NAME=ann"; exit 1; }
	@$(BIN)/python -m server.keys add "$(NAME)" $(if $(DATA),--file "$(DATA)/keys.toml")

# The tests' models are so small that threads cost more than they bring, above all on few cores that others use too.
test: $(VENV)/.installed-dev chromium ## run the tests but the slow ones and those of a GPU, and check
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.run "$(TESTS)"

test-all: ## run every test that needs no GPU, and check, fuzz and load
	$(MAKE) test TESTS="not gpu"
	$(MAKE) fuzz
	$(MAKE) load

demo: $(VENV)/.installed-dev ## play example dialogues against a demo server at URL (KEY=sk-... where it asks for one)
	@$(BIN)/python scripts/play_scenes.py --url "$(URL)" --key "$(KEY)"

fuzz: $(VENV)/.installed-dev ## send far more wrong requests and damaged pictures than test does
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile long

load: $(VENV)/.installed-dev ## 64 clients for 2 minutes: text, pictures, dialogues, some leave and some err
	$(BIN)/python scripts/load.py

test-checkpoint: install ## serve random weights in the real layout and ask (LIKE=int4 or int8, SCALE=small, TOKENIZER=FOLDER)
	@$(BIN)/python scripts/try_checkpoint.py --like "$(LIKE)" --scale "$(SCALE)" $(call flag,tokenizer,TOKENIZER) $(call flag,folder,FOLDER) $(call flag,quantization,QUANT)

check: $(VENV)/.installed-dev ## ruff, ruff format and strict mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-dev ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

golden: $(VENV)/.installed-dev ## compare with the recorded outputs of the reference
	$(BIN)/python scripts/check_golden.py tests/golden

chromium: ## install Chromium for the tests of the pages, where apt can
	@for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && { apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-cjk || apt-get install -y --no-install-recommends chromium fonts-noto-cjk; }; } \
	  || echo "Chromium is not here and cannot be installed: the tests of the pages are skipped"

screenshots: $(VENV)/.installed-dev chromium ## take the pictures of docs/screenshots anew
	$(BIN)/python scripts/screenshots.py docs/screenshots

wheel: $(VENV)/.installed-dev ## build dist/*.whl, which runs outside the checkout
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

# Some systems keep venv in a package of its own.
$(BIN)/python:
	@echo "creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make install PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); apt-get update && apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); }

# torch is asked for first and by its exact version, so that nothing that depends on it picks another build.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing the server (the first time takes some minutes)"
	@$(PIP) "$(TORCH)"
	@$(PIP) --constraint constraints.txt --editable .
	@touch $@

# flash-attn builds against the torch that is here, so not in a build environment of its own.
$(VENV)/.installed-gpu: $(VENV)/.installed
	@echo "building flash-attn (the first time takes long)"
	@$(PIP) setuptools wheel ninja packaging
	@$(PIP) --constraint constraints.txt --no-build-isolation flash-attn
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	@echo "installing the $* packages"
	@$(PIP) --constraint constraints.txt --editable ".[$*]"
	@touch $@
