import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.outputs import as_shown
from enclave.archive.comparison.policy import RULES, Policy
from enclave.archive.comparison.verdict import Verdict, worst


SAME, EQUAL, DRIFT, DIFFERS, FAILED = Verdict


def test_the_worst_verdict_wins():
    assert worst([SAME, DRIFT, EQUAL]) is DRIFT
    assert worst([DIFFERS, FAILED]) is FAILED
    assert worst([]) is SAME


def test_each_output_has_its_verdict(build):
    archived = build.notebook(
        build.markdown(),
        build.code("a", build.stream("n = 10\n")),
        build.code("b", build.result(text_plain="0.30000000000000004")),
        build.code("c", build.result(text_plain="took 3 s")),
    )
    rerun = build.notebook(
        build.markdown(),
        build.code("a", build.stream("n = 10\n")),
        build.code("b", build.result(text_plain="0.3")),
        build.code("c", build.result(text_plain="took 4 s")),
    )

    comparison = compare_notebooks(archived, rerun)

    assert [(each.cell, each.verdict) for each in comparison.outputs] == [
        (2, SAME),
        (3, EQUAL),
        (4, DRIFT),
    ]
    assert comparison.verdict is DRIFT
    assert comparison.outputs[2].rules == ("duration",)
    assert comparison.counts == {
        "identical": 1,
        "numerically equal": 1,
        "explained drift": 1,
        "differs": 0,
        "could not run": 0,
        "ignored": 0,
    }


def test_each_representation_of_an_output_counts(build):
    archived = build.code("a", build.result(text_plain="5", text_html="<b>5</b>"))
    plain = build.code("a", build.result(text_plain="5"))
    other = build.code("a", build.result(text_plain="5", text_html="<b>6</b>"))

    for rerun in (plain, other):
        comparison = compare_notebooks(build.notebook(archived), build.notebook(rerun))
        assert comparison.verdict is DIFFERS


@pytest.mark.parametrize("swap", [False, True])
def test_a_missing_or_additional_output_differs(build, swap):
    one = build.notebook(build.code("a", build.stream("x"), build.result()))
    two = build.notebook(build.code("a", build.stream("x")))
    first, second = (two, one) if swap else (one, two)

    comparison = compare_notebooks(first, second)

    assert comparison.verdict is DIFFERS
    expected = "additional in the re-run" if swap else "missing in the re-run"
    assert comparison.outputs[-1].differences[0].reason == expected


@pytest.mark.parametrize("swap", [False, True])
def test_a_missing_or_additional_cell_differs(build, swap):
    kept = build.code("a", build.stream("x"))
    one = build.notebook(kept, build.code("silent"))
    two = build.notebook(kept)
    first, second = (two, one) if swap else (one, two)

    assert compare_notebooks(first, second).verdict is DIFFERS


def test_another_source_differs_though_it_shows_the_same(build):
    one = build.notebook(build.code("a", build.stream("x")))
    two = build.notebook(build.code("b", build.stream("x")))

    assert compare_notebooks(one, two).verdict is DIFFERS


def test_pieces_of_a_stream_do_not_count_but_streams_do(build):
    pieces = build.notebook(build.code("a", build.stream("x"), build.stream("y\n")))
    whole = build.notebook(build.code("a", build.stream("xy\n")))
    other = build.notebook(build.code("a", build.stream("xy\n", "stderr")))

    assert compare_notebooks(pieces, whole).verdict is SAME
    assert compare_notebooks(whole, other).verdict is DIFFERS


def test_an_expected_error_is_an_output_like_others(build):
    def notebook(*error: str):
        return build.notebook(build.code("a", build.error(*error)))

    archived = notebook("ValueError", "n = 3 at 0x7f0011aabbcc")

    again = notebook("ValueError", "n = 3 at 0x55aa11aabbcc")
    assert compare_notebooks(archived, again).verdict is SAME
    assert compare_notebooks(archived, notebook("ValueError", "n = 4")).verdict is (
        DIFFERS
    )
    other = notebook("KeyError", "n = 3 at 0x7f0011aabbcc")
    assert compare_notebooks(archived, other).verdict is DIFFERS
    printed = build.notebook(build.code("a", build.result(text_plain="x")))
    assert compare_notebooks(archived, printed).verdict is DIFFERS


def test_metadata_of_an_output_counts(build):
    plain = build.result(text_plain="x")
    sized = {**plain, "metadata": {"image/png": {"width": 10}}}

    comparison = compare_notebooks(
        build.notebook(build.code("a", plain)), build.notebook(build.code("a", sized))
    )

    assert comparison.verdict is DIFFERS


