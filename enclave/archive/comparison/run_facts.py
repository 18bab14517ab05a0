"""What is on record about a run, against which a noise rule proves its claim."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from enclave.archive.comparison.policy import NoiseRule


# The clock of the record starts before the kernel's and stops after it.
_LEEWAY = timedelta(seconds=60)

Moment = datetime | date | time


@dataclass(frozen=True)
class RunFacts:
    """When a run took place, on which data, and with which software.

    Attributes
    ----------
    started, ended
        In UTC, which is also the sandbox's time zone.
    packages
        Version by package name, from the kernel's lock.
    kernel, data
        Name of the kernel, and what names the data: a snapshot, a hash. Where they
        are the same in both runs, no change of them explains anything.
    """

    started: datetime
    ended: datetime
    packages: Mapping[str, str] = field(default_factory=dict)
    kernel: str = ""
    data: str = ""

    def was_at(self, text: str) -> bool:
        """Tell whether a printed date or time is a moment of this run."""
        moment = _moment(text)
        first, last = self.started - _LEEWAY, self.ended + _LEEWAY
        if isinstance(moment, datetime):
            return first <= moment <= last
        if isinstance(moment, date):
            return first.date() <= moment <= last.date()
        if moment is None:
            return False
        days = (first.date(), last.date())
        return any(
            first <= datetime.combine(day, moment, tzinfo=UTC) <= last for day in days
        )


@dataclass(frozen=True)
class Circumstances:
    """What is on record about the two runs that are compared."""

    archived: RunFacts
    rerun: RunFacts

    @property
    def other_data(self) -> bool:
        """Whether the two runs had other data."""
        return self.archived.data != self.rerun.data

    @property
    def other_kernel(self) -> bool:
        """Whether the two runs had other software."""
        before, after = self.archived, self.rerun
        return before.kernel != after.kernel or before.packages != after.packages

    def changed(self) -> dict[str, tuple[str, str]]:
        """Return the inputs that changed: what each was, and is."""
        before, after = self.archived, self.rerun
        changed = {}
        if self.other_data:
            changed["data"] = (before.data, after.data)
        if self.other_kernel:
            changed["kernel"] = (before.kernel, after.kernel)
        return changed

    def prove(self, rule: NoiseRule, archived: str, rerun: str) -> bool:
        """Tell whether the record bears out that a rule applies to two texts."""
        if rule.evidence == "run time":
            return self.archived.was_at(archived) and self.rerun.was_at(rerun)
        if rule.evidence == "package version":
            return (archived, rerun) in self._changed_versions()
        return rule.evidence == "shape"

    def _changed_versions(self) -> set[tuple[str, str]]:
        before, after = self.archived.packages, self.rerun.packages
        return {
            (before[name], after[name])
            for name in before.keys() & after.keys()
            if before[name] != after[name]
        }


def _clock(text: str) -> time:
    if not re.fullmatch(r"\d\d:\d\d:\d\d", text):
        raise ValueError
    return time.fromisoformat(text)


def _day(text: str) -> date:
    return datetime.strptime(text, "%a, %d %b %Y").replace(tzinfo=UTC).date()


def _ctime(text: str) -> datetime:
    return datetime.strptime(text, "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)


def _day_first(text: str) -> date:
    plain = text.replace("/", "-").replace(".", "-")
    return datetime.strptime(plain, "%d-%m-%Y").replace(tzinfo=UTC).date()


def _iso(text: str) -> datetime:
    read = datetime.fromisoformat(text.replace(",", "."))
    return read if read.tzinfo else read.replace(tzinfo=UTC)


# The forms of the rule ``run-time``. A date alone is also an ISO moment, at midnight,
# so it is tried before.
_FORMS: tuple[Callable[[str], Moment], ...] = (
    _clock,
    date.fromisoformat,
    _day,
    _day_first,
    _ctime,
    _iso,
)


def _moment(text: str) -> Moment | None:
    for read in _FORMS:
        with suppress(ValueError):
            return read(text)
    return None
