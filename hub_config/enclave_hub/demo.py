"""Prepare a demonstration: invented people, a made-up hospital, one real project.

The project comes about as any other does: the researcher asks, sees a protected count,
proposes and requests; others review and approve; a grant is signed and delivered. The
steps are those of the tour, kept on record the same way, so a start that was killed
goes on where it was.
"""

from collections.abc import Callable
from pathlib import Path

from enclave.projects.demo import register_demo_people
from enclave.sandbox import kernel_installation, released_kernels
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade
from enclave.tour.journey import Tour, walk
from enclave.tour.plan import TourPlan
from enclave.tour.progress import Progress
from enclave.tour.steps import UNTIL_DELIVERY
from enclave.warehouse.synthetic.synthesise import synthesise
from enclave.warehouse.warehouse import Warehouse


PERSONS = 10_000
_SEED = 1

Say = Callable[[str], None]


def prepare(settings: Settings, say: Say, *, persons: int = PERSONS) -> None:
    """Make everything ready that is not yet.

    Parameters
    ----------
    say
        Is told what is being done.
    persons
        Size of the made-up hospital, where the warehouse is still empty.

    Raises
    ------
    InputError
        If something was loaded for which no demonstration is written.
    """
    database = Database(settings.database_url)
    try:
        upgrade(database)
        with database.begin() as session:
            register_demo_people(session)
        _walk(settings, database, say, persons)
    finally:
        database.dispose()
    kernel = released_kernels.release(released_kernels.DEFAULT)
    # One that several installations share may be ours to use and not to touch.
    if not kernel.is_installed(settings):
        kernel_installation.install(settings, kernel, report=say)


def _walk(settings: Settings, database: Database, say: Say, persons: int) -> None:
    folder = settings.home / "demo"
    source = folder / "source"
    loaded = Warehouse(settings).snapshots()
    mapping = loaded[-1].mapping.name if loaded else "synthetic"
    plan = TourPlan.for_mapping(mapping)
    progress = Progress.open(folder, source=str(source), mapping=mapping)
    if not loaded:
        _make_up(source, persons, say)
    steps = [step for step in UNTIL_DELIVERY if not (loaded and step.name == "load")]
    tour = Tour(plan, settings, database, progress.source, folder, progress)
    known = {step.name for step in progress.steps}
    for step, done in walk(tour, steps):
        if done is None and step.name not in known:
            say(step.title)


def _make_up(source: Path, persons: int, say: Say) -> None:
    if not source.exists():
        say(f"Make up a hospital of {persons:,} persons")
        synthesise(source, persons=persons, seed=_SEED)
