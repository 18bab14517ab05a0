# Two commands do everything: `make run` and `make test`. Both set up what is missing.

export ENCLAVE_HOME ?= $(CURDIR)/.enclave
export ENCLAVE_KERNELS ?= $(CURDIR)/.enclave/kernels

PORT ?= 8000
SOURCE ?= $(ENCLAVE_HOME)/tour-source
MAPPING ?= synthetic
OUT ?= $(ENCLAVE_HOME)/tour
SDISTS ?= $(CURDIR)/.enclave/sdists
VALIDATOR ?= $(CURDIR)/.enclave/crate-validator

# The tests commit to thousands of small databases. On a disk each commit waits for it;
# in memory the suite is several times faster. Killing processes tests the same either
# way: only a power cut needs a disk.
# pytest empties that folder first, so each checkout has its own.
CHECKOUT := $(shell pwd | cksum | cut -d' ' -f1)
MEMORY := $(shell test -w /dev/shm && df -Pk /dev/shm | awk 'NR==2 && $$4 > 4000000 {print "--basetemp=/dev/shm/enclave-tests-$(CHECKOUT)"}')

# A sandbox has a /dev/shm of its own, so what runs in sandboxes stays on the disk.
SMALL := $(addprefix tests/,unit contract spec properties architecture notebooks security/count_gate) \
  $(addprefix tests/integration/,cohort disclosure projects warehouse)
LARGE := $(addprefix tests/,integration security browser) \
  $(addprefix --ignore=,$(filter tests/integration/% tests/security/%,$(SMALL)))

.PHONY: dashboard-page test-small test-large check-comparison check-public-notebooks check-crate help setup run test test-formats test-spark check check-index fix docs bench bench-delivery bench-dashboard bench-feasibility bench-portal bench-rerun bench-spawn check-forks check-giving-back delivery-kill tour tour-kill attack clean test-wheelhouse red-team workspace-kill own-data-kill rerun-kill fuzz

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Install everything that is needed to run
	@bin/setup run

run: setup ## Start the enclave on this machine, with a synthetic warehouse and demo people
	@.venv/bin/enclave run --demo --port $(PORT)

test: ## Run the whole suite
	@bin/setup test
	@$(MAKE) --no-print-directory --keep-going --jobs=$$(nproc) test-small test-large

# The halves run side by side where there are two processors: much of the large one waits
# for browsers and starting workspaces. What the small one says comes in one piece.
test-small:
	@said=$$(mktemp); .venv/bin/python -m pytest $(MEMORY) $(SMALL) $(PYTEST) > $$said 2>&1; \
	  code=$$?; cat $$said; rm $$said; exit $$code

test-large:
	@.venv/bin/python -m pytest $(LARGE) $(PYTEST)

test-formats: ## Write ten million rows in every format, and read them back
	@bin/setup test
	@ENCLAVE_FORMAT_ROWS=10000000 .venv/bin/python -m pytest tests/unit/delivery/formats/test_many_rows.py $(PYTEST)

test-spark: ## Ask the same questions and extract the same grants on a Spark cluster of a master and two workers
	@bin/setup test
	@command -v java >/dev/null || \
	  { echo "Spark needs Java. As root, run: apt-get install default-jre-headless" >&2; exit 6; }
	@.tools/bin/uv sync --frozen --quiet --group dev --group spark
	@.venv/bin/python -m pytest tests/contract/cohort/test_spark.py $(PYTEST)

check-index: ## Ask over 10,000 made-up questions of real and made-up warehouses; long
	@bin/setup test
	@.venv/bin/python -m tests.properties.page docs/reference/questions-asked.md $(or $(QUESTIONS),10500)

test-wheelhouse: ## Fetch every file of the kernels, and build them with the network off
	@bin/setup test
	@ENCLAVE_WHEELHOUSE=1 .venv/bin/python -m pytest tests/integration/kernels/test_wheelhouse.py $(PYTEST)

