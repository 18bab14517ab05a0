import pytest

from enclave.archive.comparison.policy import RULES, NoiseRule
from enclave.archive.comparison.tokens import line_text, numbers, tokens
from enclave.archive.comparison.verdict import Verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mean 0.5, sd -1.25e-3", ["0.5", "-1.25e-3"]),
        ("3-4 of 10", ["3", "4", "10"]),  # a range, not minus four
        ("(−0.2; .75)", ["−0.2", ".75"]),  # noqa: RUF001 - the minus sign as printed
        ("1,240 of 12,345.5", ["1,240", "12,345.5"]),
        ("[1. 2. 3.5]", ["1.", "2.", "3.5"]),
        ("CYP2D6, DC911, x1", []),
        ("version 3.11.2", []),
        ("10mg", ["10"]),
        ("sha 5e3ab1", ["5"]),
        ("nan inf", []),
    ],
)
def test_numbers_of_a_text(text: str, expected: list[str]):
    assert numbers(text) == expected


def test_tokens_lose_nothing_but_the_space_at_the_end():
    text = "a  0.5\n\t|x=-1e3|  \n=====\n7 mg/l"

    assert "".join(token.gap + token.text for token in tokens(text)) == text


def test_tokens_know_their_line():
    assert [token.line for token in tokens("a\nb\n\nc") if token.kind == "word"] == [
        1,
        2,
        4,
    ]


def test_a_rule_goes_before_numbers_and_words():
    rule = NoiseRule(
        name="visit",
        pattern=r"visit \d+",
        effect=Verdict.IDENTICAL,
        reason="for this test",
    )

    (word, visit) = tokens("at visit 12", (rule,))

    assert (word.kind, visit.kind, visit.text) == ("word", "visit", "visit 12")
    assert visit.rule is rule


def test_no_rule_matches_an_empty_text():
    assert list(tokens("", RULES)) == []
    assert [token.rule for token in tokens("a b", RULES)] == [None, None]


def test_a_line_is_shown_from_the_place_of_the_difference():
    sequence = list(tokens("first\nsecond 2\nthird"))

    assert line_text(sequence, 2) == "second 2"
    assert line_text(sequence, 99) == "(nothing)"
