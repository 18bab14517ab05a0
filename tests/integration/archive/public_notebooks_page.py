"""Write the page of the notebooks of others from a run: RESULTS PAGE.

``make check-public-notebooks`` runs them, and each test writes one line.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any


_HEAD = """\
# Notebooks of others

What `make check-public-notebooks` found: notebooks that statsmodels, papermill and
nbval publish in their source archives on PyPI, archived and executed again, each in a
sandbox, in the kernel `{kernel}`. That command writes this page.

## Archived and executed again

| notebook | verdict | outputs | draws without a seed |
|---|---|---|---|
"""
_REFUSED = """
`robust_models_0` and `predict` draw random numbers without a seed, and their authors
would be told so. `kernel_density` seeds a generator that it does not draw from.

## Refused

| notebook | cause |
|---|---|
"""


def page(results: list[dict[str, Any]]) -> str:
    """Return the page of some results."""
    ordered = sorted(results, key=lambda one: one["notebook"])
    run = [_row(one) for one in ordered if "outputs" in one]
    refused = [
        f"| {_name(one)} | {_cause(one['why'])} |\n"
        for one in ordered
        if "outputs" not in one
    ]
    head = _HEAD.format(kernel=ordered[0]["kernel"])
    return "".join([head, *run, _REFUSED, *refused])


def _row(one: dict[str, Any]) -> str:
    outputs = ", ".join(f"{n} {name}" for name, n in one["outputs"].items() if n)
    unseeded = one["unseeded"] or ""
    return f"| {_name(one)} | {one['outcome']} | {outputs} | {unseeded} |\n"


def _name(one: dict[str, Any]) -> str:
    return f"`{one['notebook']}`"


def _cause(why: str) -> str:
    found = re.search(r"(cell \d+ failed \([^)]*\))", why)
    return found[1] if found else why.partition(". ")[0]


def main(results: str, target: str) -> None:
    lines = Path(results).read_text().splitlines()
    Path(target).write_text(page([json.loads(line) for line in lines]))


if __name__ == "__main__":
    main(*sys.argv[1:])
