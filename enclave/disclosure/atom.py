"""The smallest thing a question says: some event of this kind happened."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from enclave.canonical import canonical_json
from enclave.cohort.question import EventCriterion, Within
from enclave.disclosure.interval import (
    EVERYTHING,
    Interval,
    of_dates,
    of_days,
    of_values,
)


_FROM_INDEX_ON = of_days(0, None)
_INDEX_DAY = of_days(0, 0)


@dataclass(frozen=True)
class Atom:
    """At least one event with one of these codes, in this value, period and window.

    ``None`` leaves a dimension free. Only criteria of the open grammar become atoms:
    one code system, nothing excluded, no number of events.
    """

    system: str
    codes: frozenset[tuple[str, str]]
    value: Interval | None = None
    unit: str | None = None
    dates: Interval | None = None
    window: Interval | None = None

    @cached_property
    def text(self) -> bytes:
        """What it says, as canonical JSON."""
        return canonical_json(self.document())

    def implies(self, other: "Atom") -> bool:
        """Whether everybody who meets this atom meets the other."""
        return (
            self.system == other.system
            and self.codes <= other.codes
            and other.unit in {None, self.unit}
            and _within(self.value, other.value)
            and _within(self.dates, other.dates)
            and _within(self.window, other.window)
        )

    def joined(self, other: "Atom") -> "Atom | None":
        """Return the atom for "this or the other", if there is one.

        There is one where they differ in a single dimension and touch in it.
        """
        if (self.system, self.value, self.unit) != (
            other.system,
            other.value,
            other.unit,
        ):
            return None
        codes, dates = self.codes == other.codes, self.dates == other.dates
        window = self.window == other.window
        if dates and window:
            return replace(self, codes=self.codes | other.codes)
        # Not values: a result "<7" is neither below 5 nor at least 5.
        if codes and window:
            period = _joined(self.dates, other.dates)
            return replace(self, dates=_unless_everything(period)) if period else None
        if codes and dates:
            days = _joined(self.window, other.window)
            return replace(self, window=_unless_everything(days)) if days else None
        return None

    def seen_from(self, index: "Atom | None") -> "Atom | bool":
        """Use what is known from the index event being the earliest of its kind.

        Returns
        -------
        Atom or bool
            The atom in its shortest form; or whether it holds, where that is certain.
        """
        if index is None:
            return self
        anywhere = replace(self, window=None)
        if index.implies(anywhere) and _within(_INDEX_DAY, self.window):
            return True
        if not anywhere.implies(index):
            return self
        start = max((self.window or EVERYTHING).start, _FROM_INDEX_ON.start)
        left = Interval(start, (self.window or EVERYTHING).end)
        if left.start >= left.end:
            return False
        return replace(self, window=None if left == _FROM_INDEX_ON else left)

    def document(self) -> dict[str, Any]:
        """Write the atom as JSON."""
        parts = {"value": self.value, "dates": self.dates, "window": self.window}
        return {
            "system": self.system,
            "codes": [list(code) for code in sorted(self.codes)],
            "unit": self.unit,
        } | {name: part.document() if part else None for name, part in parts.items()}


def atom_of(criterion: EventCriterion | Within) -> Atom:
    """Read a criterion of the open grammar."""
    if isinstance(criterion, Within):
        window = of_days(criterion.from_days, criterion.to_days)
        return replace(atom_of(criterion.criterion), window=window)
    codes = criterion.codes
    if codes.system is None or criterion.table or criterion.at_least > 1:
        raise ValueError("not a criterion of the open grammar")
    return Atom(
        system=codes.system,
        codes=frozenset((entry.code, entry.match) for entry in codes.entries),
        value=of_values(criterion.value) if criterion.value else None,
        unit=criterion.value.unit if criterion.value else None,
        dates=of_dates(criterion.dates) if criterion.dates else None,
    )


def _joined(one: Interval | None, other: Interval | None) -> Interval | None:
    return one.joined(other) if one and other else None


def _unless_everything(interval: Interval) -> Interval | None:
    return None if interval == EVERYTHING else interval


def _within(inner: Interval | None, outer: Interval | None) -> bool:
    return outer is None or (inner is not None and outer.contains(inner))