check-comparison: ## Run one analysis fifty times unchanged and in every mutation, each in a sandbox; long
	@bin/setup test
	@ENCLAVE_UNCHANGED_RUNS=$(or $(RUNS),50) .venv/bin/python -m pytest --timeout 3600 \
	  tests/integration/archive/test_mutations.py $(PYTEST)

check-public-notebooks: ## Archive and re-run notebooks that statsmodels, papermill and nbval publish; long
	@bin/setup test
	@mkdir -p $(SDISTS)
	@python3 -m pip download -q --no-deps --no-binary statsmodels,papermill,nbval -d $(SDISTS) statsmodels==0.14.6 papermill==2.7.0 nbval==0.11.0
	@rm -f $(SDISTS)/results.jsonl
	@ENCLAVE_PUBLIC_NOTEBOOKS=$(SDISTS) ENCLAVE_PUBLIC_RESULTS=$(SDISTS)/results.jsonl \
	  .venv/bin/python -m pytest tests/integration/archive/test_public_notebooks.py $(PYTEST)
	@.venv/bin/python -m tests.integration.archive.public_notebooks_page \
	  $(SDISTS)/results.jsonl docs/reference/public-notebooks.md

check-crate: ## Check the crates of archived analyses with the public validator
	@bin/setup test
	@.tools/bin/uv venv -q --allow-existing $(VALIDATOR)
	@.tools/bin/uv pip install -q --python $(VALIDATOR) roc-validator==0.13.0 rocrate==0.16.0
	@ENCLAVE_CRATE_VALIDATOR=$(VALIDATOR)/bin/python .venv/bin/python -m pytest \
	  tests/integration/archive/test_crate_validates.py $(PYTEST)

check: ## Lint, types and import contracts
	@bin/setup test
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

fix: ## Format, and mend what can be mended by machine
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

docs: ## Build the documentation into docs/_build/html
	@bin/setup test
	@.tools/bin/uv sync --frozen --quiet --group dev --group docs
	.venv/bin/sphinx-build -W -q -b html docs docs/_build/html

bench: ## Run the benchmarks, each as ratios measured side by side
	@bin/setup test
	@for benchmark in benchmarks/bench_*.py; do PYTHONPATH=. .venv/bin/python $$benchmark || exit 1; done
	@.venv/bin/python -m benchmarks.delivery.run

bench-delivery: ## Deliver side by side with the bare COPY, the naive way and pyreadstat; PAGE and BENCH may be given
	@bin/setup test
	@.venv/bin/python -m benchmarks.delivery.run $(if $(PAGE),--page "$(PAGE)") $(BENCH)

bench-portal: ## Ask for each page of the portal at 10,000 applications: median, p95 and processor time
	@bin/setup test
	@PYTHONPATH=. .venv/bin/python benchmarks/bench_portal.py

bench-rerun: ## Execute an archived notebook again, side by side with papermill; PAGE and BENCH may be given
	@bin/setup test
	@PYTHONPATH=. .venv/bin/python benchmarks/bench_rerun.py $(if $(PAGE),--page "$(PAGE)") $(BENCH)

bench-dashboard: ## Wait for the dashboards in a browser, warm and cold; PAGE and BENCH may be given
	@bin/setup test
	@PYTHONPATH=. .venv/bin/python benchmarks/bench_dashboard.py $(if $(PAGE),--page "$(PAGE)") $(BENCH)

dashboard-page: ## Bundle the page of the dashboards anew
	@bin/setup test
	@npm run --silent dashboard-page

bench-spawn: ## Open workspaces beside unsandboxed servers and a stock JupyterHub; PARTS and PAGE may be given
	@bin/setup test
	@PYTHONPATH=. .venv/bin/python benchmarks/bench_spawn.py $(PARTS) $(if $(PAGE),--page "$(PAGE)")

