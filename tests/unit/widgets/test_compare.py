"""The widget that compares two runs: what it shows, in which language, from where."""

import os

import pytest

from enclave.archive import shared_comparison
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.side_by_side import SideBySide, of_notebooks
from enclave_widgets.compare import CompareRuns
from tests.unit.archive.conftest import Build


def notebook(path, *shown):
    cells = [Build.code(f"show({n})", one) for n, one in enumerate(shown)]
    path.write_text(Build.notebook(*cells).model_dump_json())
    return path


@pytest.fixture
def two(tmp_path):
    """Two executed notebooks that differ in a picture, a table and a number."""
    table = "<table><tr><th>n</th></tr><tr><td>{}</td></tr></table>"
    return [
        notebook(
            tmp_path / f"{name}.ipynb",
            Build.stream(f"mean {number}\n"),
            Build.result(image_png=Build.png(Build.picture(colour=colour))),
            Build.result(text_html=table.format(number)),
        )
        for name, number, colour in (
            ("first", 17.25, (0, 0, 200)),
            ("second", 18.5, (200, 0, 0)),
        )
    ]


def shown(widget) -> str:
    return "".join(one.value for one in widgets_of(widget.frame.body) if _html(one))


def widgets_of(box):
    for one in box.children:
        yield one
        yield from widgets_of(one) if hasattr(one, "children") else ()


def _html(widget) -> bool:
    return type(widget).__name__ == "HTML"


def test_two_notebooks_stand_side_by_side(two):
    text = shown(CompareRuns(*map(str, two), language="en"))

    assert '<span class="verdict differs">' in text
    assert '<span class="changed">mean 17.25</span>' in text
    assert '<span class="changed">mean 18.5</span>' in text
    assert '<td class="changed">17.25</td>' in text
    assert text.count("<img") == 3


def test_an_inserted_cell_does_not_shift_the_sides(tmp_path):
    first = notebook(tmp_path / "a.ipynb", Build.stream("n 1\n"))
    cells = [Build.code("more"), Build.code("show(0)", Build.stream("n 2\n"))]
    second = tmp_path / "b.ipynb"
    second.write_text(Build.notebook(*cells).model_dump_json())

    text = shown(CompareRuns(first, second, language="en"))

    assert '<span class="changed">n 1</span>' in text
    assert '<span class="changed">n 2</span>' in text


def test_what_is_no_notebook_is_said(tmp_path, two):
    (tmp_path / "note.txt").write_text("x")
    for other in ("note.txt", "gone.ipynb"):
        text = shown(CompareRuns(two[0], tmp_path / other, language="da"))
        assert 'role="alert"' in text


def seen(name, verdict=Verdict.DIFFERS) -> SideBySide:
    return SideBySide(name=name, title="Survival", verdict=verdict, data="frozen")


def test_the_newest_rerun_comes_first_and_another_can_be_chosen(settings, database):
    for number, verdict in ((1, Verdict.IDENTICAL), (2, Verdict.DIFFERS)):
        name = f"PAC2026Rikke_x/{number}"
        one = seen(name, verdict)
        shared_comparison.share(settings, database, "demo", "G1-1", one)
    folder = shared_comparison.folder_of_project(settings, "demo")
    os.utime(folder / "G1-1" / "PAC2026Rikke_x-1.json", (1, 1))

    widget = CompareRuns(language="en", folder=folder)

    assert [name for name, _ in widget.choice.options] == [
        "PAC2026Rikke_x-2",
        "PAC2026Rikke_x-1",
    ]
    assert "differs" in shown(widget)
    widget.choice.index = 1
    assert '<span class="verdict identical">' in shown(widget)
    widget.frame.languages.value = "da"
    assert '<span class="verdict identical">' in shown(widget), "the choice stays"
    (page,) = widget.frame.body.children
    assert "enc-da" in page._dom_classes


def test_nothing_and_something_unreadable_are_said(tmp_path):
    assert "Ingen genkørsel" in shown(CompareRuns(language="da", folder=tmp_path))
    (tmp_path / "G1-1").mkdir()
    (tmp_path / "G1-1" / "PAC-1.json").write_text("{}")
    text = shown(CompareRuns(language="en", folder=tmp_path))
    assert "cannot be read" in text


def test_it_is_the_same_after_it_was_written_down(two):
    compared = of_notebooks(*two)
    again = SideBySide.model_validate_json(compared.model_dump_json())
    assert again == compared
