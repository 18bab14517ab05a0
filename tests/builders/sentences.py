"""Sentences as they stand in code."""

import ast
from collections.abc import Mapping

from enclave.phrasebook import GAP


def text_of(node: ast.AST | None, known: Mapping[str, str] | None = None) -> str:
    """Return the text of a string; nothing if it is none.

    Parameters
    ----------
    known
        What an expression within it is put as; a gap where it is not named here.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(
        (known or {}).get(ast.unparse(part.value), GAP)
        if isinstance(part, ast.FormattedValue)
        else text_of(part)
        for part in node.values
    )
