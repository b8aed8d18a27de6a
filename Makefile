# Each target is a line or two that a person could type. `make PYTHON=python3.13` picks another Python.
PYTHON ?= python3
SHELL := /bin/bash
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The matrices are small: threads would only get in each other's way.
export OPENBLAS_NUM_THREADS := 1

RELEASED := $(patsubst exercises/%.md,build/download/%.zip,$(wildcard exercises/*.md))
NOTEBOOKS := $(patsubst chapters/%.md,build/chapters/%.ipynb,$(wildcard chapters/*.md))

.PHONY: book site lite pdf links lab test bench bench-grading clean

book: site
	course serve

site: .venv/done $(RELEASED) lite
	rm -rf build/book
	jupyter-book build . --path-output build/book -n -W --keep-going
	rm -rf build/site && cp -r build/book/_build/html build/site && cp -r build/lite build/site/lite
	cp figures/*.js figures/*.css build/site/figures

# Always anew: JupyterLite drops notebooks when it builds over an older copy.
lite: .venv/done $(RELEASED)
	python _extensions/notebooks.py build

pdf: .venv/done $(RELEASED)
	jupyter-book build . --path-output build/print --builder custom --custom-builder singlehtml -n -W --keep-going
	chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --generate-pdf-document-outline \
		--print-to-pdf=build/book.pdf build/print/_build/singlehtml/index.html 2> build/chromium.log
	pytest -n 0 tests/check_pdf.py

links: .venv/done $(RELEASED)
	jupyter-book build . --path-output build/links --builder linkcheck -n

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
	pip download --quiet --constraint constraints.txt --no-deps --dest .venv/wheels comm
	touch $@

build/download/%.zip: exercises/%.md solutions/%.py exercises/checks.py | .venv/done
	course release $*

build/chapters/%.ipynb: chapters/%.md | .venv/done
	mkdir -p $(@D)
	jupytext --quiet --to ipynb --output $@ $<
