.PHONY: quickstart test check lint types layers generated docs unit tests attack slow cluster-tests answer-forms

BIN := .venv/bin
export OMP_NUM_THREADS ?= 2

quickstart: ## set up, then run the bundled sweep
	scripts/quickstart.sh

test: ## set up for development, then run all checks and all tests except the slow ones
	scripts/test.sh

check: lint types layers generated docs tests ## what CI runs

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

layers: ## the import contracts of pyproject.toml
	$(BIN)/lint-imports

generated: ## fail if a file generated from code is out of date
	$(BIN)/python -m tools.generate --check

docs: ## build the documentation site in build/site; a broken link is an error
	$(BIN)/python -m mkdocs build --strict --quiet

unit: ## tests/unit in two processes: no Ray, compiler or browser; under a minute
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/unit -n 2

tests: ## all tests except the slow ones and those that need a GPU
	$(BIN)/python -m pytest -m "not slow and not gpu"

attack: ## hostile programs against verdicts and the sandbox, with counts at the end
	$(BIN)/python -m pytest tests/attacks -m attack

slow: ## run by hand: minutes to hours
	$(BIN)/python -m pytest -m slow

cluster-tests: ## run by hand, as root: sweeps and failures on machines made of network namespaces
	$(BIN)/python -m pytest tests/integration/machines -m slow

answer-forms: ## run by hand: every reference solution in every form of answer; needs CODEM_RAY_DATA
	$(BIN)/python bench/answer_forms.py
