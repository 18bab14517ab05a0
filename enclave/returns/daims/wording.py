"""Say in Danish or English what a check is and what it found."""

from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from enclave.returns.daims.finding import Finding, Problem


Language = Literal["en", "da"]


def title(number: int, language: Language) -> str:
    """Return what a check is called."""
    said: str = _words()["titles"][number - 1][language]
    return said


def sentences(finding: Finding, language: Language) -> list[str]:
    """Return what a check found and what to do, a sentence or two for each problem."""
    return [_sentence(problem, language) for problem in finding.problems]


def _sentence(problem: Problem, language: Language) -> str:
    template: str = _words()["problems"][problem.key][language]
    return template.format(columns=", ".join(problem.columns), rows=problem.rows)


@cache
def _words() -> dict[str, Any]:
    file = resources.files("enclave.returns.daims") / "checks.yaml"
    words: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return words
