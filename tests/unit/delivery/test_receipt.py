"""The receipt: each number explained, in both languages."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from enclave.cohort.rendering import describe
from enclave.delivery import receipt_sentences
from enclave.delivery.extraction import Tally
from enclave.delivery.minimisation import minimise
from enclave.delivery.order import Order
from enclave.delivery.person_count import Found
from enclave.delivery.receipt import compile_receipt
from enclave.delivery.receipt_page import as_markdown
from enclave.delivery.receipt_sentences import number, statement
from enclave.delivery.shown_count import ShownCount
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.forms import DatePolicy
from enclave.warehouse.rules import Problem
from tests.builders.delivery import KEY, a_grant, catalogue


SHOWN = ShownCount(snapshot=2, value=1240, en="1,240", da="1.240")
HIDDEN = ShownCount(snapshot=2, value=None, en="fewer than 20", da="færre end 20")


def a_receipt(
    *, cohort=1251, shown=SHOWN, snapshot=2, problems=(), since=None, **grant
):
    """The receipt of a cohort in which everybody has two rows, one in the window."""
    keys = np.arange(cohort)
    ones = np.ones(cohort, np.int64)
    made = a_grant(**{"variables": ("lab.value",), **grant})
    tables = minimise(made.variables, made.date_policy, catalogue())
    # Of the snapshot, a receipt reads its number and what its load set aside.
    source = SimpleNamespace(
        number=snapshot, manifest=SimpleNamespace(problems=problems)
    )
    order = Order(made, 1, source, Pseudonyms(KEY, "key"), shown, None, None)
    tally = Tally(keys, 2 * ones, ones)
    tallies = [(table, tally) for table in tables]
    found = Found(keys, np.empty(0, np.int64), tallies, since or {})
    return compile_receipt(order, found)


def said(receipt) -> dict[str, str]:
    return {one.code: one.en for one in receipt.statements}


def test_the_protected_count_and_the_exact_one_are_set_beside_each_other():
    found = said(a_receipt())

    assert "shown as: 1,240" in found["count_shown"]
    assert found["exact_count"].endswith("exactly: 1,251.")
    assert found["above_shown"].startswith("That is 11 more than was shown")
    assert "other_snapshot" not in found


@pytest.mark.parametrize(
    ("cohort", "codes"),
    [
        (1251, {"above_shown"}),
        (1240, set()),
        (1200, {"below_shown"}),
    ],
)
def test_more_fewer_or_just_as_many(cohort, codes):
    assert (
        said(a_receipt(cohort=cohort)).keys()
        & {
            "above_shown",
            "below_shown",
        }
        == codes
    )


def test_a_hidden_count_is_not_subtracted_from():
    found = said(a_receipt(shown=HIDDEN, cohort=7))

    assert "shown as: fewer than 20" in found["count_shown"]
    assert not found.keys() & {"above_shown", "below_shown"}


def test_a_count_from_another_snapshot_is_called_so():
    found = said(a_receipt(snapshot=5))

    assert "on snapshot 2" in found["count_shown"]
    assert found["other_snapshot"].startswith("This delivery is of snapshot 5")


def test_without_a_count_there_is_nothing_to_compare():
    found = said(a_receipt(shown=None))

    assert "no_count" in found
    assert "count_shown" not in found


def test_rows_are_counted_by_table():
    (table,) = a_receipt(cohort=4).tables

    assert table.model_dump() == {
        "table": "lab",
        "rows_of_cohort": 8,
        "rows_outside_window": 4,
        "rows_delivered": 4,
        "persons_with_rows": 4,
    }


def set_aside(rows, *, table="lab", action="quarantined"):
    return Problem(
        table=table, rule="missing_date", variable=None, rows=rows, action=action
    )


@pytest.mark.parametrize(
    ("problems", "words"),
    [
        ([set_aside(3817)], "about 3,800 rows of table lab"),
        ([set_aside(30), set_aside(25)], "about 55 rows of table lab"),
        ([set_aside(3)], "a few rows of table lab"),
    ],
)
def test_rows_set_aside_at_the_load_are_told_in_round_numbers(problems, words):
    found = a_receipt(problems=problems)

    (one,) = (s for s in found.statements if s.code.endswith("set_aside"))
    assert words in one.en
    assert one.n in (3800, 55, None)


def test_rows_that_were_kept_or_are_elsewhere_are_not_told():
    problems = [set_aside(50, table="stay"), set_aside(50, action="kept")]

    assert not said(a_receipt(problems=problems)).keys() & {
        "set_aside",
        "few_set_aside",
    }


@pytest.mark.parametrize("policy", list(DatePolicy))
def test_coarse_dates_are_told(policy):
    found = said(a_receipt(date_policy=policy, variables=("lab.date",)))

    assert [code for code in found if code.startswith("dates_")] == (
        [] if policy == "real" else [f"dates_{policy}"]
    )
    assert "birth_year" not in found


def test_birth_years_are_told():
    assert "birth_year" in said(a_receipt(variables=("person.birth_date",)))


def test_a_page_in_both_languages():
    english, _, danish = as_markdown(a_receipt()).partition("\n---\n")

    assert english.startswith("# Delivery 1 to demo\n")
    assert "| lab | 2,502 | 1,251 | 1,251 | 1,251 |" in english
    for line in describe(a_grant().question, "en").splitlines():
        assert f"> {line}" in english
    assert "# Udlevering 1 til demo\n" in danish
    assert "| lab | 2.502 | 1.251 | 1.251 | 1.251 |" in danish
    assert "{" not in english + danish


def test_every_sentence_is_there_in_both_languages_with_the_same_gaps():
    with (
        receipt_sentences.resources.files("enclave.delivery")
        .joinpath("receipt_sentences.yaml")
        .open(encoding="utf-8") as file
    ):
        texts = yaml.safe_load(file)

    for name, both in {**texts["page"], **texts["statements"]}.items():
        gaps = [
            {gap.removesuffix("_en").removesuffix("_da") for gap in found}
            for found in (re.findall(r"{(\w+)}", both[key]) for key in ("en", "da"))
        ]
        assert both.keys() == {"en", "da"}, name
        assert gaps[0] == gaps[1], name


def test_thousands_are_set_apart_as_the_language_does():
    assert number(1234567, "en") == "1,234,567"
    assert number(1234567, "da") == "1.234.567"
    assert statement("no_rows", 12345).da.endswith("om: 12.345.")
