"""A changed input explains a difference only if it changed on record."""

from datetime import UTC, datetime, timedelta

import pytest
from PIL import ImageDraw

from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.run_facts import Circumstances, RunFacts
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


SAME, EQUAL, DRIFT, DIFFERS = list(Verdict)[:4]
THEN = datetime(2026, 11, 22, 9, 53, tzinfo=UTC)


def _facts(**inputs) -> RunFacts:
    return RunFacts(started=THEN, ended=THEN + timedelta(minutes=5), **inputs)


UNCHANGED = Circumstances(_facts(), _facts())
OTHER_DATA = Circumstances(_facts(data="snapshot 3"), _facts(data="snapshot 5"))
OTHER_KERNEL = Circumstances(
    _facts(kernel="python-2026.12", packages={"statsmodels": "0.14.2"}),
    _facts(kernel="python-2027.05", packages={"statsmodels": "0.15.0"}),
)


def _finding(archived: str, rerun: str, circumstances: Circumstances | None):
    return TextComparer(Policy(), circumstances).compare(archived, rerun)


@pytest.mark.parametrize(
    ("archived", "rerun", "data", "kernel"),
    [
        ("HR 1.52", "HR 1.53", DRIFT, DRIFT),  # one unit of the last digit
        ("HR 1.52", "HR 1.54", DRIFT, DIFFERS),
        ("HR 1.52000001234", "HR 1.52000002345", DRIFT, DRIFT),
        ("n = 12", "n = 13", DRIFT, DIFFERS),  # counts
        ("significant p 0.04", "not significant p 0.06", DIFFERS, DIFFERS),
        ("a 1\nb 2", "a 1\nb 2\nb 3", DRIFT, DIFFERS),  # a row more
        ("a 1\nb 2", "b 2\na 1", DRIFT, DIFFERS),
        ("statsmodels 0.14.2", "statsmodels 0.15.0", DIFFERS, DRIFT),
    ],
)
def test_what_other_data_and_another_kernel_explain(archived, rerun, data, kernel):
    assert _finding(archived, rerun, OTHER_DATA).verdict is data
    assert _finding(archived, rerun, OTHER_KERNEL).verdict is kernel
    for nothing_changed in (None, UNCHANGED):
        assert _finding(archived, rerun, nothing_changed).verdict is DIFFERS


def test_the_rule_and_the_changed_input_are_named(build):
    archived, rerun = (
        build.notebook(build.code("a", build.stream(f"n = {n}"))) for n in (1, 2)
    )

    comparison = compare_notebooks(archived, rerun, circumstances=OTHER_DATA)

    assert comparison.outputs[0].rules == ("other-data",)
    assert comparison.changed == {"data": ("snapshot 3", "snapshot 5")}
    assert comparison.outputs[0].differences[0].reason == "other number: other-data"


def test_other_software_warns_of_other_things(build):
    def notebook(*lines: str, name: str = "stderr"):
        streams = [build.stream(line, name) for line in lines]
        return build.notebook(build.code("a", build.stream("x"), *streams))

    silent, warned = notebook("old\n"), notebook("FutureWarning: other\n")

    def verdict(circumstances):
        return compare_notebooks(silent, warned, circumstances=circumstances).verdict

    assert verdict(OTHER_KERNEL) is DRIFT
    assert verdict(OTHER_DATA) is DIFFERS
    assert verdict(UNCHANGED) is DIFFERS


@pytest.mark.parametrize(
    ("archived", "rerun", "reason"),
    [
        ("p 0.31", "p 0.3125", "the same number, rounded otherwise"),
        ("p 0.3125", "p 0.31", "the same number, rounded otherwise"),
        ("p 3", "p 2.9", "the same number, rounded otherwise"),
        ("p 0.31", "p 0.3199", "other number"),
        ("p 0.31", "p 0.32", "other number"),
    ],
)
def test_another_rounding_is_called_so_and_differs(archived, rerun, reason):
    finding = _finding(archived, rerun, None)

    assert finding.verdict is DIFFERS
    assert finding.differences[0].reason == reason


def _chart(build, *, colour=(31, 119, 180), shift=0, height=80):
    image = build.picture(size=(320, 240), colour=(255, 255, 255))
    draw = ImageDraw.Draw(image)
    for bar in range(4):
        left = 40 + bar * 60 + shift
        draw.rectangle((left, 220 - height - 20 * bar, left + 30, 220), fill=colour)
    return build.notebook(build.code("a", build.result(image_png=build.png(image))))


def test_a_picture_drawn_by_other_software_is_judged_by_its_structure(build):
    chart = _chart(build)

    def verdict(other, circumstances=OTHER_KERNEL):
        return compare_notebooks(chart, other, circumstances=circumstances).verdict

    assert verdict(_chart(build)) is SAME
    moved = _chart(build, height=81)  # by one pixel, as rounding may
    assert verdict(moved) is DRIFT
    assert verdict(moved, UNCHANGED) is DIFFERS
    assert verdict(_chart(build, colour=(214, 39, 40))) is DIFFERS
    assert verdict(_chart(build, height=110)) is DIFFERS
    assert verdict(_chart(build, height=110), OTHER_DATA) is DRIFT
