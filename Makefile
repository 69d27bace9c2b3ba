.PHONY: quickstart test check lint types layers unit generated attack slow

BIN := .venv/bin
export OMP_NUM_THREADS ?= 2

quickstart: ## set up, then run the bundled sweep
	scripts/quickstart.sh

test: ## set up for development, then all checks and tests but the slow ones
	scripts/test.sh

check: lint types layers generated unit ## what CI runs

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports

generated: ## files made from code are current
	$(BIN)/python -m tools.generate --check

unit:
	$(BIN)/python -m pytest -m "not slow and not gpu"

attack: ## hostile programs against verdicts and sandbox, with counts at the end
	$(BIN)/python -m pytest tests/attacks -m attack

slow: ## by hand: minutes to hours
	$(BIN)/python -m pytest -m slow
