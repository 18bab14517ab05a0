"""The report of a re-run as one page of HTML that needs nothing else.

It shows outputs of an analysis, which are anybody's text: the template escapes all of
it, pictures are drawn anew, and the page itself forbids scripts and loads. Both
languages are in it; a button without a script shows one. A part of it is what a widget
shows in the workspace.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from enclave.archive.judgement import Report
from enclave.archive.manifest import Manifest
from enclave.archive.side_by_side import SideBySide


_HERE = Path(__file__).parent
_PAGE = "report_page.html"
_PART = "side_by_side.html"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(report: Report, sealed: Manifest, seen: SideBySide) -> str:
    """Return the page.

    Parameters
    ----------
    report
        The verdict and what it rests on.
    sealed
        What was archived.
    seen
        What is shown of it.
    """
    outputs = report.comparison.outputs if report.comparison else ()
    fired = {rule for output in outputs for rule in output.rules}
    policy = report.policy
    rules = [(rule.name, rule.reason) for rule in policy.rules]
    rules += [(rule.name, rule.reason) for rule in policy.drifts]
    return _ENVIRONMENT.get_template(_PAGE).render(
        report=report,
        sealed=sealed,
        seen=seen,
        fired=[rule for rule in rules if rule[0] in fired],
        others=sorted(fired - {name for name, _ in rules}),
        say=_say,
        both=_both,
    )


def part(seen: SideBySide) -> str:
    """Return what a widget shows: the verdict and the outputs, in both languages."""
    template = _ENVIRONMENT.get_template(_PART)
    return template.render(seen=seen, sealed=None, say=_say, both=_both)


@cache
def style() -> str:
    """Return the style that the part needs."""
    return (_HERE / "side_by_side.css").read_text("utf-8")


def _say(*keys: str, **values: Any) -> Markup:
    """Return a sentence in both languages; the page shows one of them."""
    words: Any = _words()
    for key in keys:
        # A cause or origin that has no words yet is shown as it is called.
        words = words.get(key, dict.fromkeys(("da", "en"), key.replace("_", " ")))
    return Markup("").join(
        Markup('<span lang="{}">{}</span>').format(
            language, escape(words[language]).format(**values)
        )
        for language in ("en", "da")
    )


def _both(key: str) -> str:
    """Return a word in both languages, where only text can stand."""
    words = _words()[key]
    return f"{words['en']} / {words['da']}"


@cache
def _words() -> dict[str, Any]:
    file = Path(__file__).with_name("report_words.yaml")
    words: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return words
