# make demo | test | check | bench | docs | lock      `make demo` and `make test` need Python 3.11 and make, nothing else.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PROVIDERS := $(wildcard providers/*)
EDITABLE := -e .[cli] $(PROVIDERS:%=-e %)
# The lock names every distribution, so nothing is resolved, and the workspace itself is built without the network.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo cluster-demo test check lint format bench bench-quick bench-peers profile bench-webhooks bench-outbox bench-guards bench-memory proofs simulate simulate-wire servers docs features kit-page lock wheels clean matrix

demo: $(VENV)/.run
	$(BIN)/python demo/run.py

# PostgreSQL, RabbitMQ and four workers send to 100,000 phones while they are killed.
cluster-demo: $(VENV)/.dev servers
	$(BIN)/python demo/cluster.py

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2

check: lint test

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@! grep -n '://' requirements/*.txt requirements/*/*.json || (echo 'requirements name versions and hashes, and no address' && false)

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What smsway is compared with, each in an environment of its own; npm is asked only where it is.
PEERS := $(patsubst requirements/bench-%.txt,%,$(wildcard requirements/bench-*.txt)) $(if $(shell command -v npm),notifme)
bench-peers: $(PEERS:%=$(VENV)-bench/%/.installed)

bench bench-quick: $(VENV)/.dev bench-peers
	$(BIN)/python benchmarks/run.py $(if $(filter bench-quick,$@),--quick)

# Where the time goes: make profile OF="tencent-global 1 --way flight"
profile: $(VENV)/.dev
	$(BIN)/python benchmarks/hot_spots.py $(OF)

bench-webhooks: $(VENV)/.dev
	$(BIN)/python benchmarks/webhooks.py

bench-outbox: $(VENV)/.dev
	$(BIN)/python benchmarks/outbox.py

bench-guards: $(VENV)/.dev
	$(BIN)/python benchmarks/guards.py

bench-memory: $(VENV)/.dev
	$(BIN)/python benchmarks/memory.py

# What takes too long for every run: the long forms of some tests, written to docs/proofs.md.
proofs: $(VENV)/.dev
	$(BIN)/python tests/proofs.py

# The engine in virtual time, under faults of every kind: make simulate SEEDS=100000
SEEDS ?= 10000
simulate: $(VENV)/.dev
	$(BIN)/python tests/simulation/simulate.py --seeds $(SEEDS)

# The same with the real transport over an in-memory network: make simulate-wire SEEDS=1000
simulate-wire: $(VENV)/.dev
	$(BIN)/python tests/simulation/wire/simulate.py --seeds $(SEEDS)

# The servers that some tests start: Debian's packages, where they are not there yet.
servers:
	@test -n "$$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" -a -x /usr/lib/rabbitmq/bin/rabbitmq-server -a -x /usr/bin/redis-server || \
	(apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql rabbitmq-server redis-server)

# What each provider can do, for docs/reference/facets.md.
features: $(VENV)/.dev
	$(BIN)/python tests/docs/features.py

# The list of the kit's checks in docs/reference/conformance.md, from their docstrings.
kit-page: $(VENV)/.dev
	$(BIN)/python tests/docs/kit_page.py

docs: $(VENV)/.docs
	$(BIN)/zensical build

# Every wheel, installed beside the core's wheel in an empty environment.
wheels: $(VENV)/.dev
	$(BIN)/python tests/wheels.py

# The tests on the other supported Pythons: make matrix PYTHONS="python3.12 python3.13"
PYTHONS ?= python3.12 python3.13
matrix:
	for python in $(PYTHONS); do $(MAKE) test PYTHON=$$python VENV=.venv-$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])') || exit 1; done

# Needs uv, and npm. Versions and hashes only: no address of any registry.
EXPORT := UV_SYSTEM_CERTS=1 uv export --all-packages --no-emit-workspace --no-header --format requirements.txt --quiet
lock:
	UV_SYSTEM_CERTS=1 uv lock --upgrade
	$(EXPORT) --extra cli --no-default-groups --group build -o requirements/run.txt
	$(EXPORT) --extra cli --extra testing --no-default-groups --group build -o requirements/kit.txt
	$(EXPORT) --all-extras --no-default-groups --group dev -o requirements/dev.txt
	$(EXPORT) --no-default-groups --group docs --no-emit-project -o requirements/docs.txt

	$(foreach peer,$(filter-out notifme,$(PEERS)),$(EXPORT) --only-group bench-$(peer) -o requirements/bench-$(peer).txt;)
	npm install --prefix requirements/bench-notifme --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
	node -e 'const fs = require("fs"), file = process.argv[1], lock = JSON.parse(fs.readFileSync(file)); for (const each of Object.values(lock.packages)) delete each.funding; fs.writeFileSync(file, JSON.stringify(lock, null, 2) + "\n")' requirements/bench-notifme/package-lock.json

$(VENV)-bench/%/.installed: requirements/bench-%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	touch $@

$(VENV)-bench/notifme/.installed: requirements/bench-notifme/package-lock.json
	mkdir -p $(@D)
	cp requirements/bench-notifme/package*.json $(@D)
	npm ci --prefix $(@D) --ignore-scripts --no-audit --no-fund --silent
	touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt pyproject.toml $(PROVIDERS:%=%/pyproject.toml) | $(VENV)/bin/python
	$(INSTALL) --require-hashes -r requirements/run.txt
	$(INSTALL) --no-deps --no-build-isolation $(EDITABLE)
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements/dev.txt
	touch $@

$(VENV)/.docs: requirements/docs.txt $(VENV)/.run
	$(INSTALL) --require-hashes -r requirements/docs.txt
	touch $@

clean:
	rm -rf $(VENV) .venv-* build dist site
