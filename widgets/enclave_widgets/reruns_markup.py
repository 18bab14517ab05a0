"""HTML and SVG of the dashboard of re-runs: health, trend, and the last requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from enclave.archive.comparison.verdict import Verdict
from enclave.portal.reruns.answers import MonthAnswer, OverviewAnswer, RerunAnswer
from enclave_widgets.words import WORDS, Language


# Told apart by lightness too, for those who see no colours.
_COLOURS = ("#1d6b3c", "#5fa777", "#d9b44a", "#9b2226", "#55656f")
_WIDTH, _HEIGHT, _BAR = 640, 180, 36


@dataclass(frozen=True)
class RerunsMarkup:
    """Writes for one language. Nothing in it is about a patient."""

    language: Language

    def health(self, overview: OverviewAnswer) -> str:
        """Say whether the archive is well, and if not, why."""
        words = WORDS[self.language]
        if overview.well:
            return f'<p role="status">{escape(words.archive_well)}</p>'
        known = dict(zip(_CONCERNS, words.concerns, strict=True))
        reasons = "".join(
            f"<li>{escape(known.get(one, one))}</li>" for one in overview.concerns
        )
        said = escape(words.archive_not_well)
        return (
            f'<div role="status"><p><strong>{said}</strong></p><ul>{reasons}</ul></div>'
        )

    def trend(self, months: Sequence[MonthAnswer]) -> str:
        """Draw the verdicts of each month as a stacked bar, and write a table."""
        words = WORDS[self.language]
        if not months:
            return f"<p>{escape(words.no_verdicts)}</p>"
        most = max(sum(one.verdicts.values()) for one in months)
        bars = "".join(self._bar(place, one, most) for place, one in enumerate(months))
        label = escape(words.verdicts_by_month)
        return (
            f'<svg class="enc-trend" viewBox="0 0 {_WIDTH} {_HEIGHT + 24}" role="img"'
            f' aria-label="{label}">{bars}</svg>'
            f"{self._legend()}{self._numbers(months)}"
        )

    def requests(self, reruns: Sequence[RerunAnswer]) -> str:
        """Write the last requests as a table."""
        words = WORDS[self.language]
        if not reruns:
            return f"<p>{escape(words.no_reruns)}</p>"
        heads = (words.analysis, words.asked_on, words.stands, words.verdict)
        rows = [
            (
                f"<code>{escape(one.analysis)}</code> {one.number}",
                f"{one.requested:%Y-%m-%d}",
                self._state(one),
                escape(self._verdict(one.verdict)) if one.verdict else "",
            )
            for one in reruns
        ]
        return _table(words.last_requests, heads, rows)

    def _bar(self, place: int, one: MonthAnswer, most: int) -> str:
        left, top = place * (_WIDTH // 12) + 8, float(_HEIGHT)
        parts = []
        for verdict, colour in zip(Verdict, _COLOURS, strict=True):
            number = one.verdicts.get(verdict, 0)
            height = number * (_HEIGHT - 8) / most
            top -= height
            title = f"{one.month}: {number} {self._verdict(verdict)}"
            parts.append(
                f'<rect x="{left}" y="{top:.1f}" width="{_BAR}" height="{height:.1f}"'
                f' fill="{colour}"><title>{escape(title)}</title></rect>'
            )
        return (
            f'{"".join(parts)}<text x="{left + _BAR / 2}" y="{_HEIGHT + 18}"'
            f' text-anchor="middle" font-size="11">{escape(one.month)}</text>'
        )

    def _legend(self) -> str:
        keys = "".join(
            f'<li><svg width="12" height="12" aria-hidden="true">'
            f'<rect width="12" height="12"'
            f' fill="{colour}"/></svg> {escape(self._verdict(verdict))}</li>'
            for verdict, colour in zip(Verdict, _COLOURS, strict=True)
        )
        return f'<ul class="enc-legend">{keys}</ul>'

    def _numbers(self, months: Sequence[MonthAnswer]) -> str:
        words = WORDS[self.language]
        heads = (words.month, *map(self._verdict, Verdict))
        rows = [
            (escape(one.month), *(str(one.verdicts.get(each, 0)) for each in Verdict))
            for one in months
        ]
        return _table(words.verdicts_by_month, heads, rows)

    def _verdict(self, verdict: str) -> str:
        words = WORDS[self.language]
        names = dict(zip(Verdict, words.verdicts, strict=True))
        return names.get(Verdict(verdict), verdict)

    def _state(self, one: RerunAnswer) -> str:
        words = WORDS[self.language]
        said = dict(zip(_STATES, words.rerun_states, strict=True)).get(one.state, "")
        if one.state == "running" and one.steps:
            said += f" ({one.step}/{one.steps})"
        return escape(said)


# In the order in which the languages name them.
_STATES = ("open", "queued", "running", "done", "failed", "cancelled")
_CONCERNS = (
    "no_sample",
    "old_sample",
    "unsound_verdicts",
    "failed_jobs",
    "waits_too_long",
)


def _table(caption: str, heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    """Write a table; its cells are HTML already. It scrolls by keyboard too."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(_row(heads, row) for row in rows)
    return (
        f'<div class="enc-scroll" role="region" aria-label="{escape(caption)}"'
        f' tabindex="0"><table class="enc-list-table"><caption>{escape(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(heads: Sequence[str], row: tuple[str, ...]) -> str:
    """Write a row; on a telephone, each cell has the name of its column beside it."""
    cells = "".join(
        f'<td data-head="{escape(head)}">{cell}</td>'
        for head, cell in zip(heads[1:], row[1:], strict=True)
    )
    return f'<tr><th scope="row">{row[0]}</th>{cells}</tr>'
