# `make help` says what there is. Everything runs in .venv, which `bootstrap.py` makes from the hashed locks.

SHELL := /bin/sh
# Whatever the environment says: a server's workers and the tests' processes read compiled code (4.8 s a start without, 1.9 with).
export PYTHONDONTWRITEBYTECODE :=
.DEFAULT_GOAL := help
.PHONY: help run test coverage check format migration translations bench docs screenshots locks clean

# A Python that works, of a version we are tried with; the one of .venv first.
FIND_PYTHON = for python in .venv/bin/python python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	>/dev/null 2>&1 && break; python=; done; \
	if [ -z "$$python" ]; then echo "Python 3.11, 3.12 or 3.13 (with venv) is needed and wasn't found." >&2; exit 1; fi

PORT ?= 8000
WORKERS ?= 2

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: ## install, migrate, fill a demo, serve http://127.0.0.1:8000 (PORT=… for another port)
	@$(FIND_PYTHON); "$$python" bootstrap.py run
	@.venv/bin/python -m tracker init
	@TRACKER_BASE_URL="$${TRACKER_BASE_URL:-http://127.0.0.1:$(PORT)}" .venv/bin/python -m tracker demo --if-empty
	@TRACKER_BASE_URL="$${TRACKER_BASE_URL:-http://127.0.0.1:$(PORT)}" exec .venv/bin/python -m tracker serve --port $(PORT) --workers $(WORKERS)

test: ## install what tests need, then the whole suite on SQLite and PostgreSQL, with a real browser
	@$(FIND_PYTHON); "$$python" bootstrap.py test
	@exec .venv/bin/python -m pytest -q -n 2 --dist worksteal $(ARGS)

coverage: ## the same, counting the lines and branches that no test reaches; fails below 90 %
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report=term:skip-covered $(ARGS)"

check: ## style, types, import contracts, templates, dependencies, translations
	@$(FIND_PYTHON); "$$python" bootstrap.py test
	.venv/bin/python -m ruff check .
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m mypy
	.venv/bin/lint-imports
	.venv/bin/python -m djlint templates --lint --quiet
	.venv/bin/python -m deptry .
	.venv/bin/python -m pytest -q tests/house/test_translations.py

format: ## let ruff put the code in order
	.venv/bin/python -m ruff check --fix .
	.venv/bin/python -m ruff format .

migration: ## write the next version of the schema from the models (MESSAGE="…")
	.venv/bin/python -m tracker.migrations.new "$(MESSAGE)"
	.venv/bin/python -m ruff check --fix -q tracker/migrations
	.venv/bin/python -m ruff format -q tracker/migrations

translations: ## collect the sentences for translators, compile what is translated
	.venv/bin/python -m babel.messages.frontend -q extract -F babel.cfg -k _l -k _n:1,2 -k _nl:1,2 --no-location --sort-output -o tracker/translations/messages.pot .
	.venv/bin/python -m babel.messages.frontend -q update --no-fuzzy-matching --ignore-obsolete -N -i tracker/translations/messages.pot -d tracker/translations
	.venv/bin/python build_translations.py

bench: ## measure against a floor; prints a table and the ratios
	@$(FIND_PYTHON); "$$python" bootstrap.py test
	@.venv/bin/python -m bench

docs: ## make docs/workflows.md and docs/permissions.md from the code
	@.venv/bin/python docs/generate.py

screenshots: ## make the pictures of docs/screenshots with a real browser
	@$(FIND_PYTHON); "$$python" bootstrap.py test
	@.venv/bin/python -m tests.journeys.screenshots

locks: ## pin the newest releases that fit, with hashes and without addresses
	.venv/bin/python -m uv pip compile -q pyproject.toml --group install --extra postgres --extra xlsx --extra sign --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	.venv/bin/python -m uv pip compile -q pyproject.toml --group install --group dev --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-dev.lock

clean: ## remove .venv and what tools left; instance/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov build dist
