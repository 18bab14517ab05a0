"""Everybody in whose rows a harmonisation rule would change something."""

from dataclasses import dataclass

import numpy as np

from enclave.canonical import digest
from enclave.cohort.question import Question
from enclave.disclosure.layout import Cells, Layout
from enclave.disclosure.policy import Grammar
from enclave.errors import PolicyRefusal
from enclave.feasibility.index.bitmaps import bitmap
from enclave.warehouse.harmonisation import Limits, Recode, Rule
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier


@dataclass(frozen=True)
class ByRule:
    """One cell: the persons whom a rule would touch.

    The open tier does not hear of single values: texts are compared whole, numbers with
    the limits that questions may use.
    """

    rule: Rule
    grammar: Grammar

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return the one cell, named by the rule.

        Raises
        ------
        PolicyRefusal
            If the rule is finer than the open tier answers.
        """
        del question
        reason = self._too_fine(snapshot)
        if reason:
            raise PolicyRefusal(
                f"How many persons this touches is not told: {reason}. A data manager"
                " sees it when looking at the finding."
            )
        name = digest(self.rule.model_dump(mode="json"))
        return Layout(f"rule {name}", ("touched",))

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons whom the rule would touch, of all there are."""
        del question
        with snapshot.connect() as engine:
            everybody = _keys(engine.sql("FROM person SELECT person ORDER BY person"))
            touched = _keys(
                engine.sql(
                    f"FROM {identifier(self.rule.table)} SELECT DISTINCT person"
                    f" WHERE {self.rule.condition()} AND person IS NOT NULL"
                )
            )
        known = touched[np.isin(touched, everybody)]
        return {"touched": bitmap(np.searchsorted(everybody, np.sort(known)))}

    def _too_fine(self, snapshot: Snapshot) -> str:
        rule = self.rule
        if snapshot.catalogue.table(rule.table).kind == "reference":
            return "the table is not about persons"
        if len(rule.where) > 1:
            return "it chooses rows by more than one other variable"
        if isinstance(rule, Limits):
            given = [one for one in (rule.lowest, rule.highest) if one is not None]
            if not all(map(self.grammar.is_cut_point, given)):
                return "its limits are not those that questions may use"
        elif not isinstance(rule, Recode):
            numbers = {"number", "integer"}
            variable = snapshot.catalogue.variable(rule.variable)
            if rule.kind == "no_value" and variable.type in numbers:
                return "it names single numbers"
        return ""


def _keys(relation: object) -> np.ndarray:
    table = relation.to_arrow_table()  # type: ignore[attr-defined]
    keys: np.ndarray = table["person"].to_numpy()
    return keys
