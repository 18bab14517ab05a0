"""A whole small installation: a loaded warehouse, a project, an agreed request.

Twelve women and eight men with a few laboratory results each. Person ``p3`` died before
the usual window, ``p4`` has results only before it, ``p5`` has none.
"""

import atexit
import csv
import shutil
import tempfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave.clock import Clock
from enclave.delivery import grant as grants
from enclave.delivery.grant import Grant
from enclave.projects import applications, demo_forms, evidence
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.warehouse.load import LoadReport
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders import projects
from tests.builders.projects import TODAY, at


WINDOW = (date(2010, 1, 1), date(2019, 12, 31))
VARIABLES = ("person.sex", "person.birth_date", "lab.date", "lab.code", "lab.value")

MAPPING = {
    "name": "clinic",
    "version": 1,
    "label": {"en": "Clinic", "da": "Klinik"},
    "identifier": "clinic",
    "tables": [
        {
            "name": "person",
            "kind": "person",
            "source": "persons",
            "label": {"en": "Persons", "da": "Personer"},
            "columns": [
                {
                    "name": "person",
                    "role": "person",
                    "source": "id",
                    "sensitivity": "direct_identifier",
                    "label": {"en": "Person", "da": "Person"},
                },
                {
                    "name": "address",
                    "source": "address",
                    "sensitivity": "direct_identifier",
                    "label": {"en": "Address", "da": "Adresse"},
                },
                {
                    "name": "sex",
                    "role": "sex",
                    "source": "sex",
                    "label": {"en": "Sex", "da": "Køn"},
                },
                {
                    "name": "birth_date",
                    "role": "birth_date",
                    "type": "date",
                    "source": "born",
                    "label": {"en": "Birth date", "da": "Fødselsdato"},
                },
                {
                    "name": "death_date",
                    "role": "death_date",
                    "type": "date",
                    "source": "died",
                    "label": {"en": "Date of death", "da": "Dødsdato"},
                },
            ],
        },
        {
            "name": "lab",
            "kind": "event",
            "source": "labs",
            "label": {"en": "Laboratory results", "da": "Laboratoriesvar"},
            "columns": [
                {
                    "name": "person",
                    "role": "person",
                    "source": "id",
                    "sensitivity": "direct_identifier",
                    "label": {"en": "Person", "da": "Person"},
                },
                {
                    "name": "date",
                    "role": "date",
                    "type": "date",
                    "source": "day",
                    "label": {"en": "Date", "da": "Dato"},
                },
                {
                    "name": "code",
                    "role": "code",
                    "code_system": "NPU",
                    "source": "code",
                    "label": {"en": "Test", "da": "Prøve"},
                },
                {
                    "name": "value",
                    "role": "value",
                    "type": "number",
                    "unit": "mg/L",
                    "source": "value",
                    "label": {"en": "Result", "da": "Resultat"},
                },
            ],
        },
    ],
}


def persons() -> list[dict[str, Any]]:
    return [
        {
            "id": f"p{number}",
            "address": f"Vej {number}",
            "sex": "female" if number <= 12 else "male",
            "born": date(1950 + number, 3, 1 + number),
            "died": date(2009, 5, 5) if number == 3 else "",
        }
        for number in range(1, 21)
    ]


def labs(*, results: int = 6) -> list[dict[str, Any]]:
    """So many results of each person, one a year from 2008 on; p4 only in 2008."""
    return [
        {
            "id": f"p{number}",
            "day": date(2008 + (0 if number == 4 else year), 1 + number % 12, 7),
            "code": ("NPU19748", "NPU02319")[year % 2],
            "value": number + year / 10,
        }
        for number in range(1, 21)
        for year in range(2 if number == 3 else results)
        if number != 5
    ]


def source(folder: Path, *, results: int = 6) -> Path:
    return written(folder, persons(), labs(results=results))


def written(
    folder: Path, people: list[dict[str, Any]], results: list[dict[str, Any]]
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("persons", people), ("labs", results)):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


def load(settings: Settings, *, results: int = 6) -> None:
    """Load the clinic; another number of results makes another snapshot."""
    load_rows(settings, persons(), labs(results=results))


def load_rows(
    settings: Settings,
    people: list[dict[str, Any]],
    results: list[dict[str, Any]],
    clock: Clock | None = None,
) -> LoadReport:
    """Load these rows as the next snapshot."""
    place = written(settings.home.parent / "clinic", people, results)
    mapping = Mapping.model_validate(MAPPING)
    return Warehouse(settings).load(str(place), mapping, clock=clock or at())


def agreed(settings: Settings, database: Database, **changes: Any) -> int:
    """Bring a data request to the point where its grant can be issued."""
    fields = {"project": "demo", "variables": VARIABLES, "window": WINDOW, **changes}
    form = demo_forms.data_request(**fields)
    with database.begin() as session:
        made = applications.create(session, "data_request", form, "rikke", at())
        catalogue = Warehouse(settings).snapshot().catalogue
        applications.submit(session, made.id, "rikke", catalogue, at())
        applications.act(session, made.id, "check_approvals", "karen", clock=at())
        applications.act(session, made.id, "agree_specification", "mads", clock=at())
        return made.id


def issued(settings: Settings, database: Database, **changes: Any) -> Grant:
    request = agreed(settings, database, **changes)
    with database.begin() as session:
        grant = grants.issue(session, settings, request, "mads", at())
        open_to_members(session, request)
        return grant


def open_to_members(session: Session, request: int) -> None:
    """Take a request on as if its first version was made, and somebody looked at it."""
    application = session.get_one(applications.Application, request)
    evidence.put(
        session, application, "first_delivery", {"version": 1}, actor="mads", clock=at()
    )
    applications.act(session, request, "activate", "mads", clock=at())


@cache
def _loaded() -> Path:
    """Where the clinic was loaded once, and its source lies; removed at the end."""
    place = Path(tempfile.mkdtemp(prefix="enc-loaded-"))
    atexit.register(shutil.rmtree, place)
    load(Settings.at(place / "home"))
    return place


def set_up(settings: Settings, database: Database, **proposal: Any) -> None:
    """A loaded warehouse, the demo people, and their project ``demo``."""
    # Many tests begin so, and loading takes a hundred times as long as copying.
    for folder in (settings.home, settings.home.parent / "clinic"):
        name = "home" if folder == settings.home else folder.name
        shutil.copytree(_loaded() / name, folder, dirs_exist_ok=True)
    projects.cast(database)
    projects.project(database, **proposal)


def set_up_for_long(settings: Settings, database: Database) -> None:
    """The same for commands, which know no other time than that of the machine."""
    approvals = [
        {**approval, "expires": None} for approval in demo_forms.approvals(TODAY)
    ]
    set_up(settings, database, end_date="2999-12-31", approvals=approvals)