def test_an_unknown_representation_is_equal_only_to_itself(build):
    def notebook(value):
        bundle = {**build.result(), "data": {"application/x-unknown": value}}
        return build.notebook(build.code("a", bundle))

    assert compare_notebooks(notebook("a"), notebook("a")).verdict is SAME
    assert compare_notebooks(notebook("1.0"), notebook("1.00")).verdict is DIFFERS
    assert compare_notebooks(notebook(["a"]), notebook("a")).verdict is DIFFERS


def test_an_ignored_output_is_counted_and_decides_nothing(build):
    def notebook(number: int):
        return build.notebook(
            build.code("a", build.stream("x")),
            build.code("b", build.stream(f"{number}"), tags=("nbval-ignore-output",)),
        )

    comparison = compare_notebooks(notebook(1), notebook(2))

    assert comparison.verdict is SAME
    assert comparison.counts["ignored"] == 1
    assert comparison.counts["identical"] == 1


def test_where_nothing_is_compared_nothing_is_shown_to_be_equal(build):
    ignored = build.notebook(build.code("a", build.stream("x"), tags=("nbval-skip",)))

    assert compare_notebooks(ignored, ignored).verdict is DIFFERS
    assert compare_notebooks(build.notebook(), build.notebook()).verdict is DIFFERS


def test_the_deciding_difference_is_always_shown(build):
    def notebook(last: str):
        return "\n".join(f"at 0x{n:08x}{last}" for n in range(200))

    archived = notebook("aa") + "\nn = 1"
    rerun = notebook("bb") + "\nn = 2"
    comparison = compare_notebooks(
        build.notebook(build.code("a", build.stream(archived))),
        build.notebook(build.code("a", build.stream(rerun))),
        Policy(shown_differences=5),
    )

    (output,) = comparison.outputs
    assert (output.differences[0].archived, output.differences[0].rerun) == ("1", "2")
    assert len(output.differences) == 5
    assert output.differences_not_shown == 196


def test_every_rule_has_a_name_of_its_own_and_a_reason():
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(len(rule.reason) > 20 for rule in RULES)


def test_a_looser_policy_has_another_digest():
    assert Policy(relative=0.1).digest != Policy().digest
    assert Policy(rules=()).digest != Policy().digest


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("10%\r50%\r100%\n", "100%\n"),
        ("done\r", "done\r"),
        ("a\r\nb", "a\nb"),
        ("abc\b\bx", "ax"),
        ("\b\bx", "\b\bx"),
    ],
)
def test_carriage_returns_and_backspaces(printed: str, shown: str):
    assert as_shown(printed) == shown


@given(st.text(alphabet="ab\r\n\b", max_size=12))
def test_what_a_terminal_shows_is_what_expressions_say(printed: str):
    shown = re.sub(r"[^\n]*\r(?=[^\n])", "", printed.replace("\r\n", "\n"))
    while (shorter := re.sub("[^\n\b]\b", "", shown)) != shown:
        shown = shorter
    assert as_shown(printed) == shown


@pytest.mark.parametrize("end", ["", "\r", "\b", "\b" * 1_500_000])
def test_one_long_line_is_read_to_its_end(end: str):
    """In time that grows with its length: else this does not end."""
    length = 3_000_000
    assert len(as_shown("x" * length + end)) == length - end.count("\b") + (end == "\r")


def test_a_remark_alone_is_no_output_that_is_missing(build):
    remark = "Matplotlib is building the font cache; this may take a moment.\n"
    with_it = build.notebook(build.code("a", build.stream(remark, "stderr")))
    warned = build.notebook(build.code("a", build.stream("Convergence!\n", "stderr")))
    without = build.notebook(build.code("a"))

    assert compare_notebooks(with_it, without).verdict is SAME
    assert compare_notebooks(without, with_it).verdict is SAME
    assert compare_notebooks(warned, without).verdict is DIFFERS
    assert compare_notebooks(without, warned).verdict is DIFFERS


@pytest.mark.parametrize("blank", ["   ", "\t", "\n\n", " \n"])
def test_white_space_alone_is_no_remark(build, blank):
    with_it = build.notebook(build.code("a", build.stream(blank)))
    without = build.notebook(build.code("a"))

    assert compare_notebooks(with_it, without).verdict is DIFFERS
    assert compare_notebooks(without, with_it).verdict is DIFFERS
