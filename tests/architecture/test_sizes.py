"""Small files and small functions: what a reader can hold in mind."""

import ast
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
PACKAGES = [
    "enclave",
    "hub_config/enclave_hub",
    "kernels/enclave_kernels",
    "widgets/enclave_widgets",
]
FILES = sorted(
    file
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if "migrations" not in file.parts
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_file_and_its_functions_are_small(file: Path):
    text = file.read_text()

    assert text.count("\n") <= 300
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno + 1 > 50
    }
    assert long == {}
