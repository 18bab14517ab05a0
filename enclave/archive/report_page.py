"""The report of a re-run as one page of HTML that needs nothing else.

It shows outputs of an analysis, which are anybody's text: the template escapes all of
it, pictures are drawn anew, and the page itself forbids scripts and loads. Both
languages are in it; a button without a script shows one.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from enclave.archive.comparison.compare import ComparedOutput
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.judgement import Report
from enclave.archive.manifest import Manifest
from enclave.archive.report_sides import Sides


_TEMPLATE = "report_page.html"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(report: Report, sealed: Manifest, sides: Sides | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    report
        The verdict and what it rests on.
    sealed
        What was archived.
    sides
        Where outputs of both runs are looked up, to show them side by side.
    """
    outputs = report.comparison.outputs if report.comparison else ()
    shown = [output for output in outputs if _is_shown(output)]
    fired = {rule for output in outputs for rule in output.rules}
    policy = report.policy
    rules = [(rule.name, rule.reason) for rule in policy.rules]
    rules += [(rule.name, rule.reason) for rule in policy.drifts]
    return _ENVIRONMENT.get_template(_TEMPLATE).render(
        report=report,
        sealed=sealed,
        outputs=[
            (output, sides.view(output) if sides and _is_changed(output) else None)
            for output in shown
        ],
        fired=[rule for rule in rules if rule[0] in fired],
        others=sorted(fired - {name for name, _ in rules}),
        say=_say,
    )


def _is_shown(output: ComparedOutput) -> bool:
    return bool(output.differences) or output.ignored


def _is_changed(output: ComparedOutput) -> bool:
    return output.verdict is not Verdict.IDENTICAL


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


@cache
def _words() -> dict[str, Any]:
    file = Path(__file__).with_name("report_words.yaml")
    words: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return words
