"""Only what was granted: which columns of which tables, and how precise their dates.

What a mapping calls a direct identifier is never delivered, and neither is a person
key, whoever approved what. Both are refused when the grant is issued, and again when it
is delivered, because a later snapshot's catalogue may say other than the one before.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from enclave.errors import InputError, PolicyRefusal
from enclave.projects.forms import DatePolicy, Generalisation, VariablePeriod
from enclave.warehouse.catalogue import Catalogue, TableEntry, Variable


PSEUDONYM = "pseudonym"
# The delivered list of persons; no table of the warehouse may take its place.
POPULATION = "population"

Precision = Literal["exact", "shift", "month", "year", "age_band"]

AGE_BAND: Literal["age_band"] = "age_band"
# A value that fewer persons have is called this, in variables that hide it.
FEWEST_PERSONS = 5
RARE = "(rare)"
# Texts with at most so many different values are handled as numbers.
_FEW_VALUES = 10_000
# Code systems of places. A small one tells who was there.
_UNITS = frozenset({"SHAK", "SOR", "YDERNUMMER"})

_DATES = frozenset({"date", "datetime"})
_PRECISION: dict[DatePolicy, Precision] = {
    DatePolicy.REAL: "exact",
    DatePolicy.SHIFT: "shift",
    DatePolicy.MONTH: "month",
    DatePolicy.YEAR: "year",
}


@dataclass(frozen=True)
class DeliveredColumn:
    """A granted variable, and how precise it is.

    Attributes
    ----------
    precision
        Of a date; null for anything else.
    hides_few
        True where a value that few persons have is not told.
    days
        First and last day from the person's index event on which it is given; null
        where every day of the window is.
    """

    variable: Variable
    precision: Precision | None
    hides_few: bool = False
    days: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """Its name in the delivery."""
        return AGE_BAND if self.precision == AGE_BAND else self.variable.name

    @property
    def few_values(self) -> bool:
        """True for texts of which the catalogue knows few different ones."""
        if self.precision == AGE_BAND:
            return True
        most = self.variable.profile.distinct.rpartition("-")[2].replace(",", "")
        return self.variable.type == "string" and int(most) <= _FEW_VALUES


@dataclass(frozen=True)
class DeliveredTable:
    """A table of the warehouse with its granted columns, in the grant's order.

    Attributes
    ----------
    date
        The variable that decides whether a row lies in the window; null where every
        row of a person belongs, as in the table of persons.
    """

    entry: TableEntry
    columns: tuple[DeliveredColumn, ...]
    date: str | None

    @property
    def name(self) -> str:
        """Its name, in the warehouse and in the delivery."""
        return self.entry.name

    @property
    def order(self) -> list[str]:
        """The columns that order the rows of one person: the date, then all others."""
        names = [column.name for column in self.columns]
        return sorted(names, key=lambda name: (name != self.date, names.index(name)))

    @property
    def days(self) -> frozenset[tuple[int, int]]:
        """The days round the index event that limit its rows; empty if none do.

        A row stays if at least one of its columns is given on its day.
        """
        found = {column.days for column in self.columns}
        return frozenset() if None in found else frozenset(filter(None, found))

    def column(self, name: str) -> DeliveredColumn:
        """Return the column of a name."""
        return next(column for column in self.columns if column.name == name)


def minimise(
    variables: Iterable[str],
    date_policy: DatePolicy,
    catalogue: Catalogue,
    generalise: Mapping[str, Generalisation] | None = None,
    periods: Iterable[VariablePeriod] = (),
) -> tuple[DeliveredTable, ...]:
    """Sort granted variables into tables, in the order of their first mention.

    Raises
    ------
    NotFoundError
        If the catalogue lacks a variable.
    PolicyRefusal
        If a variable may never be delivered.
    InputError
        If a table or a column cannot be delivered under its name.
    """
    columns: dict[str, list[DeliveredColumn]] = {}
    days = {one.variable: (one.days_from, one.days_to) for one in periods}
    for name in variables:
        variable = catalogue.variable(name)
        _refuse_identifying(variable)
        column = _column(variable, date_policy, (generalise or {}).get(name))
        column = replace(column, days=days.get(name))
        if column.name in {one.name for one in columns.get(variable.table, [])}:
            raise InputError(
                f"Table {variable.table} would have two columns {column.name}: leave"
                " one of them out."
            )
        columns.setdefault(variable.table, []).append(column)
    return tuple(
        _dated(DeliveredTable(entry, tuple(columns[name]), date_of(entry)))
        for name in columns
        if _deliverable(entry := catalogue.table(name))
    )


def _dated(table: DeliveredTable) -> DeliveredTable:
    """Refuse days round an event for what has no day."""
    limited = [column.name for column in table.columns if column.days]
    if limited and table.date is None:
        raise InputError(
            f"{table.name}.{limited[0]} has no day, so it cannot be given for a period"
            " round the index event: take the period out of the request."
        )
    return table


def precision_of(date_policy: DatePolicy) -> Precision:
    """Return how precise dates are under a policy."""
    return _PRECISION[date_policy]


def date_of(entry: TableEntry) -> str | None:
    """Name the variable that dates a table's rows; the table of persons has none."""
    if entry.kind == "person":
        return None
    roles = {variable.role: variable.name for variable in entry.variables}
    return roles.get("date", roles.get("from"))


def _column(
    variable: Variable, date_policy: DatePolicy, coarser: Generalisation | None
) -> DeliveredColumn:
    precision = _precision(variable, date_policy)
    hides_few = variable.code_system in _UNITS and variable.type == "string"
    if coarser is None:
        return DeliveredColumn(variable, precision, hides_few)
    if coarser is Generalisation.RARE and variable.type == "string":
        return DeliveredColumn(variable, precision, hides_few=True)
    if coarser is Generalisation.AGE_BAND and variable.role == "birth_date":
        return DeliveredColumn(variable, AGE_BAND)
    raise InputError(
        f"{variable.full_name} cannot be generalised as {coarser}: birth dates become"
        " age bands, and texts lose their rare values."
    )


def _precision(variable: Variable, date_policy: DatePolicy) -> Precision | None:
    if variable.type not in _DATES:
        return None
    if variable.role == "birth_date":
        # With sex and a few dates of contact, the day of birth names a person.
        return "year"
    return precision_of(date_policy)


def _refuse_identifying(variable: Variable) -> None:
    name = f"{variable.table}.{variable.name}"
    if variable.sensitivity == "direct_identifier":
        raise PolicyRefusal(
            f"{name} names persons directly and is never delivered: take it out of the"
            " request."
        )
    if variable.role == "person" or variable.type == "person":
        raise PolicyRefusal(
            f"{name} holds person keys, which never leave the warehouse: take it out"
            " of the request. Every delivered table has the pseudonym as its first"
            " column."
        )
    if variable.name == PSEUDONYM:
        raise InputError(
            f"{name} has the name of the pseudonym column: rename it in the mapping."
        )


def _deliverable(entry: TableEntry) -> bool:
    if entry.kind == "reference":
        raise PolicyRefusal(
            f"Table {entry.name} holds no persons and is not delivered: take its"
            " variables out of the request. The dictionary names every code system."
        )
    if entry.name == POPULATION:
        raise InputError(
            f"Table {entry.name} has the name of the delivered list of persons: rename"
            " it in the mapping."
        )
    return True
