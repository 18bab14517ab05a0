"""The red team's list: sixty-four attacks, what becomes of each, and what shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from enclave.sandbox.probes import Finding


_FILE = Path(__file__).with_suffix(".yaml")


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes
    ----------
    id, group, attack
        Its number, what it is aimed at, and what is tried.
    verdict
        ``blocked``, or ``logged`` where it succeeds and is on record.
    tests
        The tests that try it, below ``tests/``.
    probes
        The probes of the isolation report that try it on the installed system.
    """

    id: int
    group: str
    attack: str
    verdict: str
    tests: tuple[str, ...]
    probes: tuple[str, ...] = ()


@cache
def attacks() -> tuple[Attack, ...]:
    """Return the list, by number."""
    rows = yaml.safe_load(_FILE.read_text())
    return tuple(
        Attack(
            **{
                **row,
                "tests": tuple(row["tests"]),
                "probes": tuple(row.get("probes", ())),
            }
        )
        for row in rows
    )


def tried(findings: Iterable[Finding]) -> dict[int, bool]:
    """Return for each attack that probes tried whether all of them were blocked."""
    blocked = {finding.probe: finding.blocked for finding in findings}
    return {
        one.id: all(blocked[probe] for probe in one.probes)
        for one in attacks()
        if one.probes and blocked.keys() >= set(one.probes)
    }
