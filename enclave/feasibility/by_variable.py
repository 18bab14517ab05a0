"""A cohort by a coded variable that each person has one of, such as the municipality.

Exact, and for the count gate only.
"""

from dataclasses import dataclass

import numpy as np
from pyroaring import BitMap

from enclave.cohort.question import Question
from enclave.disclosure.layout import Cells, Layout
from enclave.errors import InputError
from enclave.feasibility.cells import EachKept, persons
from enclave.feasibility.index.bitmaps import bitmap
from enclave.warehouse.catalogue import Variable
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier


OTHER = "other"
# The longest name of a cell that is stored. What is longer is text, and no code.
LONGEST = 130


@dataclass(frozen=True)
class ByVariable(EachKept):
    """By the codes of one variable of the persons' table, and all others as one cell.

    Who has none is in no cell.

    Attributes
    ----------
    name
        Full name, ``person.municipality``.
    """

    name: str

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return a cell for each code of the catalogue that can name one.

        Raises
        ------
        NotFoundError
            If the catalogue has no such variable.
        InputError
            If it is no variable of the persons' table, or the catalogue has no codes.
        """
        del question
        codes = (
            code
            for code in _coded(self.name, snapshot).profile.codes
            if code != OTHER and len(code) <= LONGEST
        )
        # How many variables there are to choose from is up to the site.
        return Layout(f"by {self.name}", (OTHER, *codes), composed=True)

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        everybody = persons(question, snapshot)
        cells = {name: BitMap() for name in self.layout(question, snapshot).cells}
        for code, who in _by_code(_coded(self.name, snapshot), snapshot).items():
            cells[code if code in cells else OTHER] |= who & everybody
        return cells


def _coded(name: str, snapshot: Snapshot) -> Variable:
    """Return a variable by whose codes persons can be sorted."""
    if "." not in name:
        raise InputError(
            f"A breakdown is by sex-age, by index-year, or by a coded variable written"
            f" table.variable, such as person.municipality; not by {name!r}."
        )
    variable = snapshot.catalogue.variable(name)
    if snapshot.catalogue.table(variable.table).kind != "person":
        raise InputError(
            f"Patients have many of {name}, so that they are in no one cell of it."
            " Count who has which of its codes instead, or choose a variable of the"
            " table of persons."
        )
    if not variable.profile.codes:
        raise InputError(
            f"The catalogue has no list of codes of {name}: it is not coded, has more"
            " than 200 codes, or the snapshot is an old one. A breakdown is by sex and"
            " age, by year, or by a variable with such a list."
        )
    return variable


def _by_code(variable: Variable, snapshot: Snapshot) -> dict[str, BitMap]:
    name = identifier(variable.name)
    with snapshot.connect() as connection:
        rows = connection.sql(
            f"FROM {identifier(variable.table)} SELECT CAST({name} AS VARCHAR) AS code"
            " ORDER BY person"
        ).to_arrow_table()
    # In the order of the person keys a row's place is the person's ordinal.
    codes = rows["code"].combine_chunks().dictionary_encode()
    which = codes.indices.fill_null(-1).to_numpy()
    return {
        code: bitmap(np.flatnonzero(which == number))
        for number, code in enumerate(codes.dictionary.to_pylist())
    }
