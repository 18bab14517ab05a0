"""What a rule would change, before it is accepted."""

from dataclasses import dataclass
from pathlib import Path

from pyarrow.parquet import read_schema

from enclave.audit import log
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.delivery.folders import version_folder
from enclave.delivery.minimisation import PSEUDONYM
from enclave.delivery.workspace_right import newest_open
from enclave.errors import InputError, PolicyRefusal
from enclave.returns.findings import desk
from enclave.returns.findings.form import check_rule
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Project
from enclave.warehouse.engine import one_row, reading_engine
from enclave.warehouse.harmonisation import Rule
from enclave.warehouse.sql import identifier
from enclave.warehouse.warehouse import Warehouse


@dataclass(frozen=True)
class ExactEffect:
    """How much of the newest snapshot a rule would change, for data managers' eyes."""

    exact_rows: int
    exact_persons: int
    on_snapshot: int


@dataclass(frozen=True)
class OwnEffect:
    """How much of a project's newest delivery a rule would change, for its members."""

    rows: int
    persons: int
    version: int


def exact(
    settings: Settings,
    database: Database,
    number: int,
    rule: Rule | None = None,
    *,
    actor: str,
    clock: Clock = now,
) -> ExactEffect:
    """Count exactly what a finding's rule, or another, would change.

    Raises
    ------
    PolicyRefusal
        If the actor may not decide on the finding.
    InputError
        If there is no rule, or it does not fit the variable.
    """
    snapshot = Warehouse(settings).snapshot()
    with database.begin() as session:
        finding = desk.decidable(session, number, actor)
        chosen = rule or _rule_of(desk.form_of(finding).rule, number)
        check_rule(chosen, finding.variable, snapshot.catalogue)
        # Before the count is made: who looked stands there, whatever happens after.
        counted = digest(chosen.model_dump(mode="json"))
        details = {"digest": finding.digest, "rule": counted}
        event = log.Event(actor, "finding.effect", f"finding:{number}", details)
        log.record(session, event, clock=clock)
    about_nobody = snapshot.catalogue.table(chosen.table).kind == "reference"
    person = "NULL" if about_nobody else "person"
    with snapshot.connect() as engine:
        rows, persons = one_row(
            engine,
            f"FROM {identifier(chosen.table)} SELECT count(*), count(DISTINCT {person})"
            f" WHERE {chosen.condition()}",
        )
    return ExactEffect(int(rows), int(persons), snapshot.number)


def in_delivery(
    settings: Settings,
    database: Database,
    number: int,
    *,
    actor: str,
    clock: Clock = now,
) -> OwnEffect:
    """Count what a finding's rule would change in the data its finder works on.

    The warehouse as a whole is not told about: a rule chooses rows more finely than a
    question may, and counts of such rows would tell about single persons. What the
    finder was given, they can count themselves.

    Raises
    ------
    PolicyRefusal
        If the finding is not the actor's.
    InputError
        If there is no rule, or the delivery has not what the rule is about.
    NotFoundError
        If the project has no data that the actor may use now.
    """
    with database.begin() as session:
        finding = desk.get(session, number)
        if finding.created_by != actor:
            raise PolicyRefusal(f"Finding {number} is not {actor}'s to look into.")
        chosen = _rule_of(desk.form_of(finding).rule, number)
        if finding.project_number is None:
            raise InputError(
                f"Finding {number} belongs to no project, so there is no delivery to"
                " look at. Another data manager sees what it would change."
            )
        slug = session.get_one(Project, finding.project_number).slug
        newest = newest_open(session, settings, actor, slug, clock)
    folder = version_folder(settings, slug, newest.grant_id, newest.version)
    table = folder / f"{chosen.table}.parquet"
    _check_holds(table, chosen, newest.version)
    with reading_engine() as engine:
        engine.read_parquet(str(table)).create_view("delivered")
        rows, persons = one_row(
            engine,
            f"FROM delivered SELECT count(*), count(DISTINCT {PSEUDONYM})"
            f" WHERE {chosen.condition()}",
        )
    return OwnEffect(int(rows), int(persons), newest.version)


def _check_holds(table: Path, rule: Rule, version: int) -> None:
    delivered = set(read_schema(table).names) if table.is_file() else set()
    if not {PSEUDONYM, *rule.needs} <= delivered:
        raise InputError(
            f"Version {version} of the project's data does not hold, as Parquet, what"
            f" the rule is about ({', '.join(sorted(rule.needs))} of {rule.table}). A"
            " data manager sees what it would change."
        )


def _rule_of(rule: Rule | None, number: int) -> Rule:
    if rule is None:
        raise InputError(f"Finding {number} proposes no rule, so it changes nothing.")
    return rule
