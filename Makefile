# One command a job. Everything that is installed is pinned by hash and goes into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
RUN := $(BIN)/.run-installed
DEV := $(BIN)/.dev-installed
# torch by pip, which takes the build for this machine; what lies on it is pinned by hash.
TORCH := 2.13.0
ENGINE := $(BIN)/.engine-installed

# Eight processes start at once: without its bytecode each would compile all of Django by itself.
unexport PYTHONDONTWRITEBYTECODE
INSTALL := $(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python

.PHONY: run engine test check bench full lock chromium

run: $(RUN)
	@exec $(BIN)/python manage.py serve

# The diffusers painter for `manage.py engine`: torch and 300 MB more, so not a part of `run`.
engine: $(ENGINE)

test: $(DEV) $(ENGINE) chromium
	$(BIN)/python -m pytest -q -p no:randomly -n 2 --dist loadscope --no-loadscope-reorder -m "not full"

full: $(DEV) $(ENGINE) chromium
	$(BIN)/python -m pytest -q

check: $(DEV) $(ENGINE)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m scripts.check_house
	$(BIN)/python scripts/compile_messages.py --check
	@home=$$(mktemp -d); trap 'rm -rf "$$home"' EXIT; echo makemigrations --check; \
	EASEL_HOME=$$home $(BIN)/python -W ignore manage.py makemigrations --check --dry-run

bench: $(DEV) chromium
	$(BIN)/python -m bench

lock: $(DEV)
	cd requirements && for name in uv run dev; do \
	  ../$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 -o $$name.txt $$name.in || exit 1; \
	done; \
	../$(BIN)/uv pip compile -q --generate-hashes --python-version 3.11 -c run.txt -c dev.txt \
	  --override engine.without -o engine.txt engine.in

$(BIN)/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Easel needs Python 3.11 or newer; found: $(PYTHON). PYTHON=… names another."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(RUN): $(BIN)/uv requirements/run.txt
	$(INSTALL) --require-hashes -r requirements/run.txt
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

$(ENGINE): $(RUN) requirements/engine.txt Makefile
	$(BIN)/python -m pip install -q --disable-pip-version-check torch==$(TORCH)
	$(INSTALL) --no-deps --require-hashes -r requirements/engine.txt
	@touch $@

chromium: $(DEV)
	@$(BIN)/python -m scripts.chromium
