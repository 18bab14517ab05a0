from html.parser import HTMLParser
from typing import Any

import pytest

from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.judgement import Report
from enclave.archive.manifest import Manifest
from enclave.archive.report_page import page


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


class _Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_outputs_and_titles_are_text_and_nothing_else(build, sealed):
    archived = build.notebook(
        build.code("a", build.stream(f"{ATTACK} 1"), build.result(text_html=ATTACK))
    )
    rerun = build.notebook(
        build.code("a", build.stream(f"{ATTACK} 2"), build.error(ATTACK, ATTACK))
    )
    hostile = sealed.model_copy(update={"title": ATTACK, "account": ATTACK})

    text = page(_report(compare_notebooks(archived, rerun)), hostile, archived, rerun)

    elements = _Elements(text).found
    assert "script" not in {tag for tag, _ in elements}
    assert not [at for _, attrs in elements for at in attrs if at.startswith("on")]
    assert "img" not in {tag for tag, _ in elements}
    assert "49" not in text.split("How it was compared")[0]


def test_the_page_needs_nothing_else_and_runs_nothing(sealed):
    text = page(_report(), sealed)

    elements = _Elements(text).found
    policy = next(a for tag, a in elements if tag == "meta" and "content" in a)
    assert "default-src 'none'" in (policy["content"] or "")
    assert not [a for _, a in elements if {"src", "href"} & a.keys()]


def test_changed_pictures_stand_side_by_side_and_are_drawn_anew(build, sealed):
    one = build.png(build.picture())
    other = build.png(build.picture(colour=(200, 0, 0)))
    archived, rerun = (
        build.notebook(
            build.code("a", build.stream("x"), build.result(image_png=picture))
        )
        for picture in (one, other)
    )

    text = page(_report(compare_notebooks(archived, rerun)), sealed, archived, rerun)

    pictures = [attrs["src"] for tag, attrs in _Elements(text).found if tag == "img"]
    assert len(pictures) == 2
    assert all((src or "").startswith("data:image/png;base64,") for src in pictures)
    assert pictures[0] != pictures[1]


def test_a_picture_that_is_missing_on_one_side_is_shown_on_the_other(build, sealed):
    picture = build.result(image_png=build.png(build.picture()))
    archived = build.notebook(build.code("a", picture))
    rerun = build.notebook(build.code("a"))

    text = page(_report(compare_notebooks(archived, rerun)), sealed, archived, rerun)

    assert [tag for tag, _ in _Elements(text).found].count("img") == 1


def test_identical_outputs_are_counted_and_not_shown(build, sealed):
    notebook = build.notebook(build.code("a", build.stream("patients 12")))

    text = page(_report(compare_notebooks(notebook, notebook)), sealed)

    assert "1 output<" in text
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

    assert "missing package, in cell 4" in text
    assert "could not run" in text


def test_what_was_left_out_is_said(build, sealed):
    def notebook(number: int):
        return build.notebook(
            build.code("a", build.stream("x")),
            build.code("b", build.stream(f"{number}"), tags=("nbval-ignore-output",)),
        )

    comparison = compare_notebooks(notebook(1), notebook(2))

    assert "Left out of the verdict" in page(_report(comparison), sealed)
