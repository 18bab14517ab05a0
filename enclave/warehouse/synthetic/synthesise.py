"""Write a made-up warehouse, block by block, so that memory does not grow with it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from enclave import durable
from enclave.errors import InputError
from enclave.warehouse.synthetic import encounters, illness, population, treatment
from enclave.warehouse.synthetic.dirt import (
    dirty_contacts,
    dirty_diagnoses,
    dirty_results,
)
from enclave.warehouse.synthetic.encounters import Contacts
from enclave.warehouse.synthetic.laboratory import Draft, Requisition, results
from enclave.warehouse.synthetic.old_export import OldExport
from enclave.warehouse.synthetic.period import LAST
from enclave.warehouse.synthetic.population import Population


BLOCK = 10_000

# Which table an old system delivers, where faults are wished for.
AS_OLD_EXPORT = "mikrobiologi"


@dataclass(frozen=True)
class SynthesisReport:
    """What was written: rows by table."""

    folder: Path
    persons: int
    rows: dict[str, int]


def synthesise(
    out: Path, *, persons: int, seed: int, dirt: bool = False
) -> SynthesisReport:
    """Write a made-up warehouse as a folder of Parquet files.

    The same arguments write the same tables. Memory grows with the number of persons
    by a hundred bytes each, and not with what happens to them.

    Parameters
    ----------
    out
        Folder to make. It appears when it is complete.
    persons
        How many persons.
    seed
        Any whole number from 0.
    dirt
        Whether the tables have the faults of real ones (:mod:`.dirt`). Microbiology
        then comes as an old CSV export.

    Raises
    ------
    InputError
        If the folder exists, or a number makes no sense.
    """
    if persons < 1 or seed < 0:
        raise InputError("Give at least one person, and a seed of 0 or more.")
    if out.exists():
        raise InputError(f"{out} exists already: give a new folder.")
    everybody = population.draw(persons, seed)
    rows: dict[str, int] = {}
    with durable.new_folder(out) as folder, ExitStack() as files:
        writers: dict[str, pq.ParquetWriter | OldExport] = {}
        for number, start in enumerate(range(0, persons, BLOCK)):
            rng = np.random.default_rng([seed, 1, number])
            block = everybody.block(start, start + BLOCK)
            for name, table in _tables(block, number, rng, dirt=dirt):
                if name not in writers:
                    old = dirt and name == AS_OLD_EXPORT
                    writers[name] = files.enter_context(
                        OldExport(folder / f"{name}.csv")
                        if old
                        else pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
                    )
                writers[name].write_table(table)
                rows[name] = rows.get(name, 0) + len(table)
    return SynthesisReport(out, persons, rows)


def _tables(
    block: Population, number: int, rng: np.random.Generator, *, dirt: bool
) -> Iterator[tuple[str, Any]]:
    cpr = block.cpr
    infections = illness.draw(block, rng)
    contacts = encounters.draw(block, infections, rng)
    contact, diagnosis = encounters.rows(contacts, cpr, number * 10**10, rng)
    samples = _samples(block, contacts, rng)
    hours = rng.integers(6, 22, len(samples.person))
    lab = results(Draft.of(block, samples, rng), cpr, hours)
    yield "cpr", _register(block, rng)
    if dirt:
        died = block.death[contacts.person]
        contact = dirty_contacts(contact)
        diagnosis = dirty_diagnoses(diagnosis, died, LAST, rng)
        lab = dirty_results(lab, rng)
    yield "lpr_kontakt", contact
    yield "lpr_diagnose", diagnosis
    yield "labka", lab
    yield "mikrobiologi", treatment.cultures(infections, contacts, cpr, rng)
    yield "medicin", treatment.medicines(block, infections, contacts, cpr, rng)
    yield "transfusion", treatment.transfusions(block, cpr, rng)
    yield "kohorte", treatment.cohorts(block, cpr)
    yield "biobank", treatment.specimens(block, cpr, rng)


def _register(block: Population, rng: np.random.Generator) -> Any:
    dead = block.death <= LAST
    # Arrow writes a null where the mask is true.
    status_day = pa.array(block.death.astype("datetime64[D]"), mask=~dead)
    return pa.table(
        {
            "CPR": block.cpr,
            "FOEDSELSDATO": block.birth.astype("datetime64[D]"),
            "KOEN": pa.array(np.where(block.female, "K", "M"), pa.string()),
            "STATUS": pa.array(np.where(dead, "90", "01"), pa.string()),
            "STATUSDATO": status_day,
            "KOMMUNE": pa.array(
                rng.choice(("0101", "0147", "0157", "0219", "0265"), len(block)),
                pa.string(),
            ),
        }
    )


def _samples(
    block: Population, contacts: Contacts, rng: np.random.Generator
) -> Requisition:
    """Take blood at most contacts, and for immune status in the patient groups."""
    taken = np.flatnonzero(contacts.acute | (rng.random(len(contacts.person)) < 0.6))
    person, day = contacts.person[taken], contacts.day[taken]
    in_group = day >= block.entry[person]
    immune = rng.random(len(person)) < np.where(in_group, 0.6, 0.05)
    return Requisition(person, day, contacts.acute[taken], immune)
