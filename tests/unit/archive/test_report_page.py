import base64
from html.parser import HTMLParser
from typing import Any

import pytest

from enclave.archive import report_page
from enclave.archive.analysis.plan import Plan, Step
from enclave.archive.comparison.compare import (
    Comparison,
    compare_notebooks,
    compared_files,
)
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.judgement import Report
from enclave.archive.manifest import Manifest
from enclave.archive.report_sides import Sides, views_of
from enclave.archive.side_by_side import SideBySide, for_members, of_report


ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"{{ 7*7 }}"


@pytest.fixture
def sealed(subject) -> Manifest:
    return Manifest(**subject.model_dump(), files={})


def _report(comparison=None, **changes: Any) -> Report:
    fields: dict[str, Any] = {
        "analysis": "PAC2026Holm_survival",
        "rerun": 2,
        "verdict": comparison.verdict if comparison else Verdict.COULD_NOT_RUN,
        "data": "frozen",
        "cause": None,
        "failed_cell": None,
        "policy": Policy(),
        "comparison": comparison,
        **changes,
    }
    return Report(**fields)


def page(report: Report, sealed: Manifest, sides: Sides | None = None) -> str:
    return report_page.page(report, sealed, seen(report, sealed, sides))


def seen(report: Report, sealed: Manifest, sides: Sides | None) -> SideBySide:
    outputs = report.comparison.outputs if report.comparison else ()
    views = dict(views_of(outputs, sides)) if sides else {}
    return of_report(report, sealed, views)


class _Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def sides(tmp_path):
    """Two executed copies, and files, as two runs of one notebook left them."""

    def lie(archived, rerun, files=None) -> Sides:
        folders = []
        for name, notebook in (("archived", archived), ("rerun", rerun)):
            folder = tmp_path / name
            (folder / "files").mkdir(parents=True)
            content = notebook.model_dump_json()
            (folder / "executed.ipynb").write_text(content)
            for file, both in (files or {}).items():
                (folder / "files" / file).write_bytes(both[len(folders)])
            folders.append(folder)
        step = Step(name="source.ipynb", kernel="python-2026.12")
        return Sides.of_runs(Plan(alone=True, steps=(step,)), *folders)

    return lie


def test_outputs_and_titles_are_text_and_nothing_else(build, sealed, sides):
    archived = build.notebook(
        build.code("a", build.stream(f"{ATTACK} 1"), build.result(text_html=ATTACK))
    )
    rerun = build.notebook(
        build.code("a", build.stream(f"{ATTACK} 2"), build.error(ATTACK, ATTACK))
    )
    hostile = sealed.model_copy(update={"title": ATTACK, "account": ATTACK})

    text = page(
        _report(compare_notebooks(archived, rerun)), hostile, sides(archived, rerun)
    )

    elements = _Elements(text).found
    assert "script" not in {tag for tag, _ in elements}
    assert not [at for _, attrs in elements for at in attrs if at.startswith("on")]
    assert "img" not in {tag for tag, _ in elements}
    assert ">49" not in text


def test_the_page_needs_nothing_else_and_runs_nothing(sealed):
    text = page(_report(), sealed)

    elements = _Elements(text).found
    policy = next(a for tag, a in elements if "http-equiv" in a)
    assert "default-src 'none'" in (policy["content"] or "")
    assert not [a for _, a in elements if {"src", "href"} & a.keys()]


def test_changed_pictures_stand_side_by_side_and_are_drawn_anew(build, sealed, sides):
    one = build.png(build.picture())
    other = build.png(build.picture(colour=(200, 0, 0)))
    archived, rerun = (
        build.notebook(
            build.code("a", build.stream("x"), build.result(image_png=picture))
        )
        for picture in (one, other)
    )

    text = page(
        _report(compare_notebooks(archived, rerun)), sealed, sides(archived, rerun)
    )

    pictures = [attrs["src"] for tag, attrs in _Elements(text).found if tag == "img"]
    assert len(pictures) == 3, "and where they differ"
    assert all((src or "").startswith("data:image/png;base64,") for src in pictures)
    assert pictures[0] != pictures[1]


def test_a_picture_that_is_missing_on_one_side_is_shown_on_the_other(
    build, sealed, sides
):
    picture = build.result(image_png=build.png(build.picture()))
    archived = build.notebook(build.code("a", picture))
    rerun = build.notebook(build.code("a"))

    text = page(
        _report(compare_notebooks(archived, rerun)), sealed, sides(archived, rerun)
    )

    assert [tag for tag, _ in _Elements(text).found].count("img") == 1


def test_identical_outputs_are_counted_and_not_shown(build, sealed):
    notebook = build.notebook(build.code("a", build.stream("patients 12")))

    text = page(_report(compare_notebooks(notebook, notebook)), sealed)

    assert '1 <span lang="en">output</span>' in text
    assert "patients" not in text


