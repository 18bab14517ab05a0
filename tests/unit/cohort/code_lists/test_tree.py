"""What stands below what, with and without help from the classification."""

from pathlib import Path

import pytest

from enclave.cohort.code_lists.tree import CodeTree, Row, code_tree
from enclave.errors import NotFoundError
from enclave.warehouse.snapshot import Snapshot
from tests.builders.small_hospital import small_hospital


def row(code: str, system: str = "SKS", parent: str | None = None) -> Row:
    return Row(system, code, f"{code} in English", f"{code} på dansk", parent)


def below(
    tree: CodeTree, system: str, code: str | None = None
) -> list[tuple[str, int]]:
    return [(one.code, one.children) for one in tree.children(system, code)]


def test_levels_between_are_shown_without_a_label():
    tree = CodeTree([row("DE119"), row("DE110"), row("DI10"), row("DI109")])

    assert below(tree, "SKS") == [("D", 2)]
    assert below(tree, "SKS", "D") == [("DE", 1), ("DI", 1)]
    assert below(tree, "SKS", "DE") == [("DE11", 2)]
    assert below(tree, "SKS", "DE11") == [("DE110", 0), ("DE119", 0)]
    (category,) = tree.children("SKS", "DE")
    assert category.label_en is None
    assert tree.children("SKS", "DI")[0].label_da == "DI10 på dansk"


def test_a_longer_known_code_is_the_parent():
    tree = CodeTree([row("DE119"), row("DE1191"), row("DE1191A")])

    assert below(tree, "SKS", "DE119") == [("DE1191", 1)]
    assert below(tree, "SKS", "DE1191") == [("DE1191A", 0)]


def test_the_levels_of_atc():
    tree = CodeTree([row("L04AD02", "ATC")])

    assert [one.code for one in tree.path("ATC", "L04AD02")] == [
        *("L", "L04", "L04A", "L04AD", "L04AD02")
    ]


def test_a_system_without_levels_is_flat_unless_it_names_parents():
    tree = CodeTree(
        [
            row("NPU1", "NPU"),
            row("NPU12", "NPU"),
            row("7", "OMOP", "9"),
            row("9", "OMOP"),
        ]
    )

    assert below(tree, "NPU") == [("NPU1", 0), ("NPU12", 0)]
    assert below(tree, "OMOP") == [("9", 1)]
    assert tree.systems == ["NPU", "OMOP"]


def test_a_parent_that_is_not_listed_is_shown():
    assert below(CodeTree([row("7", "OMOP", "9")]), "OMOP") == [("9", 1)]


@pytest.mark.parametrize(
    "rows",
    [
        [row("1", "OMOP", "1")],
        [row("1", "OMOP", "2"), row("2", "OMOP", "1")],
        [row("1", "OMOP", "2"), row("2", "OMOP", "3"), row("3", "OMOP", "2")],
    ],
    ids=["itself", "each other", "above"],
)
def test_parents_in_a_circle_end(rows: list[Row]):
    tree = CodeTree(rows)

    assert len(below(tree, "OMOP")) == 1
    for one in rows:
        assert tree.path("OMOP", one.code)[-1].code == one.code


@pytest.mark.parametrize(("system", "code"), [("XYZ", None), ("SKS", "DX"), ("X", "D")])
def test_what_is_not_there(system: str, code: str | None):
    with pytest.raises(NotFoundError, match="There is no"):
        CodeTree([row("DE11")]).children(system, code)


def test_a_snapshot_has_trees(tmp_path: Path):
    snapshot = small_hospital(tmp_path)

    tree = code_tree(snapshot)
    assert tree is code_tree(Snapshot(snapshot.folder, snapshot.number))
    assert tree.systems == ["NPU", "SKS", "VITAL"]
    assert below(tree, "SKS", "DE") == [("DE11", 2)]
    assert tree.path("SKS", "DE119")[2].label_da == "Type 2-diabetes"
