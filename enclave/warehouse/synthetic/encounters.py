"""Contacts with the hospital, and the diagnoses given at them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from enclave.warehouse.synthetic.groups import GROUPS
from enclave.warehouse.synthetic.illness import INFECTIONS, Infections
from enclave.warehouse.synthetic.period import LAST, YEAR, Days
from enclave.warehouse.synthetic.population import Floats, Ints, Population


# Contacts a year at age 50 with average frailty, and how many times more often
# somebody comes after entering a patient group.
CONTACTS = 0.8
FOLLOW_UP = 3.0

# What is coded at an ordinary contact, most frequent first; frequencies fall as 1/rank.
COMMON = (
    "DZ038",
    "DI109",
    "DM545",
    "DE119",
    "DR074",
    "DS602",
    "DJ449",
    "DI489",
    "DF329",
    "DK219",
    "DN189",
    "DH269",
    "DC509",
    "DD649",
    "DG409",
    "DK509",
    "DI500",
    "DE039",
    "DM069",
    "DL409",
)
DEPARTMENTS = ("1301011", "1301251", "1301440", "130104A", "1301391")


@dataclass(frozen=True)
class Contacts:
    """Contacts of a block, as columns of equal length; ``code`` is the diagnosis."""

    person: Ints
    day: Days
    nights: Ints
    code: Any
    acute: Any


def draw(
    population: Population, infections: Infections, rng: np.random.Generator
) -> Contacts:
    """Draw ordinary contacts, and add those for infections and for entering a group."""
    person, day = _ordinary(population, rng)
    frequencies = 1 / np.arange(1, len(COMMON) + 1)
    ordinary = rng.choice(COMMON, len(person), p=frequencies / frequencies.sum())
    entered = np.flatnonzero(population.entry <= LAST)
    entering = np.array([group.diagnosis or "" for group in GROUPS])
    infection = np.array([each.diagnosis for each in INFECTIONS])[infections.kind]
    nights = np.concatenate(
        [
            rng.poisson(0.4, len(person)),
            rng.poisson(4.0, len(infections.person)),
            rng.poisson(8.0, len(entered)),
        ]
    )
    return Contacts(
        person=np.concatenate([person, infections.person, entered]),
        day=np.concatenate([day, infections.day, population.entry[entered]]),
        nights=nights,
        code=np.concatenate([ordinary, infection, entering[population.group[entered]]]),
        acute=np.repeat(
            [False, True, False], [len(person), len(infections.person), len(entered)]
        ),
    )


def rows(
    contacts: Contacts, cpr: Any, first_id: int, rng: np.random.Generator
) -> tuple[Any, Any]:
    """Return contacts and diagnoses as rows of ``lpr_kontakt`` and ``lpr_diagnose``."""
    size = len(contacts.person)
    number = pa.array(first_id + np.arange(size)).cast(pa.string())
    # Record numbers are 18 digits, kept as text.
    record = pa.compute.utf8_lpad(number, 18, "0")
    numbers = cpr.take(pa.array(contacts.person))
    start = contacts.day.astype("datetime64[D]")
    contact = pa.table(
        {
            "CPR": numbers,
            "DW_EK_KONTAKT": record,
            "INDDATO": start,
            "UDDATO": start + contacts.nights.astype("timedelta64[D]"),
            "SHAK": pa.array(rng.choice(DEPARTMENTS, size), pa.string()),
            "KONTAKTTYPE": pa.array(
                np.where(contacts.nights > 0, "ALCA00", "ALCA10"), pa.string()
            ),
        }
    )
    diagnosis = pa.table(
        {
            "CPR": numbers,
            "DW_EK_KONTAKT": record,
            "DATO": start,
            "DIAGNOSEKODE": pa.array(contacts.code, pa.string()),
            "DIAGNOSETYPE": pa.array(np.full(size, "A"), pa.string()),
            "SENERE_AFKRAEFTET": pa.array(
                np.where(rng.random(size) < 0.01, "Ja", "Nej"), pa.string()
            ),
        }
    )
    return contact, diagnosis


def _ordinary(population: Population, rng: np.random.Generator) -> tuple[Ints, Days]:
    first, last = population.observed_from, population.observed_to
    change = np.clip(population.entry, first, np.maximum(last, first))
    persons = np.arange(len(population))
    before = _spread(population, persons, (first, change), np.float64(1.0), rng)
    after = _spread(population, persons, (change, last), np.float64(FOLLOW_UP), rng)
    return np.concatenate([before[0], after[0]]), np.concatenate([before[1], after[1]])


def _spread(
    population: Population,
    persons: Ints,
    span: tuple[Days, Days],
    factor: np.float64,
    rng: np.random.Generator,
) -> tuple[Ints, Days]:
    start, end = span
    length = np.maximum(end - start, 0)
    age: Floats = (start + length / 2 - population.birth) / YEAR
    yearly = CONTACTS * factor * population.frailty * (0.5 + age / 100)
    person = np.repeat(persons, rng.poisson(yearly * length / YEAR))
    day = start[person] + (rng.random(len(person)) * length[person]).astype(np.int32)
    return person, day.astype(np.int32)
