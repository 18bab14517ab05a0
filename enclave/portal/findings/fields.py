"""From the fields of a page to a finding and its rule."""

from collections.abc import Mapping
from typing import Any

from enclave.errors import InputError
from enclave.warehouse.harmonisation import RULE, Rule


NEEDS = {
    "recode": ("texts", "to"),
    "no_value": ("texts",),
    "limits": ("lowest", "highest"),
    "convert": ("from_unit", "to_unit", "factor"),
}


def document_of(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the finding that was written; what was left empty is left out."""
    variable = fields.get("variable", "").strip()
    said = {name: fields.get(name, "") for name in ("source", "pattern", "evidence")}
    return {"variable": variable, **said, "rule": _rule(variable, fields)}


def rule_of(text: str) -> Rule | None:
    """Read a rule that a data manager wrote as JSON; None where nothing is written.

    Raises
    ------
    InputError
        If it is no rule.
    """
    if not text.strip():
        return None
    try:
        return RULE.validate_json(text)
    except ValueError as error:
        raise InputError(
            "Nothing was done: the rule is not written as one. Load the page again"
            " to see the one that was proposed."
        ) from error


def _rule(variable: str, fields: Mapping[str, str]) -> dict[str, Any] | None:
    kind = fields.get("kind", "")
    if not kind:
        return None
    given = {
        name: fields[name].strip()
        for name in NEEDS.get(kind, ())
        if fields.get(name, "").strip()
    }
    rule: dict[str, Any] = {"kind": kind, "variable": variable, **given}
    if "texts" in rule:
        rule["texts"] = [one.strip() for one in rule["texts"].splitlines()]
    where = fields.get("where_variable", "").strip()
    if where:
        equals = fields.get("where_equals", "").strip()
        rule["where"] = [{"variable": where, "equals": equals}]
    return rule
