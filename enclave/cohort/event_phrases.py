"""Codes, values and windows of an event in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enclave.cohort.codes import CodeEntry
from enclave.cohort.criteria import Between, EventCriterion, ValueCondition, Within
from enclave.cohort.phrases import joined, number, period
from enclave.cohort.wording import Wording


@dataclass(frozen=True)
class EventPhrases:
    """Phrases about events, in one language.

    Attributes
    ----------
    labels
        What codes (``SKS:DE11``), tables (``lab``) and variables (``lab.value``) are
        called. What has no label is shown by its name alone.
    """

    words: Wording
    labels: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str, key: str | None = None) -> str:
        """Return a name followed by its label, if it has one."""
        label = self.labels.get(key or name)
        return f"{name} ({label})" if label else name

    def marks(self, criterion: EventCriterion) -> str:
        """Say by what an event is recognised: code, value, table and date."""
        parts = [self._codes(criterion)]
        if criterion.value is not None:
            parts.append(self._value(criterion.value))
        if criterion.table is not None:
            table = self.named(criterion.table)
            parts.append(self.words.in_table.format(table=table))
        if criterion.dates is not None:
            days = period(criterion.dates, self.words)
            parts.append(self.words.dated.format(period=days))
        return "".join(parts)

    def _codes(self, criterion: EventCriterion) -> str:
        codes, words = criterion.codes, self.words
        system = codes.system or criterion.table
        included = [entry for entry in codes.entries if not entry.exclude]
        excluded = [entry for entry in codes.entries if entry.exclude]
        phrase = self._included(codes.system, *self._sorted(included, system))
        if excluded:
            left_out, prefixes = self._sorted(excluded, system)
            if prefixes:
                beginning = joined(prefixes, words.or_)
                left_out.append(words.code_prefix.format(codes=beginning))
            left_out_phrase = joined(left_out, words.or_)
            phrase = words.excluded.format(codes=phrase, excluded=left_out_phrase)
        if codes.name is None:
            return phrase
        version = words.version.format(version=codes.version) if codes.version else ""
        return words.code_list.format(name=codes.name, version=version, codes=phrase)

    def _sorted(
        self, entries: Sequence[CodeEntry], system: str | None
    ) -> tuple[list[str], list[str]]:
        """Name the codes that are meant alone, and those meant as a beginning."""
        named: dict[str, list[str]] = {"exact": [], "prefix": []}
        for entry in entries:
            name = self.named(entry.code, f"{system}:{entry.code}")
            named[entry.match].append(name)
        return named["exact"], named["prefix"]

    def _included(
        self, system: str | None, exact: list[str], prefixes: list[str]
    ) -> str:
        words, phrases = self.words, []
        if exact:
            phrase = words.code if len(exact) == 1 else words.codes
            if system:
                phrase = words.code_of if len(exact) == 1 else words.codes_of
            codes = joined(exact, words.and_)
            phrases.append(phrase.format(system=system, codes=codes))
        if prefixes:
            phrase = words.code_prefix_of if system else words.code_prefix
            codes = joined(prefixes, words.or_)
            phrases.append(phrase.format(system=system, codes=codes))
        return joined(phrases, words.or_)

    def _value(self, value: ValueCondition) -> str:
        words, phrase = self.words, self.words.value[value.operator]
        if isinstance(value, Between):
            return phrase.format(
                lower=number(value.lower, words),
                upper=self._quantity(value.upper, value.unit),
            )
        return phrase.format(threshold=self._quantity(value.threshold, value.unit))

    def _quantity(self, value: float, unit: str | None) -> str:
        digits = number(value, self.words)
        if unit is None:
            return self.words.any_unit.format(number=digits)
        return f"{digits} {unit}"


def window_phrase(window: Within, words: Wording) -> str:
    """Say which days after or before the index event count."""
    start = None if window.from_days is None else _day(window.from_days, words)
    end = None if window.to_days is None else _day(window.to_days, words)
    if end is None:
        phrase = words.onwards
    elif start is None:
        phrase = words.until
    elif start == end:
        phrase = words.exactly if window.from_days else words.on_index_day
    else:
        phrase = words.from_to
    return phrase.format(start=start, end=end)


def _day(days: int, words: Wording) -> str:
    if days == 0:
        return words.index_day
    one, many = words.days_after if days > 0 else words.days_before
    return (one if abs(days) == 1 else many).format(days=abs(days))
