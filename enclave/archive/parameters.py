"""The parameters of a run: only those that the notebook declares.

papermill writes the names it is given into the code that is executed, and only warns of
unknown ones, so both are checked here.
"""

import ast
import json
import keyword
import re
from collections.abc import Mapping
from typing import Any

from enclave.archive.notebook import Notebook
from enclave.errors import InputError


TAG = "parameters"

_ASSIGNED_IN_R = re.compile(r"^([A-Za-z][A-Za-z0-9_]*) *(?:<-|=) *\S", re.MULTILINE)


def check(parameters: Mapping[str, Any], notebook: Notebook) -> None:
    """Refuse parameters that a notebook does not declare or that are no plain values.

    Raises
    ------
    InputError
        Naming the parameter, and those that there are.
    """
    check_among(parameters, declared(notebook))


def check_among(parameters: Mapping[str, Any], names: frozenset[str]) -> None:
    """Refuse parameters that are none of the declared names, or no plain values.

    Raises
    ------
    InputError
        Naming the parameter, and those that there are.
    """
    for name, value in parameters.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise InputError(
                f"{name!r} cannot be the name of a parameter. Use a Python name."
            )
        _check_value(name, value)
    unknown = sorted(parameters.keys() - names)
    if unknown:
        known = ", ".join(sorted(names)) or "none"
        raise InputError(
            f"The notebook has no parameter {unknown[0]!r}. Its cell tagged"
            f" {TAG!r} declares: {known}."
        )


def read(content: bytes) -> dict[str, Any]:
    """Read the parameters that an archive keeps."""
    kept: dict[str, Any] = json.loads(content)
    return kept


def declared(notebook: Notebook) -> frozenset[str]:
    """Return the names that the cell tagged ``parameters`` assigns.

    Raises
    ------
    InputError
        If that cell is not Python, nor R in a notebook for R.
    """
    cell = next((cell for cell in notebook.cells if TAG in cell.tags), None)
    if cell is None:
        return frozenset()
    if notebook.language == "r":
        return frozenset(_ASSIGNED_IN_R.findall(cell.source))
    try:
        statements = ast.parse(cell.source).body
    except (SyntaxError, ValueError) as error:
        raise InputError(
            f"The cell tagged {TAG!r} is not Python that can be read."
        ) from error
    return frozenset(
        target.id
        for statement in statements
        for target in _targets(statement)
        if isinstance(target, ast.Name)
    )


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    if isinstance(statement, ast.AnnAssign):
        return [statement.target]
    return []


def _check_value(name: str, value: Any) -> None:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The value of parameter {name!r} is no text, number, truth value or list"
            " of these."
        ) from error
