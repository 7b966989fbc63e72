# One command each: `make demo` to look at it, `make run` for a real instance, `make test` for everything.
PORT ?= 8000
DATA ?= var/demo
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: demo demo-reset run test fortnight check lint lock bench faults fuzz screenshots messages prove-debian prove-image debootstrap clean

$(VENV)/runtime: requirements/runtime.txt
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements/runtime.txt
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/runtime
	@$(PIP) -r requirements/dev.txt
	@touch $@

demo: $(VENV)/runtime
	@PORT=$(PORT) DATA=$(DATA) sh deploy/demo.sh

demo-reset:
	@DATA=$(DATA) sh deploy/demo.sh reset

run: $(VENV)/runtime
	@PORT=$(PORT) sh deploy/run.sh

# Everything: checks of the tree, then pytest on SQLite, on PostgreSQL and in a browser.
test: $(VENV)/dev browser check
	@$(PY) -m tests.engines

# The simulated fortnight of messages, at full size, on both engines: some minutes.
fortnight: $(VENV)/dev
	@FORTNIGHT=600 $(PY) -m tests.engines --only sqlite tests/test_fortnight.py
	@FORTNIGHT=600 $(PY) -m tests.engines --only postgres tests/test_fortnight.py

# What needs no test: style, types, contracts, templates, migrations, deployment settings.
check: $(VENV)/dev messages
	@sh .ci/check

browser:
	@sh .ci/browser

messages: $(VENV)/dev
	@$(PY) locale/messages.py

bench: $(VENV)/dev
	@$(PY) -m bench

# A real instance is killed, filled and restarted while patients book; then what was confirmed is counted. Some minutes.
faults: $(VENV)/dev
	@$(PY) -m tests.faults

# Nonsense on every public address and form, many thousand times: FUZZ=… for more.
FUZZ ?= 20000
fuzz: $(VENV)/dev
	@FUZZ=$(FUZZ) $(PY) -m tests.engines --only sqlite tests/booking/test_fuzz.py

# Addresses of registries stay out of the lock files.
lock: $(VENV)/dev
	@cd requirements && for f in runtime dev; do ../$(VENV)/bin/pip-compile -q --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-header --strip-extras --allow-unsafe -o $$f.txt $$f.in; done

# docs/install.md from a bare Debian, then the loss of everything and the way back. As root, in minutes. STORES=postgres too.
prove-debian: debootstrap
	@sh tests/proofs/debian.sh

# The Dockerfile's own steps in a bare root, the image run as compose runs it, the proxies' examples read by nginx and Caddy, the
# compose files held against compose's schema, the Dockerfile before its linter. As root, in minutes. KEPT=… keeps the roots.
prove-image: $(VENV)/dev debootstrap
	@$(PY) -m tests.proofs.image $(KEPT)

debootstrap:
	@command -v debootstrap >/dev/null || { apt-get update -qq; apt-get install -qq -y --no-install-recommends debootstrap >/dev/null; }

clean:
	rm -rf $(VENV) var staticfiles

# Of a demo that runs on PORT, for the README.
screenshots: $(VENV)/dev browser
	@$(PY) docs/screenshots.py http://localhost:$(PORT)
