# `make help` lists the targets. On a fresh machine Python 3.11 or newer, pip and make are enough.

PYTHON ?= python3
MODEL  ?=
QUANT  ?=
REVISION ?=
FOLDER ?=
HOST   ?=
PORT   ?=
DATA   ?=
KNOWLEDGE ?=
PROFILE ?=
TOOLS  ?=
SHOP_PORT ?= 8090
COLLECTION ?=
FILES  ?=
EXTRAS ?=
HASHES ?= on
ADVISORIES ?=
URL    ?= http://127.0.0.1:$(or $(PORT),8000)
KEY    ?=
TESTS  ?= not gpu and not slow
NAME   ?=
SHORT  ?=
LIKE   ?= bf16
SCALE  ?= full
TOKENIZER ?=

VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# a flag of the server where its variable is given: else the environment, .env and the default have their say
flag    = $(if $($(2)),--$(1) "$($(2))")
LOCKED := pyproject.toml constraints.txt $(wildcard locks/*.txt)

.DEFAULT_GOAL := help
.PHONY: help install fonts serve download key knowledge test test-all fuzz demo shop load attack clients test-checkpoint check format golden chromium firefox screenshots wheel lock sbom audit images clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-15s %s\n", $$1, $$2}'
	@echo
	@echo "  variables: MODEL QUANT HOST PORT DATA KNOWLEDGE PROFILE TOOLS, REVISION FOLDER, EXTRAS HASHES=$(HASHES), PYTHON=$(PYTHON)"
	@echo "  make serve MODEL=openbmb/MiniCPM-V-2_6 QUANT=int4    the real model in 4 bits"

install: $(VENV)/.installed $(EXTRAS:%=$(VENV)/.installed-%) $(VENV)/.fonts ## create .venv and install (EXTRAS=gpu adds flash-attn, HASHES=off takes any file of a version)

fonts: ## install a small Chinese font, where PDFium finds none and apt can
	@rm -f $(VENV)/.fonts
	@$(MAKE) --no-print-directory $(VENV)/.fonts

serve: install ## serve MODEL at http://HOST:PORT, in 4 or 8 bits with QUANT=int4 or int8 (KNOWLEDGE=example adds the example shop)
	@exec $(BIN)/python -m server $(call flag,model,MODEL) $(call flag,revision,REVISION) $(call flag,quantization,QUANT) $(call flag,host,HOST) $(call flag,port,PORT) $(call flag,data,DATA) $(call flag,knowledge,KNOWLEDGE) $(call flag,profile,PROFILE) $(call flag,tools,TOOLS) $(if $(filter example,$(TOOLS)),--tool-hosts "127.0.0.1:8090")

download: install ## fetch MODEL without serving it and check every byte (REVISION=commit, FOLDER=plain folder)
	@exec $(BIN)/python -m model.checkpoint.download $(if $(MODEL),"$(MODEL)") $(call flag,revision,REVISION) $(call flag,folder,FOLDER)

key: install ## make an API key of the NAME, in the data folder's keys.toml
	@test -n "$(NAME)" || { echo "a key needs a name: make key NAME=ann"; exit 1; }
	@$(BIN)/python -m server.keys add "$(NAME)" $(if $(DATA),--file "$(DATA)/keys.toml")

knowledge: install ## add FILES to a COLLECTION of the knowledge base, with a server or without
	@test -n "$(COLLECTION)" -a -n "$(FILES)" || { echo 'say what to add: make knowledge COLLECTION=shop FILES="faq.csv products.xlsx"'; exit 1; }
	@$(BIN)/python -m server.library add "$(COLLECTION)" $(FILES) $(call flag,data,DATA)

# The tests' models are so small that threads cost more than they bring, above all on few cores that others use too.
test: $(VENV)/.installed-dev chromium firefox ## run the tests but the slow ones and those of a GPU, and check
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.run "$(TESTS)"

test-all: ## run every test that needs no GPU, and check, fuzz and load
	$(MAKE) test TESTS="not gpu"
	$(MAKE) fuzz
	$(MAKE) load

demo: $(VENV)/.installed-dev ## play example dialogues against a demo server at URL (KEY=sk-... where it asks for one)
	@$(BIN)/python scripts/play_scenes.py --url "$(URL)" --key "$(KEY)"

shop: install ## start the example shop at 127.0.0.1:SHOP_PORT, whose orders the business tools of TOOLS=example ask for
	@exec $(BIN)/python -m scripts.shop --port "$(SHOP_PORT)" $(if $(DATA),--data "$(DATA)/shop")

fuzz: $(VENV)/.installed-dev ## send far more wrong requests and damaged pictures than test does
	$(BIN)/python -m pytest tests/fuzz --hypothesis-profile long

load: $(VENV)/.installed-dev ## 64 clients for 2 minutes: text, pictures, dialogues, some leave and some err
	$(BIN)/python scripts/load.py

attack: $(VENV)/.installed-dev ## attack a demo server of its own on loopback, which takes ten minutes (SHORT=on: two)
	@$(BIN)/python scripts/attack.py $(if $(SHORT),--short)

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

clients: install ## try applications of others on the demo model, each in an environment of its own (CLIENTS="langchain llm")
	OMP_NUM_THREADS=1 $(BIN)/python -m scripts.run_clients $(CLIENTS)

chromium: ## install Chromium for the tests of the pages, where apt can
	@for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && { apt-get install -y --no-install-recommends chromium-headless-shell fonts-noto-cjk || apt-get install -y --no-install-recommends chromium fonts-noto-cjk; }; } \
	  || echo "Chromium is not here and cannot be installed: the tests of the pages are skipped"

firefox: ## install Firefox for the test of the pages in it, where apt can
	@for name in firefox-esr firefox; do command -v $$name >/dev/null && exit 0; done; \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y --no-install-recommends firefox-esr; } \
	  || echo "Firefox is not here and cannot be installed: its test is skipped"

screenshots: $(VENV)/.installed-dev chromium ## take the pictures of docs/screenshots anew
	$(BIN)/python scripts/screenshots.py docs/screenshots

wheel: $(VENV)/.installed-dev ## build dist/*.whl, which runs outside the checkout
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@cp locks/sbom.cdx.json dist/

# needs uv alone: what is locked so far need not suit the project any more
lock: ## write locks/ anew, after a change of pyproject.toml or constraints.txt
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(MAKE) --no-print-directory $(VENV)/.installed-dev
	@$(BIN)/python -m scripts.write_lock
	@$(BIN)/python -m scripts.write_sbom

sbom: $(VENV)/.installed-dev ## write the bill of materials anew, and to dist/sbom.cdx.json
	@$(BIN)/python -m scripts.write_sbom
	@mkdir -p dist && cp locks/sbom.cdx.json dist/

audit: install ## look the locked versions up in ADVISORIES, a folder or zip file of advisories
	@$(BIN)/python -m scripts.audit $(if $(ADVISORIES),"$(ADVISORIES)")

images: install ## ask the registry what the tags of the images in deploy/ stand for now
	@$(BIN)/python -m scripts.pin_images

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache

# Some systems keep venv in a package of its own.
$(BIN)/python:
	@echo "creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make install PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); apt-get update && apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); }

# pip takes only files whose hashes are in locks/, unless HASHES=off.
$(VENV)/.installed: $(LOCKED) | $(BIN)/python
	@echo "installing the server (the first time takes some minutes)"
	@$(BIN)/python -m scripts.supply.install "base" --hashes "$(HASHES)"
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

# Once: apt takes long where there is no network.
$(VENV)/.fonts: $(VENV)/.installed
	@$(BIN)/python -c "import sys; from server.library.readers.pdf_fonts import has_cjk_font; sys.exit(not has_cjk_font())" \
	  || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y --no-install-recommends fonts-wqy-microhei; } \
	  || echo "There is no Chinese font here and none can be installed: Chinese text that a PDF brings no font for is drawn blank"
	@touch $@

$(VENV)/.installed-gpu: $(VENV)/.installed
	@echo "building flash-attn (the first time takes long)"
	@$(BIN)/python -m scripts.supply.install "gpu" --hashes "$(HASHES)"
	@touch $@

$(VENV)/.installed-%: $(VENV)/.installed
	@echo "installing the $* packages"
	@$(BIN)/python -m scripts.supply.install "$*" --hashes "$(HASHES)"
	@touch $@
