"""What is wrong with real hospital data, put into tables that were clean.

Each fault was seen in a hospital's extract or stands in a register's documentation:

=====================  ==============================================================
texts for numbers      decimal commas, ``<4``, ``>200``, ``Annulleret``
another unit           the value of one unit under the code of another, per analysis
point of care          a second code for the same analysis, less exact
other limits           reference limits that were changed at a day
late answers           answered more than a week after the sample was taken
twice                  one result delivered by two systems
nobody                 results of an id that cannot be
impossible dates       in the future; after the person's death
the break of 2019      from March 2019 one stay is several contacts, and the
                       department a name instead of a number
disproved diagnoses    one in a hundred; in clean data too
old exports            semicolons, latin-1, day first (:mod:`.old_export`)
=====================  ==============================================================

Sodium's local code is the text ``NA`` in clean data too. Wrong labels are not here:
code tables belong to the mapping, not to the source.
"""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enclave.warehouse.synthetic.period import Days


COMMA, COMMENT, LIMIT, OTHER_UNIT, POINT_OF_CARE = 0.02, 0.005, 0.01, 0.02, 0.05
TWICE, NOBODY, IMPOSSIBLE, LATE, AFTER_DEATH = 0.01, 0.002, 0.002, 0.01, 0.01
MONTHS_LATER = 60  # days: answers that arrive late are no fault
COMMENTS = ("Annulleret", "se kommentar", "ej påvist", "")

# Local code: the other unit, and what a value is multiplied with to be in it.
UNITS = {
    "HB": ("g/dL", 1 / 0.6206),
    "CRP": ("nmol/L", 9.524),
    "KREA": ("mg/dL", 1 / 88.4),
    "LEU": ("10^6/L", 1000.0),
    "IGG": ("mg/dL", 100.0),
}
LIMITS_CHANGED = np.datetime64("2014-01-01T00:00:00")
OLD_LIMITS = 1.1

# Contacts after it are LPR3's.
BREAK = np.datetime64("2019-03-01")
DEPARTMENT_NAME = "Infektionsmedicinsk afdeling"


def dirty_results(results: Any, rng: np.random.Generator) -> Any:
    """Return rows of ``labka`` with the usual faults in them."""
    size = len(results)
    columns = {name: results[name].combine_chunks() for name in results.column_names}
    columns |= _in_other_units(columns, rng)
    columns["REPLY"] = _as_written(columns["REPLY"], rng)
    columns |= _with_other_limits(columns)
    local = columns["ANALYSEKODE_LABKA"]
    at_the_bed = pc.binary_join_element_wise(local, "POC", "")
    columns["ANALYSEKODE_LABKA"] = _where(rng, POINT_OF_CARE, at_the_bed, local)
    nobody = pc.binary_join_element_wise(
        pa.array(["000000"] * size), pc.utf8_slice_codeunits(columns["CPR"], 6), ""
    )
    columns["CPR"] = _where(rng, NOBODY, nobody, columns["CPR"])
    week_later = pc.add(columns["SVARTID"], pa.scalar(np.timedelta64(9 * 86_400, "s")))
    columns["SVARTID"] = _where(rng, LATE, week_later, columns["SVARTID"])
    never = pa.array(np.full(size, np.datetime64("2099-01-01T00:00:00")))
    columns["PRVTAG_TID"] = _where(rng, IMPOSSIBLE, never, columns["PRVTAG_TID"])
    faulty = pa.table(columns)
    again = np.flatnonzero(rng.random(size) < TWICE)
    return pa.concat_tables([faulty, faulty.take(pa.array(again))])


