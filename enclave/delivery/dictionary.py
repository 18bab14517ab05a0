"""The data dictionary: what each delivered column is, for people and programs."""

from typing import Any

from enclave.delivery.minimisation import (
    FEWEST_PERSONS,
    POPULATION,
    PSEUDONYM,
    RARE,
    DeliveredColumn,
    DeliveredTable,
    Precision,
)


_PSEUDONYM = {
    "name": PSEUDONYM,
    "type": "string",
    "label": {
        "en": "Person: the same in all tables of this project, and in no other",
        "da": "Person: den samme i alle dette projekts tabeller, og i intet andet",
    },
}
_WHEN = {
    "shift": {
        "en": "moved by a number of days that is the person's own; intervals are exact",
        "da": "flyttet et antal dage, som er personens eget; intervaller er præcise",
    },
    "age_band": {
        "en": "ten years of age on the index date, or else when the period begins",
        "da": "ti års alder på indeksdatoen, ellers når perioden begynder",
    },
    "month": {
        "en": "to the month; the day is always the 15th",
        "da": "på måneden; dagen er altid den 15.",
    },
    "year": {
        "en": "to the year; the day is always 1 July",
        "da": "på året; dagen er altid 1. juli",
    },
}


def dictionary(
    tables: tuple[DeliveredTable, ...], *, index: Precision | None
) -> dict[str, Any]:
    """Describe every delivered table and column, labels in English and Danish.

    Parameters
    ----------
    index
        How precise the index dates in the list of persons are; None without them.
    """
    return {
        "document": "data-dictionary",
        "schema_version": 1,
        "tables": [_population(index), *(_table(table) for table in tables)],
    }


def _population(index: Precision | None) -> dict[str, Any]:
    columns = [_PSEUDONYM]
    if index is not None:
        label = {
            "en": "Index date: the day of the first index event",
            "da": "Indeksdato: dagen for den første indekshændelse",
        }
        column = {"name": "index_date", "type": "date", "label": label}
        columns.append({**column, **_precision(index)})
    label = {
        "en": "The persons of the study population",
        "da": "Studiepopulationens personer",
    }
    return {"name": POPULATION, "label": label, "columns": columns}


def _table(table: DeliveredTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "label": table.entry.label.model_dump(),
        "columns": [_PSEUDONYM, *(_column(column) for column in table.columns)],
    }


def _column(column: DeliveredColumn) -> dict[str, Any]:
    variable = column.variable
    described = {
        "name": column.name,
        "type": _type(column),
        "label": variable.label.model_dump(),
        "unit": variable.unit,
        "code_system": variable.code_system,
        "role": variable.role,
        "sensitivity": variable.sensitivity,
    }
    known = {key: value for key, value in described.items() if value is not None}
    if column.hides_few:
        known["hides_few"] = {"fewer_than": FEWEST_PERSONS, "are_called": RARE}
    return known | (_precision(column.precision) if column.precision else {})


def _type(column: DeliveredColumn) -> str:
    if column.precision in {"month", "year"}:
        return "date"
    return "string" if column.precision == "age_band" else column.variable.type


def _precision(precision: Precision) -> dict[str, Any]:
    said = _WHEN.get(precision)
    return {"precision": precision, **({"precision_label": said} if said else {})}
