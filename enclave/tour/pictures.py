"""Pictures for the report, as SVG text that needs nothing from outside."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape


WIDTH = 760
LINE = 20
LETTERS = 92  # of a label that fit on a line
BAR = 30  # height of a bar and the space below it


@dataclass(frozen=True)
class Bar:
    """One step of an attrition: its label, what is shown, and the length of its bar.

    ``value`` is None where the count is hidden; then the bar is an outline.
    """

    label: str
    shown: str
    value: int | None


def attrition(bars: Sequence[Bar]) -> str:
    """Draw how many persons remain after each step."""
    largest = max((bar.value or 0 for bar in bars), default=0) or 1
    top, rows = 0, ""
    for bar in bars:
        lines = textwrap.wrap(bar.label, LETTERS) or [""]
        rows += _row(bar, lines, top, largest)
        top += LINE * len(lines) + BAR + 10
    summary = "; ".join(f"{bar.label}: {bar.shown}" for bar in bars)
    return (
        f'<svg viewBox="0 0 {WIDTH} {top}" role="img" class="attrition"'
        f' xmlns="http://www.w3.org/2000/svg"><title>{escape(summary)}</title>'
        f"{rows}</svg>"
    )


def _row(bar: Bar, lines: Sequence[str], top: int, largest: int) -> str:
    length = round((WIDTH - 130) * (bar.value or 0) / largest) or 3
    kind = "hidden" if bar.value is None else "bar"
    label = "".join(
        f'<text x="0" y="{top + LINE * (number + 1) - 5}" class="label">'
        f"{escape(line)}</text>"
        for number, line in enumerate(lines)
    )
    below = top + LINE * len(lines)
    return (
        f'{label}<rect x="0" y="{below + 2}" width="{length}" height="18" rx="3"'
        f' class="{kind}"/><text x="{length + 8}" y="{below + 16}" class="count">'
        f"{escape(bar.shown)}</text>"
    )
