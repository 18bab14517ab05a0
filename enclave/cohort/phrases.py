"""Numbers, dates and the population in words."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from enclave.cohort.dates import DateRange
from enclave.cohort.population import AgeRange, Observed, Population, YearRange
from enclave.cohort.wording import Wording


def joined(items: Sequence[str], conjunction: str) -> str:
    """Write ``a, b and c``."""
    *others, last = items
    return conjunction.join([", ".join(others), last] if others else [last])


def number(value: float, words: Wording) -> str:
    """Write a number with all its digits and no exponent."""
    digits = format(Decimal(repr(value)).normalize(), "f")
    return digits.replace(".", words.decimal_point)


def written(day: date, words: Wording) -> str:
    """Write a date in full, the month as a word: 3 May and 5 March never mix."""
    month = words.months[day.month - 1]
    return words.date.format(day=day.day, month=month, year=day.year)


def period(days: DateRange, words: Wording) -> str:
    """Say from when to when."""
    start = written(days.start, words) if days.start else None
    end = written(days.end, words) if days.end else None
    if end is None:
        phrase = words.from_date
    elif start is None:
        phrase = words.to_date
    else:
        phrase = words.on_date if start == end else words.from_to_date
    return phrase.format(start=start, end=end)


def moment(when: date | str, words: Wording) -> str:
    """Say when: on the day of the index event, or on a date."""
    if isinstance(when, date):
        return words.on_date.format(start=written(when, words))
    return words.at_index


def age_range(age: AgeRange, words: Wording) -> str:
    """Say an age range and when it is asked."""
    if age.maximum is None:
        phrase = words.age_from
    elif age.minimum is None:
        phrase = words.age_to
    else:
        phrase = words.age if age.minimum == age.maximum else words.age_from_to
    return phrase.format(
        minimum=age.minimum, maximum=age.maximum, moment=moment(age.at, words)
    )


def window(
    from_days: int | None, to_days: int | None, anchor: str, words: Wording
) -> str:
    """Say which days after or before an event count."""
    start = None if from_days is None else _day(from_days, anchor, words)
    end = None if to_days is None else _day(to_days, anchor, words)
    if start is None and end is None:
        phrase = words.whenever
    elif end is None:
        phrase = words.onwards
    elif start is None:
        phrase = words.until
    elif start == end:
        phrase = words.exactly if from_days else words.on_day_of
    else:
        phrase = words.from_to
    return phrase.format(start=start, end=end, anchor=anchor)


def _day(days: int, anchor: str, words: Wording) -> str:
    if days == 0:
        return words.day_of.format(anchor=anchor)
    one, many = words.days_after if days > 0 else words.days_before
    return (one if abs(days) == 1 else many).format(days=abs(days), anchor=anchor)


def birth_years(years: YearRange, words: Wording) -> str:
    """Say in which years somebody was born."""
    if years.maximum is None:
        phrase = words.birth_year_from
    elif years.minimum is None:
        phrase = words.birth_year_to
    else:
        one = years.minimum == years.maximum
        phrase = words.birth_year if one else words.birth_year_from_to
    return phrase.format(minimum=years.minimum, maximum=years.maximum)


def observation(asked: Observed, words: Wording) -> str:
    """Say on which days somebody was under observation."""
    if asked.needs_index:
        days = days_observed(asked, words.the_index_event, words)
    else:
        days = period(DateRange(start=asked.from_date, end=asked.to_date), words)
    return words.observed.format(period=days)


def days_observed(asked: Observed, anchor: str, words: Wording) -> str:
    """Say on which days round an event somebody was under observation."""
    return window(-(asked.days_before or 0), asked.days_after or 0, anchor, words)


def clauses(population: Population, words: Wording) -> list[str]:
    """Return what is asked of the persons beside their sex."""
    said = []
    if population.born is not None:
        said.append(words.born.format(period=period(population.born, words)))
    if population.age is not None:
        said.append(age_range(population.age, words))
    if population.alive_at is not None:
        said.append(words.alive.format(moment=moment(population.alive_at, words)))
    if population.birth_year is not None:
        said.append(birth_years(population.birth_year, words))
    if population.observed is not None:
        said.append(observation(population.observed, words))
    return said


def persons(population: Population, words: Wording) -> str:
    """Say who is asked about: ``all women born … and alive …``."""
    everybody = words.everybody[population.sex]
    said = clauses(population, words)
    if not said:
        return everybody
    return words.who_are.format(persons=everybody, clauses=joined(said, words.and_))
