"""The looks that can be had at a cohort: who they are, and which data there are.

The same on a page and in a notebook: how one is asked for, and how it is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from enclave.cohort.question import Question
from enclave.disclosure.policy import Policy
from enclave.feasibility.answers import CellsAnswer, ExtentsAnswer
from enclave_widgets.cells_markup import CellsMarkup
from enclave_widgets.client import FoundVariable, PortalClient
from enclave_widgets.extent_markup import extents
from enclave_widgets.words import Language


Found = CellsAnswer | ExtentsAnswer
Kind = Literal["sex-age", "index-year", "code", "data", "extent"]


@dataclass(frozen=True)
class Look:
    """One look at a cohort.

    Attributes
    ----------
    variable
        By whose codes, where it is by codes.
    """

    kind: Kind
    variable: str = ""

    @property
    def needs_variables(self) -> bool:
        """Whether it is about the variables that a question asks for."""
        return self.kind in {"data", "extent"}

    def about(self, question: Question) -> Question:
        """Return what of a question the look depends on."""
        return question if self.needs_variables else cohort_of(question)

    async def ask(self, client: PortalClient, question: Question) -> Found:
        """Ask the portal for it."""
        if self.kind == "data":
            return await client.availability(question, question.variables)
        if self.kind == "extent":
            return await client.extent(question, question.variables)
        return await client.breakdown(question, self.variable or self.kind)

    def write(
        self,
        answer: Found,
        language: Language,
        policy: Policy,
        labels: Mapping[str, str],
    ) -> str:
        """Write what was found, as HTML.

        Parameters
        ----------
        labels
            What variables and tables are called; see :func:`labels_of`.
        """
        if isinstance(answer, ExtentsAnswer):
            return extents(answer, labels, language)
        cells = CellsMarkup(language, policy)
        if self.kind == "sex-age":
            return cells.pyramid(answer)
        if self.kind == "index-year":
            return cells.years(answer)
        if self.kind == "data":
            return cells.availability(answer, labels)
        return cells.codes(answer, labels.get(self.variable, self.variable))


def cohort_of(question: Question) -> Question:
    """Return a question without its variables, which change no count."""
    return question.model_copy(update={"variables": (), "variable_windows": None})


def labels_of(variables: Sequence[FoundVariable]) -> dict[str, str]:
    """Return what variables (``lab.value``) and their tables (``lab``) are called."""
    tables = {one.name.split(".")[0]: one.table_label for one in variables}
    return tables | {one.name: one.label for one in variables}