def dirty_diagnoses(
    diagnoses: Any, died: Days, last: int, rng: np.random.Generator
) -> Any:
    """Return rows of ``lpr_diagnose``, some of them after the person's death.

    Parameters
    ----------
    died
        The day each row's person dies.
    last
        Last day of the data, since 1970; who dies later is alive in them.
    """
    moved = (died <= last) & (rng.random(len(diagnoses)) < AFTER_DEATH)
    later = pa.array((died + MONTHS_LATER).astype("datetime64[D]"))
    day = pc.if_else(pa.array(moved), later, diagnoses["DATO"].combine_chunks())
    place = diagnoses.column_names.index("DATO")
    return diagnoses.set_column(place, "DATO", day)


def dirty_contacts(contacts: Any) -> Any:
    """Return rows of ``lpr_kontakt`` with the break between LPR2 and LPR3 in them.

    After it the last night of a longer stay is a contact of its own, with another
    record number, and departments are named.
    """
    start, end = (
        _numpy(contacts[name].combine_chunks()) for name in ("INDDATO", "UDDATO")
    )
    new = start >= BREAK
    department = pc.if_else(
        pa.array(new), DEPARTMENT_NAME, contacts["SHAK"].combine_chunks()
    )
    contacts = _replaced(contacts, "SHAK", department)
    long = new & (end - start >= np.timedelta64(2, "D"))
    first_end = np.where(long, end - np.timedelta64(1, "D"), end)
    second = contacts.take(pa.array(np.flatnonzero(long)))
    second = _replaced(second, "INDDATO", pa.array(first_end[long]))
    record = pc.replace_substring_regex(
        second["DW_EK_KONTAKT"].combine_chunks(), "^.", "9"
    )
    second = _replaced(second, "DW_EK_KONTAKT", record)
    first = _replaced(contacts, "UDDATO", pa.array(first_end))
    return pa.concat_tables([first, second])


def _in_other_units(columns: dict[str, Any], rng: np.random.Generator) -> Any:
    """Write some results in the other unit: value and unit fit, the code does not."""
    local = _numpy(columns["ANALYSEKODE_LABKA"])
    value = _numpy(columns["REPLY"].cast(pa.float64()))
    unit = _numpy(columns["REPLYUNIT"])
    chosen = rng.random(len(local)) < OTHER_UNIT
    text = _numpy(columns["REPLY"])
    for code, (other, factor) in UNITS.items():
        rows = chosen & (local == code)
        unit[rows] = other
        text[rows] = np.round(value[rows] * factor, 2).astype(str)
    return {
        "REPLY": pa.array(text, pa.string()),
        "REPLYUNIT": pa.array(unit, pa.string()),
    }


def _as_written(reply: Any, rng: np.random.Generator) -> Any:
    """Write numbers as people and machines in a laboratory do."""
    reply = _where(rng, COMMA, pc.replace_substring(reply, ".", ","), reply)
    reply = _where(rng, LIMIT, pc.binary_join_element_wise("<", reply, ""), reply)
    plain = pc.match_substring_regex(reply, "^[0-9]")
    above = pc.binary_join_element_wise(">", reply, "")
    reply = _where(rng, LIMIT, pc.if_else(plain, above, reply), reply)
    comments = pa.array(rng.choice(COMMENTS, len(reply)).astype(object), pa.string())
    return _where(rng, COMMENT, comments, reply)


def _with_other_limits(columns: dict[str, Any]) -> dict[str, Any]:
    """Give samples from before a day the limits that held then."""
    before = _numpy(columns["PRVTAG_TID"]) < LIMITS_CHANGED
    factor = pa.array(np.where(before, OLD_LIMITS, 1.0))
    high = pc.round(pc.multiply(columns["REF_OEVRE"], factor), 2)
    return {"REF_OEVRE": high}


def _numpy(column: Any) -> Any:
    """Return a copy that may be written to."""
    return np.array(column.to_numpy(zero_copy_only=False))


def _replaced(table: Any, name: str, column: Any) -> Any:
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(name), column)


def _where(rng: np.random.Generator, share: float, changed: Any, kept: Any) -> Any:
    return pc.if_else(pa.array(rng.random(len(kept)) < share), changed, kept)
