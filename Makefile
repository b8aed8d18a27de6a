# Each target is a line or two that a person could type. `make PYTHON=python3.13` picks another Python.
PYTHON ?= python3
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The matrices are small: threads would only get in each other's way.
export OPENBLAS_NUM_THREADS := 1

RELEASED := $(patsubst exercises/%.md,build/download/%.zip,$(wildcard exercises/*.md))
NOTEBOOKS := $(patsubst chapters/%.md,build/chapters/%.ipynb,$(wildcard chapters/*.md))

.PHONY: book site lab test bench bench-grading clean

book: site
	course serve

site: .venv/done $(RELEASED)
	rm -rf build/book
	jupyter-book build . --path-output build/book -n -W --keep-going
	rm -rf build/site && cp -r build/book/_build/html build/site

lab: .venv/done $(RELEASED) $(NOTEBOOKS)
	jupyter lab --ServerApp.root_dir=build

test: .venv/done
	bash tests/needs.sh
	pytest -n auto

bench: .venv/done
	OMP_NUM_THREADS=1 python benchmarks/training.py

bench-grading: .venv/done
	python benchmarks/autograding.py

clean:
	rm -rf build .venv

.venv/done: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	pip install --quiet --constraint constraints.txt --editable '.[lab,dev]'
	touch $@

build/download/%.zip: exercises/%.md solutions/%.py exercises/checks.py | .venv/done
	course release $*

build/chapters/%.ipynb: chapters/%.md | .venv/done
	mkdir -p $(@D)
	jupytext --quiet --to ipynb --output $@ $<
