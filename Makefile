# make run    set everything up and serve http://127.0.0.1:8000 with demo data
# make test   set everything up, lint, and run every test
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
TWO := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: run test test-fast lint bench assets machine requirements messages clean

run: $(VENV)/.installed assets
	@$(BIN)/pokja demo --port $(PORT)
	@$(BIN)/pokja serve --port $(PORT)

test: $(VENV)/.installed-test assets machine lint
	@$(BIN)/python -m server.assets --npm test --silent
	$(BIN)/pytest $(TWO)

test-fast: $(VENV)/.installed-test
	$(BIN)/pytest $(TWO) -m "not slow and not browser" --db sqlite

lint: $(VENV)/.installed-test assets
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -m server.assets --npm run --silent lint
	@$(BIN)/python -m server.assets --npm run --silent typecheck

bench: $(VENV)/.installed-test
	$(BIN)/python -m bench

# The front end: Node from the PATH if it is new enough, else the one that PyPI carries.
assets: $(VENV)/.installed
	@$(BIN)/python -m server.assets --can 2>/dev/null || $(BIN)/pip install --quiet --require-hashes -r requirements-node.txt
	@$(BIN)/python -m server.assets

# What the tests need beyond Python: a browser. PostgreSQL comes from the machine or from PyPI.
machine:
	@sh tests/need-chromium

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Pokja needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed requirements-test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.txt
	@touch $@

# Pin again after a change in pyproject.toml (needs uv).
requirements:
	uv pip compile pyproject.toml --generate-hashes --universal --python-version 3.11 --no-annotate \
	  --custom-compile-command "make requirements" -o requirements.txt -q
	uv pip compile pyproject.toml --extra test --generate-hashes --universal --python-version 3.11 --no-annotate \
	  --custom-compile-command "make requirements" -c requirements.txt -o requirements-test.txt -q

# Collect the texts of pages and commands for translation into Indonesian.
messages: $(VENV)/.installed
	$(BIN)/pybabel -q extract -F babel.cfg -k _l --no-location --sort-output -o server/translations/messages.pot server
	$(BIN)/pybabel -q update -i server/translations/messages.pot -d server/translations -l id --no-fuzzy-matching
	@rm server/translations/messages.pot

clean:
	rm -rf $(VENV) web/node_modules server/static/app server/static/desk
