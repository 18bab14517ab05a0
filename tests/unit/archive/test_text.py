from datetime import UTC, datetime, timedelta

import pytest

from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.run_facts import Circumstances, RunFacts
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


COMPARER = TextComparer(Policy())
SAME, EQUAL, DRIFT, DIFFERS = list(Verdict)[:4]

TABLE = """\
           mean       sd
age       54.21     12.5
bmi       27.80      4.1
"""


def _verdict(archived: str, rerun: str, comparer: TextComparer = COMPARER) -> Verdict:
    return comparer.compare(archived, rerun).verdict


@pytest.mark.parametrize(
    ("archived", "rerun", "verdict"),
    [
        ("n = 12", "n = 12", SAME),
        ("p = 0.30000000000000004", "p = 0.3", EQUAL),
        ("n = 12", "n = 13", DIFFERS),
        ("hazard ratio", "odds ratio", DIFFERS),
        ("a b c", "a b", DIFFERS),
        ("a b", "a b c", DIFFERS),
        ("", "x", DIFFERS),
        ("p = nan", "p = 0.2", DIFFERS),
        ("3.1.2", "3.1.3", DIFFERS),
    ],
)
def test_words_must_be_the_same_and_numbers_equal(archived, rerun, verdict):
    assert _verdict(archived, rerun) is verdict


def test_reordered_rows_differ():
    head, one, two = TABLE.splitlines()

    assert _verdict(TABLE, f"{head}\n{two}\n{one}\n") is DIFFERS


def test_a_value_that_moved_to_another_column_differs():
    archived = "a  1.5       \nb       2.5"
    moved = "a       1.5  \nb       2.5"

    assert _verdict(archived, moved) is DIFFERS


def test_a_column_may_move_when_a_number_in_it_gets_longer():
    archived = "x                  y\n0.3              1.5\n===================="
    rerun = "x    y\n0.30000000000000004  1.5\n===="
    wide = "x                  y\n0.30000000000000004  1.5\n========================"

    assert _verdict(archived, wide) is EQUAL
    assert _verdict(archived, rerun) is EQUAL
    assert _verdict(archived, rerun.replace("====", "----")) is DIFFERS


def test_reordered_rows_are_called_so():
    head, one, two = TABLE.splitlines()

    (difference,) = COMPARER.compare(TABLE, f"{head}\n{two}\n{one}\n").differences

    assert difference.reason == "the same lines in another order"
    swapped = COMPARER.compare("at 0x111111\nat 0x222222", "at 0x222222\nat 0x111111")
    assert swapped.verdict is SAME


def test_a_difference_says_where_it_is():
    (difference,) = COMPARER.compare(TABLE, TABLE.replace("27.80", "27.81")).differences

    assert difference.where == "line 3"
    assert (difference.archived, difference.rerun) == ("27.80", "27.81")
    assert difference.reason == "other number"


def test_lines_that_part_are_shown():
    (difference,) = COMPARER.compare("a\nb 1\n", "a\nc: 1\n").differences

    assert (difference.archived, difference.rerun) == ("b 1", "c: 1")


@pytest.mark.parametrize(
    ("archived", "rerun", "rule", "verdict"),
    [
        (
            "<Patient object at 0x7f0011aabbcc>",
            "<Patient object at 0x55aa00112233>",
            "memory-address",
            SAME,
        ),
        (
            "/tmp/ipykernel_12/345.py:3: FutureWarning: x",
            "/tmp/ipykernel_999/1.py:3: FutureWarning: x",
            "cell-file",
            SAME,
        ),
        (
            "wrote /tmp/tmpab12cd_8/a",
            "wrote /tmp/tmpzz98yy71/a",
            "temporary-file",
            SAME,
        ),
        (
            "CPU times: user 3 µs, sys: 1 µs, total: 4 µs\nWall time: 6.2 µs",
            "CPU times: user 1.2 s, sys: 31 ms, total: 1.3 s\nWall time: 1.4 s",
            "timing-magic",
            SAME,
        ),
        (
            "1.2 ms ± 3 µs per loop (mean ± std. dev. of 7 runs, 1,000 loops each)",
            "812 ns ± 12 ns per loop (mean ± std. dev. of 7 runs, 100 loops each)",
            "timing-magic",
            SAME,
        ),
        (
            "100%|██████████| 10/10 [00:00<00:00, 1234.56it/s]",
            "100%|██████████| 10/10 [00:07<00:00,  1.2it/s]",
            "progress-rate",
            SAME,
        ),
        ("fit took 3.4 s", "fit took 12 ms", "duration", DRIFT),
        (
            "[Parallel] elapsed:    0.1s",
            "[Parallel] elapsed:   12.1s",
            "duration",
            DRIFT,
        ),
        (
            "Time difference of 0.0123 secs",
            "Time difference of 1.02 secs",
            "duration",
            DRIFT,
        ),
        (
            "   user  system elapsed \n  0.012   0.000   0.012 \n",
            "   user  system elapsed \n 10.012   0.100  10.212 \n",
            "timing-magic",
            SAME,
        ),
        ("<environment: 0x55d3c8>", "<environment: 0x7fffab>", "memory-address", SAME),
        (
            "/tmp/RtmpAb12Cd/file1a2b3c4d5e6f",
            "/tmp/RtmpZZ99yx/file0a0b0c0d0e0f",
            "temporary-file",
            SAME,
        ),
        (
            "/srv/kernels/a/lib/python3.11/site-packages/x/y.py:3: FutureWarning",
            "/opt/b/lib/python3.11/site-packages/x/y.py:3: FutureWarning",
            "package-path",
            SAME,
        ),
    ],
)
def test_named_noise(archived, rerun, rule, verdict):
    finding = COMPARER.compare(archived, rerun)

    assert finding.verdict is verdict
    assert finding.rules == {rule}


