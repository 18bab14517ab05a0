"""Cultures, medicines, transfusions, the cohort register and the biobank."""

from typing import Any

import numpy as np
import pyarrow as pa

from enclave.warehouse.synthetic.encounters import Contacts
from enclave.warehouse.synthetic.groups import GROUPS
from enclave.warehouse.synthetic.illness import INFECTIONS, Infections
from enclave.warehouse.synthetic.period import LAST
from enclave.warehouse.synthetic.population import Ints, Population


NO_GROWTH = "Ingen vækst af bakterier og svampe"
COMMON_MEDICINES = ("C09AA02", "N02BE01", "A02BC01", "C10AA05", "B01AC06", "A10BA02")
COMPONENTS = ("SAGM", "Trombocytter", "Plasma")
TRANSFUSIONS = (0.0, 1.0, 6.0, 0.0, 2.0)  # a person, by group
SPECIMENS = ("Plasma", "Serum", "PBMC", "DNA")


def cultures(
    infections: Infections, contacts: Contacts, cpr: Any, rng: np.random.Generator
) -> Any:
    """Return rows of ``mikrobiologi``: findings in infections, and many negatives."""
    negative = np.flatnonzero(rng.random(len(contacts.person)) < 0.06)
    material = np.array([each.material for each in INFECTIONS])
    organism = np.array([each.organism for each in INFECTIONS])
    person = np.concatenate([infections.person, contacts.person[negative]])
    day = np.concatenate([infections.day, contacts.day[negative]])
    return pa.table(
        {
            "CPR": cpr.take(pa.array(person)),
            "AFSENDT": day.astype("datetime64[D]"),
            "MATERIALE": _text(
                np.concatenate(
                    [
                        material[infections.kind],
                        rng.choice(("Urin", "Bloddyrkning"), len(negative)),
                    ]
                )
            ),
            "BAKTERIE": _text(
                np.concatenate(
                    [organism[infections.kind], np.full(len(negative), NO_GROWTH)]
                )
            ),
        }
    )


def medicines(
    population: Population,
    infections: Infections,
    contacts: Contacts,
    cpr: Any,
    rng: np.random.Generator,
) -> Any:
    """Return rows of ``medicin``: for infections, groups and ordinary complaints."""
    antiinfective = np.array([each.medicine for each in INFECTIONS])
    ordinary = np.flatnonzero(rng.random(len(contacts.person)) < 0.5)
    treated, treatment, since = _group_treatment(population, rng)
    person = np.concatenate([infections.person, contacts.person[ordinary], treated])
    day = np.concatenate([infections.day, contacts.day[ordinary], since])
    code = np.concatenate(
        [
            antiinfective[infections.kind],
            rng.choice(COMMON_MEDICINES, len(ordinary)),
            treatment,
        ]
    )
    return pa.table(
        {
            "CPR": cpr.take(pa.array(person)),
            "ORDINATIONSDATO": day.astype("datetime64[D]"),
            "ATC": _text(code),
            "DDD": np.round(rng.gamma(2.0, 15.0, len(person)), 1),
        }
    )


def transfusions(population: Population, cpr: Any, rng: np.random.Generator) -> Any:
    """Return rows of ``transfusion``: after transplantation, and in leukaemia."""
    needs = np.array(TRANSFUSIONS)[population.group]
    person = np.repeat(np.arange(len(population)), rng.poisson(needs))
    day = population.entry[person] + rng.integers(0, 120, len(person))
    alive = day <= population.observed_to[person]
    person, day = person[alive], day[alive]
    return pa.table(
        {
            "CPR": cpr.take(pa.array(person)),
            "TRANSFUSIONSDATO": day.astype("datetime64[D]"),
            "KOMPONENT": _text(rng.choice(COMPONENTS, len(person))),
        }
    )


def cohorts(population: Population, cpr: Any) -> Any:
    """Return rows of ``kohorte``: who entered which patient group when."""
    entered = np.flatnonzero(population.entry <= LAST)
    names = np.array([group.cohort or "" for group in GROUPS])
    return pa.table(
        {
            "CPR": cpr.take(pa.array(entered)),
            "KOHORTE": _text(names[population.group[entered]]),
            "INKLUSIONSDATO": population.entry[entered].astype("datetime64[D]"),
        }
    )


def specimens(population: Population, cpr: Any, rng: np.random.Generator) -> Any:
    """Return rows of ``biobank``: tubes taken when somebody enters a patient group."""
    entered = np.flatnonzero(population.entry <= LAST)
    person = np.repeat(entered, rng.integers(0, 4, len(entered)))
    return pa.table(
        {
            "CPR": cpr.take(pa.array(person)),
            "UDTAGET": population.entry[person].astype("datetime64[D]"),
            "MATERIALE": _text(rng.choice(SPECIMENS, len(person))),
            "VOLUMEN_ML": np.round(rng.uniform(0.5, 4.0, len(person)), 1),
            "FRYS_TOE": rng.integers(0, 3, len(person)),
        }
    )


def _group_treatment(
    population: Population, rng: np.random.Generator
) -> tuple[Ints, Any, Any]:
    entered = np.flatnonzero(population.entry <= LAST)
    person, code = [], []
    for number, group in enumerate(GROUPS):
        members = entered[population.group[entered] == number]
        for medicine in group.medicines:
            given = members[rng.random(len(members)) < 0.8]
            person.append(given)
            code.append(np.full(len(given), medicine))
    persons = np.concatenate(person).astype(np.int64)
    return persons, np.concatenate(code), population.entry[persons]


def _text(values: Any) -> Any:
    return pa.array(values.astype(object), pa.string())
