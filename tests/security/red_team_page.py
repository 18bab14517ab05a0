"""The page of the red team: ``make red-team`` runs its tests and writes it.

``python -m tests.security.red_team_page docs/reference/red-team.md`` runs every test of
the list and writes the verdict that each run gave; a test that did not run or failed is
told so, and ends the command with an error.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from enclave.sandbox.red_team import Attack, attacks


TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reference" / "red-team.md"

_HEAD = """\
# Red team

What an attacker who works in a workspace would try, and what becomes of it. Each is a
test of the suite, which fails when the attack succeeds; those with a probe are also
tried by `enclave isolation-report` where the enclave is installed. Made by `make
red-team` from the list in `enclave/sandbox/red_team.yaml` and a run of its tests; one
more test keeps the page in agreement with the list.

*Blocked*: it does not work. *Logged*: it works, and is on record. What is not promised
stands at the end of [what is promised](../explanation/security.md): above all, a screen
can be photographed.

"""
_GROUPS = {
    "files": "Files",
    "processes": "Processes",
    "network": "Network",
    "hub": "Hub",
    "content": "Content",
    "load": "Load",
}


def page(verdicts: Mapping[int, str]) -> str:
    """Return the page with these verdicts, by number."""
    return _HEAD + "\n".join(_lines(verdicts))


def _lines(verdicts: Mapping[int, str]) -> Iterator[str]:
    for group, title in _GROUPS.items():
        yield f"## {title}\n"
        yield "| | attack | verdict | probes | tests |\n|---|---|---|---|---|"
        for one in attacks():
            if one.group == group:
                tests = "<br>".join(f"`{name}`" for name in one.tests)
                probes = "<br>".join(one.probes)
                verdict = verdicts[one.id]
                yield f"| {one.id} | {one.attack} | {verdict} | {probes} | {tests} |"
        yield ""


def expected() -> dict[int, str]:
    """Return the verdicts that a run gives where everything holds."""
    return {one.id: one.verdict for one in attacks()}


def run() -> dict[int, str]:
    """Run every test of the list; return the verdict of each attack."""
    names = sorted({str(TESTS / name) for one in attacks() for name in one.tests})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        # Not among the folders of other runs, which whoever tidies up removes.
        apart = (f"--basetemp={folder}/t", f"--junitxml={report}")
        pytest.main(["-q", "-p", "no:randomly", *apart, *names])
        outcomes = _outcomes(report)
    return {one.id: _verdict(one, outcomes) for one in attacks()}


def _outcomes(report: Path) -> dict[str, set[str]]:
    """Return how the cases of each test ended."""
    found: dict[str, set[str]] = {}
    for case in ET.parse(report).iter("testcase"):
        file = case.attrib["classname"].replace(".", "/").removeprefix("tests/")
        name = f"{file}.py::{case.attrib['name'].partition('[')[0]}"
        kinds = {child.tag for child in case} & {"failure", "error", "skipped"}
        found.setdefault(name, set()).update(kinds or {"passed"})
    return found


def _verdict(one: Attack, outcomes: Mapping[str, set[str]]) -> str:
    ended = set().union(*(outcomes.get(name, {"error"}) for name in one.tests))
    if ended & {"failure", "error"}:
        return "**OPEN**"
    return one.verdict if "passed" in ended else "not tried here"


def main() -> None:
    """Run, write, and end with an error unless every attack was held."""
    verdicts = run()
    Path(sys.argv[1]).write_text(page(verdicts))
    sys.exit(verdicts != expected())


if __name__ == "__main__":
    main()
