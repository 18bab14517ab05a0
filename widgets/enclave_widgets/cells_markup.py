"""HTML of breakdowns: a population pyramid, years, and which data there are.

Tables, so that whoever cannot see the bars hears the numbers. A hidden cell is hatched,
and says why it is hidden and what would show it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from enclave.disclosure.policy import Policy
from enclave.disclosure.presentation import in_words, probable_error, threshold
from enclave.feasibility.answers import CellAnswer, CellsAnswer
from enclave_widgets.words import WORDS, Language


ALL = "all"


@dataclass(frozen=True)
class CellsMarkup:
    """Writes for one language, under one set of rules."""

    language: Language
    policy: Policy

    def pyramid(self, answer: CellsAnswer) -> str:
        """Write women to one side and men to the other, the oldest on top."""
        words = WORDS[self.language]
        most = self._most(answer)
        women, men = words.sexes[1:]
        cells = {tuple(cell.name.split(maxsplit=1)): cell for cell in answer.cells}
        rows = "".join(
            f"<tr>{self._bar(cells['female', ages], answer, most, left=True)}"
            f'<th scope="row">{escape(ages)}</th>'
            f"{self._bar(cells['male', ages], answer, most)}</tr>"
            for ages in reversed(list(dict.fromkeys(ages for _, ages in cells)))
        )
        head = "".join(
            f'<th scope="col">{escape(text)}</th>' for text in (women, words.age, men)
        )
        return (
            f'<table class="enc-pyramid"><caption>{escape(words.by_sex_age)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"{self._notes(answer)}"
        )

    def years(self, answer: CellsAnswer) -> str:
        """Write one row for each year, the newest on top."""
        words = WORDS[self.language]
        return self._list(answer, words.by_year, words.year, words.other_years)

    def codes(self, answer: CellsAnswer, label: str) -> str:
        """Write one row for each code of a variable that is called so."""
        words = WORDS[self.language]
        caption = words.by_variable.format(variable=label)
        return self._list(answer, caption, words.code, words.other_codes)

    def _list(self, answer: CellsAnswer, caption: str, head: str, other: str) -> str:
        """Write one row for each cell, the last one on top and the first below."""
        words = WORDS[self.language]
        most = self._most(answer)
        first = answer.cells[0].name
        rows = "".join(
            f'<tr><th scope="row">{escape(other if cell.name == first else cell.name)}'
            f"</th>{self._bar(cell, answer, most)}</tr>"
            for cell in reversed(answer.cells)
        )
        return (
            f'<table class="enc-years"><caption>{escape(caption)}</caption>'
            f'<thead><tr><th scope="col">{escape(head)}</th>'
            f'<th scope="col">{escape(words.patients)}</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>{self._notes(answer)}"
        )

    def availability(self, answer: CellsAnswer, labels: Mapping[str, str]) -> str:
        """Write a tile for each variable, the darker the more patients have a value.

        Parameters
        ----------
        labels
            What variables (``lab.value``) and tables (``lab``) are called.
        """
        words = WORDS[self.language]
        everybody = next(cell for cell in answer.cells if cell.name == ALL)
        rows = "".join(
            self._table_row(table, cells, everybody, answer, labels)
            for table, cells in _by_table(answer.cells)
        )
        return (
            f'<table class="enc-heat"><caption>{escape(words.by_data)}</caption>'
            f"<tbody>{rows}</tbody></table>{self._notes(answer)}"
        )

    def _table_row(
        self,
        table: str,
        cells: Sequence[CellAnswer],
        everybody: CellAnswer,
        answer: CellsAnswer,
        labels: Mapping[str, str],
    ) -> str:
        tiles = "".join(self._tile(cell, everybody, answer, labels) for cell in cells)
        name = escape(labels.get(table, table))
        return f'<tr><th scope="row">{name}</th><td><ul>{tiles}</ul></td></tr>'

    def _tile(
        self,
        cell: CellAnswer,
        everybody: CellAnswer,
        answer: CellsAnswer,
        labels: Mapping[str, str],
    ) -> str:
        words = WORDS[self.language]
        name = escape(labels.get(cell.name, cell.name))
        many = escape(self._number(cell, answer))
        if cell.value is None or everybody.value is None:
            return (
                f'<li class="enc-tile enc-hatched"><span>{name}</span>'
                f"<strong>{many}</strong></li>"
            )
        # Both have noise: a share above one says no more than "about all".
        percent = min(100, round(100 * cell.value / everybody.value))
        return (
            f'<li class="enc-tile enc-heat-{percent // 20}"><span>{name}</span>'
            f"<strong>{percent} %</strong>"
            f"<small>{many} {escape(words.of_patients)}</small></li>"
        )

    def _bar(
        self, cell: CellAnswer, answer: CellsAnswer, most: int, *, left: bool = False
    ) -> str:
        number = f"<span>{escape(self._number(cell, answer))}</span>"
        hidden = cell.value is None
        width = 100 * (self._limit(answer) if hidden else cell.value or 0) / most
        start = 100 - width if left else 0
        kind = "enc-hatch" if hidden else "enc-bar"
        bar = (
            '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
            '<rect class="enc-track" width="100" height="8"/>'
            f'<rect class="{kind}" x="{start:.2f}" width="{width:.2f}" height="8"/>'
            "</svg>"
        )
        side = "enc-left-side" if left else "enc-right-side"
        return f'<td class="{side}"><div>{number}{bar}</div></td>'

    def _notes(self, answer: CellsAnswer) -> str:
        words = WORDS[self.language]
        note = words.cells_note.format(spread=self._spread(answer))
        said = f'<p class="enc-note">{escape(note)}</p>'
        why = [getattr(cell, f"hidden_{self.language}") for cell in answer.cells]
        reasons = dict.fromkeys(reason for reason in why if reason)
        if not reasons:
            return said
        text = "".join(f"<p>{escape(reason)}</p>" for reason in reasons)
        return (
            f"{said}<details open><summary>{escape(words.hidden_cells)}</summary>"
            f"{text}</details>"
        )

    def _spread(self, answer: CellsAnswer) -> int:
        """Return how far off the cells are: noise, neighbours' answers, rounding."""
        return probable_error(
            self._most(answer),
            self.policy,
            widening=self._widening(answer),
            cells=len(answer.cells),
        )

    def _most(self, answer: CellsAnswer) -> int:
        shown = [cell.value or 0 for cell in answer.cells]
        return max(*shown, self._limit(answer), 1)

    def _limit(self, answer: CellsAnswer) -> int:
        return threshold(self.policy, widening=self._widening(answer))

    def _widening(self, answer: CellsAnswer) -> float:
        return answer.sigma / self.policy.sigma

    def _number(self, cell: CellAnswer, answer: CellsAnswer) -> str:
        widening = self._widening(answer)
        return in_words(cell.value, self.policy, self.language, widening=widening)


def _by_table(cells: Sequence[CellAnswer]) -> Iterator[tuple[str, list[CellAnswer]]]:
    tables: dict[str, list[CellAnswer]] = {}
    for cell in cells:
        if cell.name != ALL:
            tables.setdefault(cell.name.split(".")[0], []).append(cell)
    yield from tables.items()