bench-feasibility: ## Lay the feasibility index beside five other engines; PERSONS, EVENTS, LARGER and PAGE may be given
	@bin/setup test
	@.tools/bin/uv sync --frozen --quiet --group dev --group bench
	@.venv/bin/python -m benchmarks.feasibility.run "$(or $(BENCH_FOLDER),.bench)" \
	  --persons $(or $(PERSONS),100000) --events $(or $(EVENTS),10000000) \
	  $(if $(LARGER),--larger $(LARGER)) $(if $(PAGE),--page "$(PAGE)")

tour: setup ## Walk the whole journey without a browser; SOURCE, MAPPING and OUT may be given
	@if [ "$(MAPPING)" = synthetic ] && [ ! -d "$(SOURCE)" ]; then \
	  .venv/bin/enclave warehouse synthesise --persons 20000 --seed 1 --out "$(SOURCE)"; fi
	@.venv/bin/enclave tour --source "$(SOURCE)" --mapping "$(MAPPING)" --out "$(OUT)"

tour-kill: ## Kill the tour at twenty random moments, and complete it
	@bin/setup test
	@ENCLAVE_TOUR_KILLS=20 .venv/bin/python -m pytest tests/integration/tour -k killed

delivery-kill: ## Kill deliveries at thirty random moments; each version is complete or absent
	@bin/setup test
	@ENCLAVE_DELIVERY_KILLS=30 .venv/bin/python -m pytest --timeout=1800 $(MEMORY) tests/unit/delivery/test_crash.py $(PYTEST)

red-team: ## Make the attacks of the red team and write docs/reference/red-team.md
	@bin/setup test
	@.venv/bin/python -m tests.security.red_team_page docs/reference/red-team.md

own-data-kill: ## Kill portal, worker and sandbox at twenty moments while own data are taken in
	@bin/setup test
	@ENCLAVE_OWN_DATA_KILLS=20 .venv/bin/python -m pytest --timeout=1800 tests/integration/airlock $(PYTEST)

workspace-kill: ## Kill hub, proxy, nursery, workspaces and kernels at twenty random moments
	@bin/setup test
	@ENCLAVE_WORKSPACE_KILLS=20 .venv/bin/python -m pytest tests/integration/hub/test_random_kills.py $(PYTEST)

rerun-kill: ## Kill portal, scheduler, dispatcher and workers at 40 random moments; long
	@bin/setup test
	@ENCLAVE_RERUN_KILLS=$(or $(KILLS),40) ENCLAVE_RERUN_REQUESTS=$(or $(REQUESTS),25) \
	  .venv/bin/python -m pytest -s tests/integration/archive/test_cluster_kills.py $(PYTEST)

check-giving-back: ## Go from Lab's button into the archive, and compare, in a browser
	@bin/setup test
	@ENCLAVE_GIVING_BACK=1 .venv/bin/python -m pytest tests/browser/test_giving_back.py $(PYTEST)

check-forks: ## Run analyses of many kinds forked and cold, and kill warm parents at 20 moments; long
	@bin/setup test
	@ENCLAVE_FORK_KILLS=20 ENCLAVE_FORK_KINDS=1 .venv/bin/python -m pytest \
	  tests/integration/archive/test_forked_reruns.py tests/security/sandbox/test_forked_kernels.py \
	  tests/security/sandbox/test_forks_compute_the_same.py $(PYTEST)

attack: ## Run all attacks on the count gate and write docs/reference/attacks.md; long
	@bin/setup test
	@.venv/bin/python -m tests.security.count_gate.page docs/reference/attacks.md $(ATTACK)

fuzz: ## Ask the portal's API many things that its description allows; long
	@bin/setup test
	@ENCLAVE_FUZZ=200 .venv/bin/python -m pytest $(MEMORY) tests/unit/portal/test_openapi.py $(PYTEST)

clean: ## Remove what the tools made, but neither the environments nor the demo's data
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache docs/_build dist
