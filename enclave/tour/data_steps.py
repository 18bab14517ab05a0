"""From a source to a protected count."""

from typing import Any

from enclave.cohort.rendering import describe
from enclave.feasibility.service import FeasibilityService
from enclave.projects import demo
from enclave.store.schema import upgrade
from enclave.tour.journey import Tour
from enclave.warehouse.catalogue import Code, Variable
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse


RESEARCHER = "rikke"


def prepare(tour: Tour) -> dict[str, Any]:
    """Create the application database and the people of the tour."""
    upgrade(tour.database)
    with tour.database.begin() as session:
        people = demo.register_demo_people(session)
        return {"people": [person.display_name for person in people]}


def load(tour: Tour) -> dict[str, Any]:
    """Load the source into a snapshot; a source that was loaded before is left."""
    warehouse = Warehouse(tour.settings)
    warehouse.load(tour.source, Mapping.load(tour.plan.mapping))
    snapshot = warehouse.snapshot()
    tables = snapshot.manifest.tables
    return {
        "snapshot": snapshot.number,
        "digest": snapshot.digest,
        "tables": [
            [name, table.rows, table.persons] for name, table in sorted(tables.items())
        ],
        "persons": tables["person"].persons,
        "rows": sum(table.rows for table in tables.values()),
    }


def search(tour: Tour) -> dict[str, Any]:
    """Look something up in the catalogue, in Danish or English."""
    catalogue = Warehouse(tour.settings).snapshot().catalogue
    return {
        "text": tour.plan.search,
        "variables": sum(len(table.variables) for table in catalogue.tables),
        "hits": [_named(hit) for hit in catalogue.search(tour.plan.search)[:5]],
    }


def ask(tour: Tour) -> dict[str, Any]:
    """Read the question back in words."""
    question = tour.plan.question
    return {
        "digest": question.digest,
        "en": describe(question, "en"),
        "da": describe(question, "da"),
    }


def count(tour: Tour) -> dict[str, Any]:
    """Ask for the protected count, and for the attrition."""
    service = FeasibilityService(tour.settings, tour.database)
    answer = service.count(RESEARCHER, tour.plan.question)
    steps = service.attrition(RESEARCHER, tour.plan.question).steps
    return {
        "shown": answer.shown,
        "budget_left": service.budget(RESEARCHER).left,
        "attrition": [[step.label_en, step.shown, step.value] for step in steps],
    }


def _named(hit: Variable | Code) -> str:
    if isinstance(hit, Variable):
        return f"{hit.full_name}: {hit.label.en} ({hit.label.da})"
    return f"{hit.system} {hit.code}: {hit.label_en} ({hit.label_da})"
