# Everything a fresh machine needs is Python 3.11 or newer, make and a package index.
# All paths are relative, because make cannot handle a checkout whose path has a space.

PORT ?= 8000
HOST ?= 127.0.0.1
KPITRACK_DEMO ?= 1
WORKERS ?= 2
ARGS ?=

export PORT HOST KPITRACK_DEMO
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
export PYTHONUNBUFFERED = 1
unexport DJANGO_SETTINGS_MODULE  # of another project in the same shell

PYTHON = .venv/bin/python
SOURCES = kpitrack dashboards reviews notifications verdicts measurements indicators teams web analysis
LOCK = .venv/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --no-header --only-binary :all:
PYTHONS = 3.11 3.12 3.13 3.14

.DEFAULT_GOAL := help
.PHONY: help run dev shell test warm test-shifted test-matrix wheels lint format e2e bench bench-scale validate assets lock clean
.SILENT:

help: ## list these targets
	awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: .venv/run assets ## start everything and print the address (HOST, PORT, KPITRACK_HOME)
	exec $(PYTHON) manage.py up --with-parent

dev: .venv/dev assets ## as run, but changes of code, templates and styles show at once
	DEBUG=1 exec $(PYTHON) manage.py up --with-parent --reload

shell: .venv/dev ## open a Python prompt with the models at hand
	$(PYTHON) manage.py shell

test: .venv/dev assets ## run the test suite on servers of its own (ARGS="-k name")
	$(PYTHON) -m pytest -m "not e2e and not slow" -n $(WORKERS) $(ARGS)

warm: .venv/dev ## keep servers and database of the tests until Ctrl-C, for quick single tests
	exec $(PYTHON) -m tests.servers

test-matrix: .venv/dev ## run the core of the tests on the other Pythons of this machine
	.ci/matrix $(filter-out $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'), $(PYTHONS))

wheels: .venv/dev ## check that every pinned package has a wheel for each Python
	for version in $(PYTHONS); do \
		.venv/bin/uv pip install --dry-run --quiet --target .venv/nowhere --python-version $$version \
			--python-platform x86_64-manylinux_2_28 --only-binary :all: --require-hashes \
			-r requirements-dev.lock || exit 1; \
		echo "Python $$version: a wheel for each package"; \
	done

test-shifted: .venv/dev assets ## run the tests at other times in a hostile shell (ARGS="2028-02-29T23:30Z")
	$(PYTHON) -m tests.shifted -m "not e2e and not slow" -n $(WORKERS) $(ARGS)

lint: .venv/dev ## check style, types, layers and migrations
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	SECRET_KEY=lint $(PYTHON) -m mypy
	.venv/bin/lint-imports
	SECRET_KEY=lint $(PYTHON) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

format: .venv/dev ## format the sources and apply safe fixes
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

e2e: .venv/dev assets ## run the tests that need Chromium or a whole installation
	$(PYTHON) -m tests.chromium
	$(PYTHON) -m pytest -m "e2e or slow" $(ARGS)

bench: .venv/dev assets ## print speed as ratios to anchors measured in the same run
	$(PYTHON) -m bench $(ARGS)

bench-scale: .venv/dev assets ## print what 20 million measurements cost (ARGS="pages", "storage", "--rows N")
	$(PYTHON) -m bench.scale $(ARGS)

validate: .venv/dev ## check what the statistics claim by simulation (ARGS="trend --runs 2000")
	$(PYTHON) -m bench.validate $(ARGS)

lock: .venv/dev package.json ## pin the dependencies again (ARGS=--upgrade)
	$(LOCK) $(ARGS) -o requirements.lock
	$(LOCK) $(ARGS) --group dev -c requirements.lock -o requirements-dev.lock
	npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

clean: ## delete what was installed or built; data in .kpitrack stays
	rm -rf .venv .venv-3.* node_modules staticfiles test-results .mypy_cache .ruff_cache .pytest_cache \
		.import_linter_cache .hypothesis
	find $(SOURCES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------

# The newest Python that is really there (a version manager's stub is not) and can make
# environments (Debian keeps that in a package of its own).
.venv/bin/python:
	found=; for version in 3.14 3.13 3.12 3.11 3; do \
		command -v "python$$version" >/dev/null 2>&1 || continue; \
		"python$$version" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found="python$$version"; \
		"$$found" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Making .venv with $$("$$found" --version)"; \
		exec "$$found" -m venv --clear .venv; \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found cannot make environments. On Debian or Ubuntu: apt-get install python3-venv"; \
	else \
		echo "KPItrack needs Python 3.11 or newer, and no python3.11 ... python3.14 is on the PATH."; \
	fi >&2; \
	exit 1

.venv/run: requirements.lock .venv/bin/python
	if [ ! .venv/dev -nt requirements-dev.lock ]; then \
		echo "Installing the pinned packages"; \
		$(PYTHON) -m pip install --quiet --only-binary :all: --require-hashes -r requirements.lock; \
	fi
	touch .venv/run

.venv/dev: requirements-dev.lock requirements.lock .venv/bin/python
	echo "Installing the pinned packages and the tools to test them"
	$(PYTHON) -m pip install --quiet --only-binary :all: --require-hashes -r requirements-dev.lock
	touch .venv/dev .venv/run

# --- what browsers load ----------------------------------------------------------------------

# Without Node the pages are served the Plotly of the Python package and a font of the system.
assets:
	if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then \
		if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then \
			echo "Installing what browsers load"; \
			npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier >/dev/null || { \
				rm -rf node_modules; \
				echo "npm found no packages; the Plotly of the Python package will do" >&2; }; \
		fi; \
	fi
