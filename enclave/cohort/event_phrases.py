"""Codes, values and windows of an event in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enclave.cohort.codes import CodeEntry
from enclave.cohort.event import EventCriterion
from enclave.cohort.phrases import joined, number, period
from enclave.cohort.units import SCALE
from enclave.cohort.values import Between, ValueCondition
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

    def marks(self, criterion: EventCriterion, days: str | None = None) -> str:
        """Say by what an event is recognised: code, value, table, date and window."""
        results, times = self._results(criterion), self._times(criterion, days)
        if criterion.pick is None:
            kind = self._kind(criterion, results)
            return ", ".join([kind, *times])
        # What is asked of the event that was picked is said after it.
        kind, facts = self._kind(criterion), results
        if criterion.pick.endswith("ever"):
            facts = times + results
        else:
            kind = ", ".join([kind, *times])
        if not facts:
            return kind
        return kind + self.words.of_it.format(facts=joined(facts, self.words.and_))

    def _kind(self, criterion: EventCriterion, results: Sequence[str] = ()) -> str:
        words, parts = self.words, [self._codes(criterion)]
        parts += [words.and_result.format(result=result) for result in results]
        if criterion.table is not None:
            parts.append(words.in_table.format(table=self.named(criterion.table)))
        if criterion.sources is not None:
            sources = joined(criterion.sources, words.or_)
            parts.append(words.from_sources.format(sources=sources))
        return "".join(parts)

    def _results(self, criterion: EventCriterion) -> list[str]:
        results = []
        if criterion.value is not None:
            results.append(self._value(criterion.value))
        if criterion.abnormal is not None:
            results.append(self.words.abnormal[criterion.abnormal])
        return results

    def _times(self, criterion: EventCriterion, days: str | None) -> list[str]:
        times = [days] if days else []
        if criterion.dates is not None:
            dates = period(criterion.dates, self.words)
            times.insert(0, self.words.dated.format(period=dates))
        return times

    def _codes(self, criterion: EventCriterion) -> str:
        codes, words = criterion.codes, self.words
        system = codes.system or criterion.table
        included = [entry for entry in codes.entries if not entry.exclude]
        excluded = [entry for entry in codes.entries if entry.exclude]
        phrase = self._included(codes.system, self._sorted(included, system))
        if excluded:
            named = self._sorted(excluded, system)
            left_out = named["exact"]
            if named["prefix"]:
                beginning = joined(named["prefix"], words.or_)
                left_out.append(words.code_prefix.format(codes=beginning))
            left_out += self._below(codes.system, named)
            left_out_phrase = joined(left_out, words.or_)
            phrase = words.excluded.format(codes=phrase, excluded=left_out_phrase)
        if codes.name is None:
            return phrase
        version = words.version.format(version=codes.version) if codes.version else ""
        return words.code_list.format(name=codes.name, version=version, codes=phrase)

    def _sorted(
        self, entries: Sequence[CodeEntry], system: str | None
    ) -> dict[str, list[str]]:
        """Name the codes, by whether they are meant alone or with others."""
        named: dict[str, list[str]] = {"exact": [], "prefix": [], "descendants": []}
        for entry in entries:
            name = self.named(entry.code, f"{system}:{entry.code}")
            named[entry.match].append(name)
        return named

    def _below(self, system: str | None, named: Mapping[str, list[str]]) -> list[str]:
        phrase = self.words.code_descendants_of
        return [
            phrase.format(system=system, codes=code) for code in named["descendants"]
        ]

    def _included(self, system: str | None, named: Mapping[str, list[str]]) -> str:
        words, phrases = self.words, []
        exact, prefixes = named["exact"], named["prefix"]
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
        return joined(phrases + self._below(system, named), words.or_)

    def _value(self, value: ValueCondition) -> str:
        words, phrase = self.words, self.words.value[value.operator]
        if isinstance(value, Between):
            return phrase.format(
                lower=number(value.lower, words),
                upper=self._quantity(value.upper, value),
            )
        return phrase.format(threshold=self._quantity(value.threshold, value))

    def _quantity(self, number_asked: float, value: ValueCondition) -> str:
        words, digits = self.words, number(number_asked, self.words)
        if value.unit is None:
            return words.any_unit.format(number=digits)
        quantity = f"{digits} {value.unit}"
        if value.convert is None:
            return quantity
        if value.convert == SCALE:
            return words.scaled.format(quantity=quantity)
        substance = words.substances[value.convert]
        return words.converted.format(quantity=quantity, substance=substance)
