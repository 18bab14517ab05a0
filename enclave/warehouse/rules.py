"""What a load looks for in every row, and what it does about it."""

from typing import Literal

from enclave.warehouse.vocabulary import Described


Action = Literal["kept", "quarantined"]
Severity = Literal["keep", "quarantine"]


# A row without a person or a date can be used by nobody, and a table is a set of rows,
# in which a row that equals another in everything that is kept is no second event. No
# mapping can switch these off.
ALWAYS_QUARANTINED = (
    "missing_person",
    "unknown_person",
    "missing_date",
    "second_row_of_person",
    "duplicate_row",
    "unreadable_line",
)


class Rules(Described):
    """How strict a load is. Each rule keeps the row, or sets it aside.

    Attributes
    ----------
    type_error
        A text that cannot be read as the column's type. ``None``: the row is set aside
        if the column has a role; if it has none, the one value is taken as missing.
    unknown_value
        A text that the column's recoding does not list.
    unknown_unit
        A unit that the mapping does not know.
    unknown_reference
        The id of another person who is not in the table of persons.
    before_birth, in_future, ends_before_start
        Impossible dates.
    after_death
        Later than ``grace_days`` after the death date: answers arrive after a death.
    """

    type_error: Severity | None = None
    unknown_value: Severity = "quarantine"
    unknown_unit: Severity = "keep"
    unknown_reference: Severity = "keep"
    before_birth: Severity = "quarantine"
    in_future: Severity = "quarantine"
    ends_before_start: Severity = "keep"
    after_death: Severity = "keep"
    grace_days: int = 30

    def action(self, rule: str, *, has_role: bool) -> Action:
        """Say what becomes of a row that breaks a rule.

        Parameters
        ----------
        rule
            Name of the rule.
        has_role
            True if the variable in which it was found has a role.
        """
        if rule in ALWAYS_QUARANTINED:
            return "quarantined"
        severity = getattr(self, rule)
        if severity is None:
            severity = "quarantine" if has_role else "keep"
        return "quarantined" if severity == "quarantine" else "kept"

    def quarantining(self, *, has_role: bool) -> list[str]:
        """Name the rules that set a row aside."""
        names = [*ALWAYS_QUARANTINED, *type(self).model_fields]
        names.remove("grace_days")
        return [
            name
            for name in names
            if self.action(name, has_role=has_role) == "quarantined"
        ]


class Problem(Described):
    """How many rows of a table broke one rule, and what became of them."""

    table: str
    rule: str
    variable: str | None
    rows: int
    action: Action
