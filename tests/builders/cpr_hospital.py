"""A hospital that knows its persons by CPR numbers, and an extract that is released."""

import copy
import csv
from datetime import date
from typing import Any

from enclave.canonical import canonical_json, digest
from enclave.cohort.question import Population, Question
from enclave.projects import lifecycle
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Application, ApplicationStep
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders import installation, projects
from tests.builders.projects import NOW, QUESTION, at


WINDOW = {"start": "2010-01-01", "end": "2019-12-31"}
# Made-up people: their serials are 998x and 999x.
CPR = [f"{day:02d}0270{serial}" for day in (1, 2, 3) for serial in (9980, 9981, 9988)]
REPLACEMENT = "020329" + "1WQ3"


def mapping() -> Mapping:
    made = copy.deepcopy(installation.MAPPING)
    made["identifier"] = "cpr"
    person = {
        "name": "person",
        "role": "person",
        "source": "id",
        "sensitivity": "direct_identifier",
        "label": {"en": "Person", "da": "Person"},
    }
    day = {
        "name": "date",
        "role": "date",
        "type": "date",
        "source": "day",
        "label": {"en": "Date", "da": "Dato"},
    }
    place = {
        "name": "department",
        "role": "source",
        "code_system": "SHAK",
        "source": "shak",
        "label": {"en": "Department", "da": "Afdeling"},
    }
    code = {
        "name": "code",
        "role": "code",
        "code_system": "SKS",
        "source": "kind",
        "label": {"en": "Kind", "da": "Type"},
    }
    made["tables"].append(
        {
            "name": "contact",
            "kind": "event",
            "source": "contacts",
            "label": {"en": "Contacts", "da": "Kontakter"},
            "columns": [person, day, place, code],
        }
    )
    return Mapping.model_validate(made)


def load(settings: Settings, *, place: str = "130141A") -> None:
    """Women with an even last digit; each two contacts, of which one is too early."""
    folder = settings.home.parent / "cpr-hospital"
    folder.mkdir(parents=True, exist_ok=True)
    ids = [*CPR, REPLACEMENT]
    tables: dict[str, list[dict[str, Any]]] = {
        "persons": [
            {
                "id": each,
                "address": "Vej 1",
                "sex": "male" if int(each[-1]) % 2 else "female",
                "born": date(1970, 2, 1),
                "died": "",
            }
            for each in ids
        ],
        "labs": [
            {"id": each, "day": date(2012, 3, 4), "code": "NPU19748", "value": 1}
            for each in ids
        ],
        "contacts": [
            {"id": each, "day": day, "shak": place, "kind": "DL409"}
            for each in ids
            for day in (date(2009, 12, 31), date(2012, 5, 6))
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    Warehouse(settings).load(str(folder), mapping(), clock=at())


def approval(authority: str, number: str, **more: Any) -> dict[str, Any]:
    return {
        "authority": authority,
        "journal_number": number,
        "decision_date": "2026-01-05",
        "data_from": "2000-01-01",
        "data_to": "2025-12-31",
        **more,
    }


FORTEGNELSE = approval("fortegnelse", "P-2025-1234")
VEK = approval("vek", "H-20012345")


def form(**changes: Any) -> dict[str, Any]:
    return {
        "project": "demo",
        "purpose": "records",
        "population": QUESTION.model_dump(mode="json"),
        "window": WINDOW,
        "columns": ["cpr", "hospital", "contact_date"],
        "quality_project": False,
        "why": "The records must be read by the clinicians of the project.",
        "approvals": [FORTEGNELSE, VEK],
        "biobank_approval": "",
        "recipient": "rikke",
        "recipient_key": "",
        "will_destroy": True,
        **changes,
    }


MEN = Question(population=Population(sex="male")).model_dump(mode="json")


def set_up(settings: Settings, database: Database) -> None:
    load(settings)
    projects.cast(database)
    projects.project(database)
    with database.begin() as session:
        projects.person(session, "dorte", "data_manager")


def released(
    database: Database,
    *,
    state: str = "released_by_two",
    first: str = "mads",
    second: str = "karen",
    steps: tuple[str, ...] = ("release_first", "release_second"),
    digests: tuple[str | None, str | None] = (None, None),
    **changes: Any,
) -> int:
    """Put an extract on record as the form and its transitions would."""
    document = form(**changes)
    with database.begin() as session:
        made = Application(
            kind="cpr_extract",
            state=state,
            version=5,
            title="CPR",
            form=canonical_json(document).decode(),
            form_digest=digest(document),
            created_by="rikke",
            created=NOW,
            changed=NOW,
            project_number=lifecycle.get(session, "demo").number,
        )
        session.add(made)
        session.flush()
        for number, action in enumerate(steps):
            session.add(
                ApplicationStep(
                    application_id=made.id,
                    number=number + 1,
                    action=action,
                    from_state="legal_check",
                    to_state="released_by_two",
                    actor=(first, second)[number],
                    at=NOW,
                    reason="",
                    form_digest=digests[number] or made.form_digest,
                )
            )
        return made.id


def amended(database: Database, **changes: Any) -> None:
    """Put an approved amendment on record, as its transitions would leave it."""
    with database.begin() as session:
        session.add(
            Application(
                kind="amendment",
                state="approved",
                version=5,
                title="Amendment",
                form=canonical_json(changes).decode(),
                form_digest=digest(changes),
                created_by="rikke",
                created=NOW,
                changed=NOW,
                project_number=lifecycle.get(session, "demo").number,
            )
        )
