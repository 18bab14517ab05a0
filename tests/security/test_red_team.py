"""The red team's list is whole, each row has tests that exist, and the page agrees."""

import ast
from functools import cache

import pytest

from enclave.sandbox.probes import PROBES, Finding
from enclave.sandbox.red_team import attacks, tried
from tests.security.red_team_page import PAGE, TESTS, expected, page


def test_there_are_sixty_four_each_blocked_or_logged():
    assert [one.id for one in attacks()] == list(range(1, 65))
    assert {one.verdict for one in attacks()} <= {"blocked", "logged"}
    assert len({one.attack for one in attacks()}) == 64


@pytest.mark.parametrize("one", attacks(), ids=lambda one: str(one.id))
def test_each_has_tests_that_exist(one):
    assert one.tests
    for name in one.tests:
        file, _, function = name.partition("::")
        assert function in _functions(file), name


def test_every_probe_belongs_to_an_attack_and_exists():
    assert {probe for one in attacks() for probe in one.probes} == set(PROBES)


def test_an_attack_is_open_if_one_of_its_probes_is():
    findings = [Finding(name, blocked=True, detail="") for name in PROBES]
    assert set(tried(findings).values()) == {True}
    findings[0] = Finding(findings[0].probe, blocked=False, detail="")
    opened = {number for number, held in tried(findings).items() if not held}
    assert opened == {one.id for one in attacks() if findings[0].probe in one.probes}


def test_an_attack_whose_probes_did_not_run_is_not_called_blocked():
    assert tried([]) == {}


def test_the_page_agrees_with_the_list():
    assert PAGE.read_text() == page(expected()), "run `make red-team`"


@cache
def _functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
