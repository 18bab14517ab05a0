"""Names and texts inside SQL: always quoted here, never by hand."""

from collections.abc import Iterable


def identifier(name: str) -> str:
    """Quote the name of a table or column."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Quote texts and put commas between them."""
    return ", ".join(literal(text) for text in texts)


def identifiers(names: Iterable[str]) -> str:
    """Quote names and put commas between them."""
    return ", ".join(identifier(name) for name in names)