def test_rules_that_fired_are_explained(build, sealed):
    archived, rerun = (
        build.notebook(build.code("a", build.stream(f"fit took {number} s")))
        for number in (3, 4)
    )

    text = page(_report(compare_notebooks(archived, rerun)), sealed)

    assert "explained drift" in text
    assert "measured run time" in text


def test_a_run_that_failed_names_cause_and_cell(sealed):
    text = page(_report(cause="missing_package", failed_cell=4), sealed)

    assert "missing package</span>" in text
    assert "in cell 4" in text
    assert "manglende pakke" in text
    assert "could not run" in text


def test_of_what_was_not_compared_it_does_not_say_how_it_was(sealed):
    text = page(_report(cause="not_compared", start="cold"), sealed)

    assert "Why it could not be compared" in text
    assert "How it was executed" in text
    assert "Words must be the same" not in text


def test_what_was_left_out_is_said(build, sealed):
    def notebook(number: int):
        return build.notebook(
            build.code("a", build.stream("x")),
            build.code("b", build.stream(f"{number}"), tags=("nbval-ignore-output",)),
        )

    comparison = compare_notebooks(notebook(1), notebook(2))

    assert "Left out of the verdict" in page(_report(comparison), sealed)


def test_lines_stand_side_by_side_and_those_that_changed_are_marked(
    build, sealed, sides
):
    lines = [f"line {n}" for n in range(50)]
    archived, rerun = (
        build.notebook(build.code("a", build.stream("\n".join([*lines, f"n = {n}"]))))
        for n in (1, 2)
    )

    text = page(
        _report(compare_notebooks(archived, rerun)), sealed, sides(archived, rerun)
    )

    assert '<span class="changed">n = 1</span>' in text
    assert '<span class="changed">n = 2</span>' in text
    assert text.count("<span>line 49</span>") == 2
    assert "line 20" not in text


def test_cells_of_a_table_that_changed_are_marked(build, sealed, sides):
    def notebook(value: str):
        table = (
            "<table><tr><th>group</th><th>n</th></tr><tr><td>a</td><td>1</td></tr>"
            f"<tr><td>b</td><td>{value}</td></tr></table>"
        )
        return build.notebook(build.code("a", build.result(text_html=table)))

    archived, rerun = notebook("7"), notebook("8")

    text = page(
        _report(compare_notebooks(archived, rerun)), sealed, sides(archived, rerun)
    )

    assert '<td class="changed">7</td>' in text
    assert '<td class="changed">8</td>' in text
    assert text.count("<td>group</td>") == 2
    assert "<td>a</td>" not in text


def test_a_figure_in_a_file_is_shown(build, sealed, sides):
    silent = build.notebook(build.code("a", build.stream("x")))
    pictures = [
        base64.b64decode(build.png(build.picture(colour=(red, 0, 0))))
        for red in (9, 200)
    ]
    both = sides(silent, silent, {"figure.png": pictures})
    comparer = TextComparer(Policy())
    files = ({"figure.png": folder / "figure.png"} for folder in both._written[""])
    comparison = Comparison.of(compared_files(comparer, *files), comparer)

    text = page(_report(comparison), sealed, both)

    assert "figure.png" in text
    assert [tag for tag, _ in _Elements(text).found].count("img") == 3


def test_every_word_is_there_in_both_languages(sealed):
    text = page(_report(cause="something_new"), sealed)

    english = text.count('<span lang="en">')
    assert english == text.count('<span lang="da">') > 5
    assert "something new" in text


def test_on_todays_data_the_verdict_is_shown_and_no_output(build, sealed, sides):
    archived, rerun = (
        build.notebook(build.code("a", build.stream(f"persons {n}"))) for n in (17, 18)
    )
    report = _report(compare_notebooks(archived, rerun), data="today")
    both = sides(archived, rerun)

    everything = seen(report, sealed, both)
    shared = report_page.part(for_members(everything))
    kept = report_page.part(everything)

    assert "which the project was not given" in shared
    assert "persons 17" not in shared
    assert "persons 18" in kept


@pytest.mark.parametrize(
    ("start", "said"),
    [("cold", "started anew"), ("forked", "forked from a process"), (None, "")],
)
def test_it_says_how_its_kernels_were_started(sealed, start, said):
    shown = page(_report(start=start), sealed)

    assert said in shown
    assert ("The kernel was" in shown) == (start is not None)


@pytest.mark.parametrize(
    ("forks", "said"), [("not identical", "were not identical"), ("failed", "failed")]
)
def test_it_says_what_forks_did_not_confirm(sealed, forks, said):
    shown = page(_report(start="cold", unconfirmed_forks=forks), sealed)

    assert f"{said}, and" in shown
    assert "counts for nothing" in shown
    assert "counts for nothing" not in page(_report(start="cold"), sealed)
