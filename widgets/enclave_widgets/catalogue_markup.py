"""HTML of the catalogue: tables, variables, units, and what a search found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from enclave.portal.catalogue.answers import (
    CatalogueAnswer,
    ProfiledVariable,
    TableAnswer,
    UnitShare,
)
from enclave_widgets.client import Found
from enclave_widgets.value_words import written
from enclave_widgets.words import WORDS, Language


@dataclass(frozen=True)
class CatalogueMarkup:
    """Writes for one language. Nothing in it is about anybody."""

    language: Language

    def found(self, found: Found) -> str:
        """Write what a search found."""
        words = WORDS[self.language]
        variables = [
            (f"<code>{escape(one.name)}</code>", escape(one.label), escape(_unit(one)))
            for one in found.variables
        ]
        codes = [
            (f"<code>{escape(one.code)}</code>", escape(one.label), escape(one.system))
            for one in found.codes
        ]
        written_out = ""
        if variables:
            heads = (words.variable, words.label, words.unit_or_codes)
            written_out += _table(words.variables_found, heads, variables)
        if codes:
            heads = (words.code, words.label, words.code_system)
            written_out += _table(words.codes_found, heads, codes)
        return written_out

    def table(self, catalogue: CatalogueAnswer, table: TableAnswer) -> str:
        """Write a table: how much there is, its variables, and the units in it."""
        words = WORDS[self.language]
        heads: tuple[str, ...] = (
            words.variable,
            words.label,
            words.kind,
            words.unit_or_codes,
        )
        heads += (words.missing, words.values)
        rows = [self._variable(one) for one in table.variables]
        units = [one for one in catalogue.units if one.table == table.name]
        return (
            f"{self._extent(table)}{_table(words.variables_of, heads, rows)}"
            f"{self._units(units)}"
        )

    def _extent(self, table: TableAnswer) -> str:
        words = WORDS[self.language]
        facts = [(words.rows, self._number(table.rows))]
        if table.persons is not None:
            facts.append((words.patients_in, self._number(table.persons)))
        if table.coverage_from and table.coverage_to:
            years = f"{table.coverage_from.year}-{table.coverage_to.year}"
            facts.append((words.coverage, years))
        if table.code_system:
            facts.append((words.code_system, table.code_system))
        terms = "".join(
            f"<div><dt>{escape(name)}</dt><dd>{escape(said)}</dd></div>"
            for name, said in facts
        )
        return f'<dl class="enc-facts">{terms}</dl>'

    def _variable(self, one: ProfiledVariable) -> tuple[str, ...]:
        words = WORDS[self.language]
        kinds = dict(zip(_TYPES, words.types, strict=True))
        return (
            f"<code>{escape(one.name)}</code>",
            escape(one.label),
            escape(kinds[one.type]),
            escape(_unit(one)),
            _share(one.profile.missing),
            escape(self._values(one)),
        )

    def _values(self, one: ProfiledVariable) -> str:
        words, profile = WORDS[self.language], one.profile
        if profile.first_year is not None:
            return f"{profile.first_year}-{profile.last_year}"
        if profile.low is not None and profile.high is not None:
            low, high = (
                written(end, self.language) for end in (profile.low, profile.high)
            )
            return words.from_to.format(low=low, high=high)
        return words.distinct.format(number=self._spoken(profile.distinct))

    def _units(self, units: Sequence[UnitShare]) -> str:
        if not units:
            return ""
        words = WORDS[self.language]
        rows = [
            (
                escape(one.source or words.unnamed),
                escape(one.unit or words.unnamed),
                _share(one.share),
            )
            for one in units
        ]
        heads = (words.source, words.unit, words.share)
        return _table(words.units_by_source, heads, rows)

    def _number(self, number: int) -> str:
        return self._spoken(f"{number:,}")

    def _spoken(self, number: str) -> str:
        return number.replace(",", ".") if self.language == "da" else number


# In the order in which the languages name them.
_TYPES = ("string", "integer", "number", "date", "datetime", "boolean", "person")


def _unit(one: object) -> str:
    return getattr(one, "unit", None) or getattr(one, "code_system", None) or ""


def _share(share: float) -> str:
    percent = round(100 * share)
    return (
        f'<div class="enc-share"><span>{percent} %</span>'
        '<svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="enc-track" width="100" height="8"/>'
        f'<rect class="enc-bar" width="{percent}" height="8"/></svg></div>'
    )


def _table(caption: str, heads: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table; its cells are HTML already. It scrolls by keyboard too."""
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(
            f'<td data-head="{escape(name)}">{cell}</td>'
            for name, cell in zip(heads[1:], row[1:], strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="enc-scroll" role="region" aria-label="{escape(caption)}"'
        f' tabindex="0"><table class="enc-list-table"><caption>{escape(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
