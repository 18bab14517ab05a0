"""The catalogue: what there is to ask for, described without telling about anybody."""

from datetime import date
from difflib import get_close_matches

from pydantic import PrivateAttr

from enclave.errors import NotFoundError
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import reading_engine
from enclave.warehouse.vocabulary import (
    Described,
    Kind,
    Label,
    Role,
    Sensitivity,
    ValueType,
)


_MOST_CODES_FOUND = 50


class Profile(Described):
    """What the values of a variable are like, never what one person's value is.

    Attributes
    ----------
    missing
        Share of rows without a value, to two digits.
    distinct
        How many different values, as a band such as ``11-100``.
    low, high
        1st and 99th percentile to two significant digits; ``None`` where fewer than
        500 persons have a value, so that at least five lie beyond each.
    first_year, last_year
        Calendar years between which the dates lie; a year counts if it holds dates of
        at least five persons.
    codes
        Which codes persons have of a coded variable that each has one of: those of at
        least five persons, where these are at most 200.
    """

    missing: float
    distinct: str
    low: float | None = None
    high: float | None = None
    first_year: int | None = None
    last_year: int | None = None
    codes: tuple[str, ...] = ()


class Variable(Described):
    """One column of a table."""

    table: str
    name: str
    label: Label
    type: ValueType
    unit: str | None
    role: Role | None
    code_system: str | None
    sensitivity: Sensitivity
    profile: Profile

    @property
    def full_name(self) -> str:
        """The name that is unique in the warehouse: ``lab.value``."""
        return f"{self.table}.{self.name}"


class Code(Described):
    """One code of a code system. A label may be missing; the code may still be used."""

    code: str
    system: str
    label_en: str | None
    label_da: str | None


class TableEntry(Described):
    """One table.

    Attributes
    ----------
    rows, persons
        To two significant digits, and 0 below 20. Reference tables have no persons, and
        their exact number of rows.
    coverage_from, coverage_to
        First day of the first and last day of the last year with events of at least
        five persons.
    """

    name: str
    kind: Kind
    label: Label
    rows: int
    persons: int | None
    coverage_from: date | None
    coverage_to: date | None
    code_system: str | None
    variables: tuple[Variable, ...]

    def role(self, role: Role) -> Variable | None:
        """Return the variable that has a role, if there is one."""
        return next((each for each in self.variables if each.role == role), None)


class Catalogue(Described):
    """Every table and variable of one snapshot, and the codes used in them."""

    tables: tuple[TableEntry, ...]

    _code_files: list[str] = PrivateAttr(default_factory=list)

    @classmethod
    def of(cls, tables: tuple[TableEntry, ...], code_files: list[str]) -> "Catalogue":
        """Put the tables together with the files of the table ``code``."""
        made = cls(tables=tables)
        made._code_files.extend(code_files)
        return made

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Every variable of every table."""
        return tuple(each for table in self.tables for each in table.variables)

    @property
    def codes(self) -> tuple[Code, ...]:
        """Every code; a long list where the source brings whole code systems."""
        return self._codes("true", {})

    def table(self, name: str) -> TableEntry:
        """Return one table.

        Raises
        ------
        NotFoundError
            If there is none of that name; the message names close ones.
        """
        tables = {table.name: table for table in self.tables}
        if name not in tables:
            raise NotFoundError(_unknown("table", name, list(tables)))
        return tables[name]

    def variable(self, full_name: str) -> Variable:
        """Return one variable by its full name, for instance ``lab.value``.

        Raises
        ------
        NotFoundError
            If there is none of that name; the message names close ones.
        """
        variables = {each.full_name: each for each in self.variables}
        if full_name not in variables:
            raise NotFoundError(_unknown("variable", full_name, list(variables)))
        return variables[full_name]

    def code(self, system: str, code: str) -> Code | None:
        """Return one code, or None if neither the tables nor the code lists have it."""
        found = self._codes(
            "code_system = $system AND code = $code", {"system": system, "code": code}
        )
        return found[0] if found else None

    def search(self, text: str) -> list[Variable | Code]:
        """Find variables and codes by their names and labels, in Danish and English.

        The variables come first, then at most 50 codes, those whose code begins with
        the text before those whose label holds it.
        """
        wanted = text.casefold().strip()
        variables = [each for each in self.variables if wanted in _words(each)]
        labels = {table.name: table.label for table in self.tables}
        variables += [
            each
            for each in self.variables
            if each not in variables
            and wanted in f"{labels[each.table].en} {labels[each.table].da}".casefold()
        ]
        codes = self._codes(
            "starts_with(lower(code), $text) OR contains(lower(label_en), $text)"
            " OR contains(lower(label_da), $text)",
            {"text": wanted},
            limit=_MOST_CODES_FOUND,
        )
        return [*variables, *codes]

    def _codes(
        self, condition: str, values: dict[str, str], *, limit: int = 2**62
    ) -> tuple[Code, ...]:
        if not self._code_files:
            return ()
        order = "starts_with(lower(code), $text) DESC, " if "text" in values else ""
        with reading_engine() as engine:
            rows = engine.execute(
                f"FROM {rows_of(self._code_files)} SELECT code, code_system,"
                f" any_value(label_en), any_value(label_da) WHERE {condition}"
                f" GROUP BY code, code_system ORDER BY {order}code_system, code"
                f" LIMIT {limit}",
                values,
            ).fetchall()
        return tuple(
            Code(code=code, system=system, label_en=english, label_da=danish)
            for code, system, english, danish in rows
        )


def _words(variable: Variable) -> str:
    label = variable.label
    return f"{variable.full_name} {label.en} {label.da}".casefold()


def _unknown(what: str, name: str, present: list[str]) -> str:
    close = get_close_matches(name, present, n=3, cutoff=0.5) or sorted(present)[:8]
    return (
        f"There is no {what} {name!r} in the catalogue. Did you mean"
        f" {', '.join(close)}? Search with: enclave catalogue search TEXT."
    )
