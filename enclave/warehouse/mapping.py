"""The mapping: which column of a source is the person, the code, the date."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from enclave.canonical import digest
from enclave.errors import InputError, NotFoundError
from enclave.warehouse.column import Column, Condition, FirstOf, SourceNames
from enclave.warehouse.harmonisation import Rule, fits
from enclave.warehouse.rules import Rules
from enclave.warehouse.vocabulary import Described, Kind, Label, Name, Role


SHIPPED = Path(__file__).parent / "mappings"

NEEDED_ROLES: dict[Kind, tuple[Role, ...]] = {
    "person": ("person", "sex", "birth_date", "death_date"),
    "event": ("person",),
    "reference": (),
}


# The table of codes, put together from the source, the mapping and the events.
CODE_COLUMNS = ("code", "code_system", "label_en", "label_da", "parent")


class Csv(Described):
    """How the source's CSV files are written.

    Attributes
    ----------
    delimiter
        By default the one that the header has most of.
    encoding
        One in which a line ends with the byte 10: ``utf-8``, ``latin-1``, ``cp1252``.
    """

    delimiter: str | None = None
    encoding: str = "utf-8"


class Code(Described):
    """A code that the mapping itself explains, for sources without code tables."""

    system: str
    code: Annotated[str, BeforeValidator(str)]
    label: Label
    parent: str | None = None


class TableMapping(Described):
    """One table of the source and what it becomes.

    Two entries of one ``name`` are two parts of one table, for instance the same
    register before and after a change of its layout.

    Attributes
    ----------
    where
        Only these rows of the source are read.
    optional
        True where a source may lack the table.
    """

    name: Name
    kind: Kind
    source: SourceNames
    label: Label
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    where: Condition | None = None
    optional: bool = False

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        names = Counter(column.name for column in self.columns)
        roles = Counter(column.role for column in self.columns if column.role)
        for given, times in [*names.items(), *roles.items()]:
            if times > 1:
                raise ValueError(f"{self.name}: {given} is given twice")
        for role in NEEDED_ROLES[self.kind]:
            if role not in roles:
                raise ValueError(f"{self.name}: no column has the role {role}")
        if self.kind == "event" and not roles.keys() & {"date", "from"}:
            raise ValueError(f"{self.name}: an event needs a date (or a from)")
        if (self.kind == "person") != (self.name == "person"):
            raise ValueError("the table of persons, and no other, is called person")
        if self.name == "code" and names.keys() - set(CODE_COLUMNS):
            raise ValueError(f"code: only the columns {', '.join(CODE_COLUMNS)} fit")
        return self

    def columns_by_role(self) -> dict[Role, Column]:
        """Return the columns that have a role."""
        return {each.role: each for each in self.columns if each.role is not None}


class Mapping(Described):
    """How one kind of source becomes tables of the warehouse.

    Attributes
    ----------
    identifier
        What kind of id its persons have: ``cpr``, or a name of the register's own.
        Ids of one kind mean the same person in every source.
    missing
        Texts that mean "no value". Nothing else does: ``NA`` is sodium until the
        mapping says otherwise.
    harmonisation
        What is put right after everything was read, one rule after the other.
    """

    name: Name
    version: int
    label: Label
    identifier: Name
    missing: tuple[str, ...] = ("",)
    csv: Csv = Csv()
    rules: Rules = Rules()
    tables: Annotated[tuple[TableMapping, ...], Field(min_length=1)]
    codes: tuple[Code, ...] = ()
    harmonisation: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if [table.kind for table in self.tables].count("person") != 1:
            raise ValueError("a mapping needs exactly one table of persons")
        kinds = {table.name: table.kind for table in self.tables}
        for table in self.tables:
            if table.kind != kinds[table.name]:
                raise ValueError(f"the parts of {table.name} are of two kinds")
            for column in table.columns:
                first = column.derive
                if isinstance(first, FirstOf) and kinds.get(first.table) != "event":
                    raise ValueError(f"{column.name}: {first.table} is no event table")
        for name in kinds:
            self.columns(name)
        return self

    @model_validator(mode="after")
    def _harmonises_what_it_has(self) -> Self:
        for rule in self.harmonisation:
            if not self.allows(rule):
                raise ValueError(f"no rule of kind {rule.kind} fits {rule.variable}")
        return self

    @classmethod
    def load(cls, name_or_path: str) -> "Mapping":
        """Read a shipped mapping by its name, or any mapping by its path.

        Raises
        ------
        NotFoundError
            If there is neither.
        InputError
            If the file is not a mapping; the message names the place.
        """
        path = SHIPPED / f"{name_or_path}.yaml"
        if not path.is_file():
            path = Path(name_or_path)
        if not path.is_file():
            raise NotFoundError(
                f"There is no mapping {name_or_path!r}. Shipped mappings:"
                f" {', '.join(shipped())}. A path to a file of your own works too."
            )
        try:
            return cls.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise InputError(f"{path} cannot be read as YAML: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the mapping"
            raise InputError(f"{path}: {place}: {first['msg']}.") from error

    @property
    def digest(self) -> str:
        """SHA-256 of the mapping, in hex."""
        # Mappings of before there were such rules are hashed without them.
        without = set() if self.harmonisation else {"harmonisation"}
        return digest(self.model_dump(mode="json", exclude=without))

    @property
    def person(self) -> TableMapping:
        """The table of persons."""
        return next(table for table in self.tables if table.kind == "person")

    def allows(self, rule: Rule) -> bool:
        """Say whether a rule fits what the mapping makes of its variable."""
        found = {
            column.name: column
            for part in self.parts(rule.table)
            for column in part.columns
            if column.stored
        }
        return fits(rule, {name: (one.type, one.role) for name, one in found.items()})

    def parts(self, name: str) -> list[TableMapping]:
        """Return the entries that make up one table."""
        return [table for table in self.tables if table.name == name]

    def columns(self, name: str) -> list[Column]:
        """Return the columns of one table, over all its parts.

        Raises
        ------
        ValueError
            If two parts disagree about a column.
        """
        found: dict[str, Column] = {}
        for part in self.parts(name):
            for column in part.columns:
                known = found.setdefault(column.name, column)
                if (known.type, known.role) != (column.type, column.role):
                    raise ValueError(f"the parts of {name} disagree on {column.name}")
        return list(found.values())


def shipped() -> list[str]:
    """Name the mappings that come with the project."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))
