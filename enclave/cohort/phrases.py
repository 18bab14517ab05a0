"""Numbers, dates and the population in words."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from enclave.cohort.dates import DateRange
from enclave.cohort.population import AgeRange, Population
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


def clauses(population: Population, words: Wording) -> list[str]:
    """Return what is asked of the persons beside their sex."""
    said = []
    if population.born is not None:
        said.append(words.born.format(period=period(population.born, words)))
    if population.age is not None:
        said.append(age_range(population.age, words))
    if population.alive_at is not None:
        said.append(words.alive.format(moment=moment(population.alive_at, words)))
    return said


def persons(population: Population, words: Wording) -> str:
    """Say who is asked about: ``all women born … and alive …``."""
    everybody = words.everybody[population.sex]
    said = clauses(population, words)
    if not said:
        return everybody
    return words.who_are.format(persons=everybody, clauses=joined(said, words.and_))
