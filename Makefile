# `make demo` shows what archdsl does on real data; `make test` runs everything that a change has to pass.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PINS   := .ci/constraints.txt
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(PINS) torch==2.13.0
NET    := resnet8-digits
OUT    := runs/$(NET)

# Two busy threads on two busy cores train several times slower than one.
export OMP_NUM_THREADS ?= 1

.PHONY: demo test lint types docs bench clean

demo: $(VENV)/demo.stamp
	$(BIN)/archdsl check specs/$(NET).yaml
	$(BIN)/archdsl show $(NET)
	@mkdir -p $(OUT)
	$(BIN)/archdsl render $(NET) -o $(OUT)/$(NET).svg
	$(BIN)/archdsl render $(NET) -o $(OUT)/$(NET).html
	$(BIN)/archdsl train $(NET) --data digits --out $(OUT)
	@echo
	@echo "Everything lies in $(OUT):"
	@echo "  $(NET).svg    the diagram        last.pt, best.pt    checkpoints"
	@echo "  $(NET).html   the same, a page   curve.png           the curves"
	@echo "  history.csv           the curves in numbers"
	@echo "Next:"
	@echo "  . $(BIN)/activate"
	@echo "  archdsl evaluate $(OUT)/best.pt --data digits"
	@echo "  archdsl show $(NET) --by kind --set widths=[8,16,32]"
	@echo "  archdsl show resnet50          (archdsl --help lists the rest)"

test: $(VENV)/test.stamp lint types
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .

types: $(VENV)/test.stamp
	$(BIN)/mypy

bench: $(VENV)/bench.stamp
	$(BIN)/python benchmarks/counting.py
	$(BIN)/python benchmarks/running.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: pyproject.toml $(PINS) | $(BIN)/python
	$(PIP) --editable '.[render,train]'
	@touch $@

$(VENV)/test.stamp: pyproject.toml $(PINS) | $(BIN)/python
	$(PIP) --editable '.[all,dev]'
	@touch $@

$(VENV)/bench.stamp: $(VENV)/test.stamp
	$(PIP) --editable '.[all,dev,bench]'
	@touch $@

clean:
	rm -rf $(VENV) runs build dist *.egg-info
