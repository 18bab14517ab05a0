"""Parameters reach a notebook as data, whatever their names and values."""

import ast
import json

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave_kernels.run import inject


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
).filter(lambda value: "Infinity" not in json.dumps(value))


def _notebook(*tags: str):
    node = nbformat.v4.new_notebook()
    for each in tags:
        cell = nbformat.v4.new_code_cell("", metadata={"tags": [each] if each else []})
        node.cells.append(cell)
    return node


@given(st.dictionaries(st.text(), JSON))
def test_what_goes_in_comes_out(parameters):
    node = _notebook("parameters")

    inject(node, parameters)

    assert _run(node.cells[1].source) == parameters


@pytest.mark.parametrize("name", ["x = 1\nimport os #", "');import os;('", "\\", "\0"])
def test_no_name_becomes_code(name):
    node = _notebook("parameters")

    inject(node, {name: 1})

    (statement,) = ast.parse(node.cells[1].source).body
    texts = {n.value for n in ast.walk(statement) if isinstance(n, ast.Constant)}
    assert texts == {"json", json.dumps({name: 1})}


@pytest.mark.parametrize(
    ("tags", "place"),
    [
        (("parameters",), 1),
        (("", "parameters", ""), 2),
        (("", "parameters", "injected-parameters", ""), 2),
        (("injected-parameters", "parameters"), 1),
        (("parameters", "parameters"), 1),
    ],
)
def test_the_cell_stands_after_the_one_that_declares(tags, place):
    node = _notebook(*tags)

    assert inject(node, {"n": 1}) == place

    found = [
        i for i, c in enumerate(node.cells) if "injected-parameters" in c.metadata.tags
    ]
    assert found == [place]
    nbformat.validate(node)


def test_equal_runs_get_equal_cells():
    first, second = _notebook("parameters"), _notebook("parameters")

    inject(first, {"b": 1, "a": 2})
    inject(second, {"a": 2, "b": 1})

    assert first.cells[1] == second.cells[1]


def _run(source: str) -> dict:
    names: dict = {}
    exec(source, names)  # noqa: S102 - what a kernel does with it
    return {name: value for name, value in names.items() if name != "__builtins__"}