@pytest.mark.parametrize(
    ("archived", "rerun"),
    [
        # Each is next to what a rule forgives, and is a change of the result.
        ("id 0x7f0011aabbcc", "id 0x55aa00112233"),
        ("<A object at 0x7f0011aabbcc>", "<B object at 0x55aa00112233>"),
        ("100%|█| 10/10 [00:00<00:00, 12it/s]", "100%|█| 11/11 [00:00<00:00, 9it/s]"),
        ("index date 2015-03-01", "index date 2015-03-02"),
        ("fit took 3.4 s, n = 10", "fit took 3.5 s, n = 11"),
        ("Wall time: 3 s\nn = 10", "Wall time: 3 s\nn = 11"),
        ("median follow-up 3.4 years", "median follow-up 3.5 years"),
        ("Time difference of 3 days", "Time difference of 4 days"),
        ("user  system elapsed\n1 2 3", "user  system elapsed\n1 2 4"),
        ("/a/site-packages/x.py", "/b/site-packages/y.py"),
        ("født 01-02-1980", "født 02-02-1980"),
    ],
)
def test_noise_hides_no_result(archived: str, rerun: str):
    assert _verdict(archived, rerun) is DIFFERS


def test_a_remark_that_only_one_run_prints_is_noise():
    timed = "12 ns ± 3 ns per loop (mean ± std. dev. of 7 runs, 10 loops each)\nn = 3\n"
    remark = (
        "The slowest run took 4.53 times longer than the fastest. This could mean that"
        " an intermediate result is being cached.\n"
    )

    assert _verdict(remark + timed, timed) is SAME
    assert _verdict(remark + timed, timed.replace("3\n", "4\n")) is DIFFERS


@pytest.mark.parametrize("by", ["", "WARNING:matplotlib.font_manager:"])
def test_so_is_that_matplotlib_takes_long_to_look_for_fonts(by: str):
    remark = f"{by}Matplotlib is building the font cache; this may take a moment.\n"
    warned = "UserWarning: 3 rows were dropped\n"

    assert _verdict(remark + warned, warned) is SAME
    assert _verdict(warned, warned + remark) is SAME
    assert _verdict(remark + warned, warned.replace("3", "4")) is DIFFERS
    assert _verdict(f"n = 3, {remark}", "n = 3, \n") is DIFFERS


def test_the_date_of_the_run_is_noise_where_the_record_proves_it():
    then = datetime(2026, 11, 22, 9, 53, tzinfo=UTC)
    later = then.replace(year=2031, month=12, day=1)
    comparer = TextComparer(
        Policy(),
        Circumstances(
            archived=RunFacts(started=then, ended=then + timedelta(minutes=5)),
            rerun=RunFacts(started=later, ended=later + timedelta(minutes=5)),
        ),
    )
    summary = "Date:   Sun, 22 Nov 2026   Prob: 0.01\nTime:   09:54:00   AIC: 12.5"
    again = "Date:   Mon, 01 Dec 2031   Prob: 0.01\nTime:   09:55:11   AIC: 12.5"

    assert _verdict(summary, again, comparer) is SAME
    assert _verdict(summary, again) is DIFFERS
    assert _verdict(summary, again.replace("12.5", "12.6"), comparer) is DIFFERS
    assert _verdict(summary, again.replace("09:55:11", "19:55:11"), comparer) is DIFFERS
