# `make local` tries it, `make test` tests it; both set themselves up. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
SAM_VENV := .venv-sam
LOCALSTACK_VENV := .venv-localstack
FUZZ_VENV := .venv-fuzz
MUTANTS_VENV := .venv-mutants
CHECKOV_VENV := .venv-checkov
CLIENTS_VENV := .venv-clients
BIN := $(VENV)/bin

# For `make local` and `make demo`; an empty value means the default.
PORT ?=
S3_PORT ?=
S3_ENDPOINT ?=
DISTRIBUTIONS ?=
ACCESS_LOG ?=
OPTIONS = $(if $(PORT),--port $(PORT)) $(if $(S3_PORT),--s3-port $(S3_PORT)) \
	$(if $(S3_ENDPOINT),--s3-endpoint "$(S3_ENDPOINT)") $(if $(DISTRIBUTIONS),--publish "$(DISTRIBUTIONS)") \
	$(if $(ACCESS_LOG),--access-log "$(ACCESS_LOG)")

# For `make fuzz`: how long it looks.
SECONDS ?= 60

# For `make mutants`: all, if it names none.
MODULES ?=

# For `make test`: what pytest is told besides.
PYTEST ?=

# The clients of tests/clients that the test environment does not have itself; of uv, the newest that is a year old.
CLIENTS := pip-24 pip-23 pip-22 uv-year-old poetry pdm hatch pipenv pip-tools twine flit keyring browser
# Those that `make test` runs too, beside the newest and the oldest pip and the newest uv.
REPRESENTATIVE := poetry keyring

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Say what can be made
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: local
local: $(VENV)/ready-local ## Serve an index on this machine (PORT, S3_PORT, S3_ENDPOINT, DISTRIBUTIONS, ACCESS_LOG)
	@exec $(BIN)/serverless-pypi local serve $(OPTIONS)

.PHONY: demo
demo: $(VENV)/ready-local ## The same, but publish, install and end (the same options)
	@exec $(BIN)/serverless-pypi local demo $(OPTIONS)

.PHONY: test
test: $(REPRESENTATIVE:%=$(CLIENTS_VENV)/%/ready)
test: lint types $(SAM_VENV)/ready $(VENV)/old-pip/ready $(VENV)/lambda-runtime/ready $(VENV)/peers/ready ## Run the linter, the type checker and every test, with some of the clients
	@echo "Running the tests …"
	@SAM_VENV="$(CURDIR)/$(SAM_VENV)" $(BIN)/python -m pytest --numprocesses auto -m "not every_client" $(PYTEST)

.PHONY: test-clients
test-clients: ready-clients ## Run every client against the local stack, of pip and uv the old ones, too
	@echo "Running the tests with every client …"
	@$(BIN)/python -m pytest --numprocesses auto tests/clients $(PYTEST)

.PHONY: ready-clients
ready-clients: $(VENV)/ready-test $(VENV)/old-pip/ready $(CLIENTS:%=$(CLIENTS_VENV)/%/ready)

.PHONY: coverage
coverage: $(VENV)/ready-test ## Check that the authenticator's own tests reach every branch of it
	@echo "Measuring what the tests of the authenticator reach …"
	@$(BIN)/python -m pytest --numprocesses auto tests/authenticator --cov=functions/authenticator --cov-branch \
		--cov-report=term-missing:skip-covered --cov-fail-under=100 $(PYTEST)

.PHONY: test-s3
test-s3: $(VENV)/lambda-runtime/ready $(SAM_VENV)/ready
test-s3: $(VENV)/ready-test $(LOCALSTACK_VENV)/ready ## Run the storage tests against Ceph and LocalStack, and create the stack
	@tests/s3/install-ceph.sh
	@echo "Running the storage tests against Ceph and LocalStack …"
	@S3_SERVERS="ceph localstack" LOCALSTACK_VENV="$(CURDIR)/$(LOCALSTACK_VENV)" SAM_VENV="$(CURDIR)/$(SAM_VENV)" \
		$(BIN)/python -m pytest tests/s3 tests/stack/test_created.py $(PYTEST)

