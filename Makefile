# Each target is a line or two that a person could type. `make PYTHON=python3.13` picks another Python.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: book site lab test release clean

book: site
	course serve

site: .venv/done
	course release --all
	jupyter-book build . --path-output build/book -n -W
	rm -rf build/site && cp -r build/book/_build/html build/site

lab: .venv/done
	course release --all
	jupyter lab

test: .venv/done
	bash tests/needs.sh
	pytest -n auto

.venv/done: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	pip install --quiet --constraint constraints.txt --editable '.[lab,dev]'
	touch $@

clean:
	rm -rf build .venv
