import time

import pytest
from nbval.plugin import get_sanitize_patterns

from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.sanitiser import read_sanitisers, sanitise
from enclave.archive.comparison.verdict import Verdict
from enclave.errors import InputError


FILE = r"""
[temporary names]
regex: run-[0-9a-f]{6}
replace: RUN

[dates]
regex: \d{1,2}/\d{1,2}/\d{2,4}
replace: DATE
"""


def _verdict(build, archived: str, rerun: str):
    sanitisers = read_sanitisers(FILE, name="sanitize.cfg")
    one, other = (
        build.notebook(build.code("a", build.stream(text)))
        for text in (archived, rerun)
    )
    return compare_notebooks(one, other, Policy(sanitisers=sanitisers))


def test_what_the_author_overlooks_is_a_drift_that_shows_both(build):
    comparison = _verdict(build, "run-0012ab n = 3", "run-ffff00 n = 3")

    assert comparison.verdict is Verdict.EXPLAINED_DRIFT
    assert comparison.outputs[0].rules == ("nbval-sanitiser",)
    assert "nbval-sanitiser" in comparison.outputs[0].differences[0].reason


def test_it_hides_nothing_else(build):
    comparison = _verdict(build, "run-0012ab n = 3", "run-ffff00 n = 4")

    assert comparison.verdict is Verdict.DIFFERS


def test_it_is_not_looked_at_where_the_outputs_are_equal(build):
    comparison = _verdict(build, "1/2/2020 n = 3", "1/2/2020 n = 3")

    assert comparison.verdict is Verdict.IDENTICAL


def test_nbvals_own_reading_is_ours():
    ours = [(s.pattern, s.replacement) for s in read_sanitisers(FILE, name="f")]

    assert ours == get_sanitize_patterns(FILE)


@pytest.mark.parametrize("pattern", ["(", "(?<=x)y", "[a"])
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str):
    with pytest.raises(InputError, match="Pattern 1 of f cannot be used"):
        read_sanitisers(f"regex: {pattern}\nreplace: x\n", name="f")


def test_patterns_do_not_make_a_text_ever_longer():
    longer = "regex: .\nreplace: \\0\\0\n" * 18

    assert sanitise("a", read_sanitisers(longer, name="f")) == "a"


def test_a_replacement_is_short():
    with pytest.raises(InputError, match="replacement of pattern 1 of f has more"):
        read_sanitisers(f"regex: a\nreplace: {'x' * 201}\n", name="f")


def test_no_pattern_takes_for_ever():
    (worst,) = read_sanitisers("regex: (a+)+$\nreplace: x\n", name="f")
    began = time.perf_counter()

    sanitise("a" * 50_000 + "b", [worst])

    assert time.perf_counter() - began < 5