.PHONY: checkov
checkov: $(VENV)/ready-test $(SAM_VENV)/ready $(CHECKOV_VENV)/ready ## Have checkov look for what is insecure in the template
	@echo "Checking the template with checkov …"
	@CHECKOV_VENV="$(CURDIR)/$(CHECKOV_VENV)" SAM_VENV="$(CURDIR)/$(SAM_VENV)" \
		$(BIN)/python -m pytest tests/stack/test_checkov.py $(PYTEST)

.PHONY: fuzz
fuzz: $(FUZZ_VENV)/ready ## Fuzz the authenticator for SECONDS; build/fuzz keeps what was learned
	@echo "Fuzzing the authenticator for $(SECONDS) s …"
	@PYTHONPATH=functions $(FUZZ_VENV)/bin/python -m tests.fuzz build/fuzz $(SECONDS)

.PHONY: mutants
mutants: $(MUTANTS_VENV)/ready ## Change the authenticator (or its MODULES) in small ways, and list what its tests miss
	@MUTMUT="$(CURDIR)/$(MUTANTS_VENV)/bin/mutmut" tests/mutants.sh $(MODULES)

.PHONY: lint
lint: $(VENV)/ready-test
	@echo "Linting …"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Some files are not formatted: run 'make format'."; exit 1; }

.PHONY: types
types: $(VENV)/ready-test
	@echo "Checking types …"
	@$(BIN)/mypy

.PHONY: format
format: $(VENV)/ready-test ## Format the code
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

.PHONY: build
build: $(SAM_VENV)/ready ## Build both functions and the layer, as for deployment
	@SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam build

.PHONY: benchmark
benchmark: $(VENV)/ready-test $(VENV)/lambda-runtime/ready ## Measure what docs/rationale.md quotes
	@$(BIN)/python -m benchmarks.road
	@$(BIN)/python -m benchmarks.bundles
	@$(BIN)/python -m benchmarks.authenticator
	@$(BIN)/python -m benchmarks.authenticator_cold
	@$(BIN)/python -m benchmarks.authenticator_flood
	@$(BIN)/python -m benchmarks.filing
	@$(BIN)/python -m benchmarks.indexer
	@$(BIN)/python -m benchmarks.viewers
	@$(BIN)/python -m benchmarks.runtime
	@$(BIN)/python -m benchmarks.start
	@$(BIN)/python -m benchmarks.check

.PHONY: cost
cost: $(VENV)/ready-test ## Compute the month's bill in docs/cost.md from the list prices
	@$(BIN)/python -m benchmarks.cost --write

.PHONY: clients
clients: ready-clients ## Count what each client asks of the index, for docs/clients.md
	@$(BIN)/python -m benchmarks.clients --write

# The hashes of what is needed, for each place that installs it. No index is written down.
LOCKS := authenticator:functions/authenticator/requirements.txt layer:layers/simple_index/requirements.txt \
	local:requirements-local.txt test:requirements-test.txt sam:requirements-sam.txt uv:requirements-uv.txt \
	old-pip:requirements-old-pip.txt lambda-runtime:requirements-lambda-runtime.txt \
	fuzz:requirements-fuzz.txt mutants:requirements-mutants.txt \
	checkov:requirements-checkov.txt peers:requirements-peers.txt \
	$(foreach client,$(CLIENTS),client-$(client):tests/clients/locks/$(client).txt)

.PHONY: lock
lock: $(VENV)/ready-local ## Compile the requirements from pyproject.toml (UPGRADE=1 takes newer versions)
	@for lock in $(LOCKS); do \
		echo "Compiling $${lock#*:} …"; \
		case $${lock%%:*} in \
			local) what="pyproject.toml --extra local" ;; \
			test) what="pyproject.toml --extra local --group test" ;; \
			*) what="--group $${lock%%:*}" ;; \
		esac; \
		case $$lock in *-year-old:*) age="--exclude-newer 365days" ;; *) age= ;; esac; \
		$(BIN)/uv pip compile --quiet $$what --universal --python-version 3.11 \
			--generate-hashes --no-emit-index-url --no-header $$age $(if $(UPGRADE),--upgrade) \
			--output-file $${lock#*:} || exit 1; \
	done

.PHONY: clean
clean: ## Remove what was set up and built
	@rm -rf $(VENV) $(SAM_VENV) $(LOCALSTACK_VENV) $(FUZZ_VENV) $(MUTANTS_VENV) $(CHECKOV_VENV) $(CLIENTS_VENV) build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

# uv installs in seconds. Where only pip is configured for the indexes of this machine, pip does it.
define install
	@echo "Installing what $(1) pins (the first time takes a minute) …"
	@$(BIN)/uv pip install --quiet --python $(2)/bin/python --require-hashes --requirement $(1) || \
		$(2)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(1)
endef

$(VENV)/ready-uv: requirements-uv.txt
	@command -v $(PYTHON) >/dev/null || { \
		echo "serverless-pypi needs Python 3.11 or newer, and there is no $(PYTHON):" \
			"install it, or say where it is with PYTHON=."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "serverless-pypi needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version):" \
			"say where a newer one is with PYTHON=."; exit 1; }
	@echo "Setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV) || { \
		echo "Python cannot make a virtual environment: on Debian and Ubuntu, install python3-venv."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

$(VENV)/ready-local: requirements-local.txt pyproject.toml $(VENV)/ready-uv
	$(call install,requirements-local.txt,$(VENV))
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/ready-test: requirements-test.txt $(VENV)/ready-local
	$(call install,requirements-test.txt,$(VENV))
	@touch $@

# Not into the environment: it is run from a folder, as `python -m pip` with that folder on the path.
$(VENV)/old-pip/ready: requirements-old-pip.txt $(VENV)/ready-uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $< --target $(@D) || \
		$(BIN)/python -m pip install --quiet --require-hashes --requirement $< --target $(@D)
	@touch $@

# Nor this: another index server, which is run beside ours.
$(VENV)/peers/ready: requirements-peers.txt $(VENV)/ready-uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $< --target $(@D) || \
		$(BIN)/python -m pip install --quiet --require-hashes --requirement $< --target $(@D)
	@touch $@

# Nor this, as Lambda's runtime holds nothing else; with bytecode, as there.
$(VENV)/lambda-runtime/ready: requirements-lambda-runtime.txt $(VENV)/ready-uv
	@mkdir -p $(@D)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $< --target $(@D) || \
		$(BIN)/python -m pip install --quiet --require-hashes --requirement $< --target $(@D)
	@$(BIN)/python -m compileall -q $(@D)
	@touch $@

# Each client in an environment of its own, with what it needs.
$(CLIENTS_VENV)/%/ready: tests/clients/locks/%.txt $(VENV)/ready-uv
	@echo "Setting up $* …"
	@$(BIN)/uv venv --quiet --clear --no-config --python $(BIN)/python $(@D)
	@$(BIN)/uv pip install --quiet --python $(@D)/bin/python --require-hashes --requirement $< || \
		$(BIN)/python -m pip --python $(@D)/bin/python install --quiet --require-hashes --requirement $<
	@touch $@

$(LOCALSTACK_VENV)/ready: requirements-localstack.txt $(VENV)/ready-uv
	@echo "Setting up $(LOCALSTACK_VENV) …"
	@$(BIN)/python -m venv $(LOCALSTACK_VENV)
	$(call install,requirements-localstack.txt,$(LOCALSTACK_VENV))
	@touch $@

$(SAM_VENV)/ready: requirements-sam.txt $(VENV)/ready-uv
	@echo "Setting up $(SAM_VENV) …"
	@$(BIN)/python -m venv $(SAM_VENV)
	$(call install,requirements-sam.txt,$(SAM_VENV))
	@touch $@

$(FUZZ_VENV)/ready: requirements-fuzz.txt $(VENV)/ready-uv
	@echo "Setting up $(FUZZ_VENV) …"
	@$(BIN)/python -m venv $(FUZZ_VENV)
	$(call install,requirements-fuzz.txt,$(FUZZ_VENV))
	@touch $@

$(MUTANTS_VENV)/ready: requirements-mutants.txt $(VENV)/ready-uv
	@echo "Setting up $(MUTANTS_VENV) …"
	@$(BIN)/python -m venv $(MUTANTS_VENV)
	$(call install,requirements-mutants.txt,$(MUTANTS_VENV))
	@touch $@

$(CHECKOV_VENV)/ready: requirements-checkov.txt $(VENV)/ready-uv
	@echo "Setting up $(CHECKOV_VENV) …"
	@$(BIN)/python -m venv $(CHECKOV_VENV)
	$(call install,requirements-checkov.txt,$(CHECKOV_VENV))
	@touch $@
