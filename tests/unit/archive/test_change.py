"""Why a number changed: every person has one reason, and outside only safe counts."""

import csv
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from enclave.archive.change import wording
from enclave.archive.change.decomposition import Comparison, cells, decompose
from enclave.archive.change.explanation import explain
from enclave.cli.main import enclave
from enclave.cohort.evaluation import persons
from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.delivery.deliver import deliver
from enclave.delivery.reasons import Reason
from enclave.errors import InputError, PolicyRefusal
from enclave.feasibility.service import FeasibilityService
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders import installation, project_forms
from tests.builders.projects import QUESTION, at, later


LATER = later(days=100)


def load_again(settings, change_persons=lambda rows: rows, labs=6):
    """Load the clinic once more, a hundred days later, its persons changed."""
    place = installation.source(settings.home.parent / "clinic", results=labs)
    rows = change_persons(installation.persons())
    with (place / "persons.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    mapping = Mapping.model_validate(installation.MAPPING)
    Warehouse(settings).load(str(place), mapping, clock=LATER)


def changed(rows):
    """Two women come, one leaves the source, one man was a woman all along."""
    stranger = {"address": "Vej 99", "sex": "female", "born": "1980-01-01", "died": ""}
    kept = [one for one in rows if one["id"] != "p2"]
    corrected = [
        {**one, "sex": "female"} if one["id"] == "p20" else one for one in kept
    ]
    return [*corrected, {"id": "p98", **stranger}, {"id": "p99", **stranger}]


def compare(settings, question=QUESTION, now_question=None):
    warehouse = Warehouse(settings)
    then, now = warehouse.snapshot(1), warehouse.snapshot(2)
    return Comparison(question, then, now, now_question or question)


@pytest.fixture
def archived(settings, database):
    """A project whose analysis was archived on the first of two snapshots."""
    installation.set_up(settings, database)
    grant = installation.issued(settings, database)
    deliver(settings, database, grant.id, clock=at())
    with database.begin() as session:
        project_forms.archive(session, "demo")
        session.flush()
        return session.scalars(text("SELECT id FROM archived_analysis")).one()


def test_each_person_has_one_reason_and_they_add_up(settings):
    installation.load(settings)
    load_again(settings, changed)

    found = {
        reason: len(who)
        for reason, who in decompose(settings, compare(settings)).items()
    }

    assert {reason: number for reason, number in found.items() if number} == {
        Reason.NEW_PATIENT: 2,
        Reason.CORRECTED_IN: 1,
        Reason.LEFT_WAREHOUSE: 1,
    }
    together = sum(reason.sign * number for reason, number in found.items())
    assert together == 14 - 12


def test_another_question_is_told_from_other_data(settings):
    installation.load(settings)
    load_again(settings, changed)
    codes = CodeList.model_validate(
        {"system": "NPU", "entries": [{"code": "NPU19748", "match": "exact"}]}
    )
    narrower = Question(
        population=Population(sex="female"), criteria=(EventCriterion(codes=codes),)
    )

    asked = compare(settings, now_question=narrower)
    found = decompose(settings, asked)

    with asked.then.connect() as then, asked.now.connect() as now:
        before, after = persons(QUESTION, then), persons(narrower, now)
    together = sum(reason.sign * len(who) for reason, who in found.items())
    assert together == after.num_rows - before.num_rows != 0

    # p5 has no results at all; neither have the two new ones, who never came then.
    assert len(found[Reason.QUESTION_OUT]) == 1
    assert len(found[Reason.NEW_PATIENT]) == 0
    assert len(found[Reason.LEFT_WAREHOUSE]) == 1
    assert asked.question_changed
    assert asked.changed_code_lists


def test_a_question_of_now_that_is_too_fine_is_refused(settings, database):
    installation.set_up(settings, database)
    load_again(settings, changed)
    codes = CodeList.model_validate(
        {"system": "NPU", "entries": [{"code": "NPU19748", "match": "exact"}]}
    )
    many = QUESTION.model_copy(update={"criteria": (EventCriterion(codes=codes),) * 40})
    asked = compare(settings, now_question=many)

    with pytest.raises(PolicyRefusal, match="has 41 criteria"):
        FeasibilityService(settings, database).sorted_cells(
            "rikke",
            asked.question,
            asked.now.number,
            asked.layout,
            lambda _: cells(settings, asked),
            clock=LATER,
        )


def test_each_pair_of_questions_has_a_layout_of_its_own(settings):
    installation.load(settings)
    load_again(settings, changed)
    men = Question(population=Population(sex="male"))

    asked = [
        compare(settings, then, now)
        for then in (QUESTION, men)
        for now in (QUESTION, men)
    ]

    assert len({one.layout.identity for one in asked}) == 4


def test_cells_hold_ordinals_and_no_person_twice(settings):
    installation.load(settings)
    load_again(settings, changed)
    asked = compare(settings)

    sorted_out = cells(settings, asked)

    assert {*sorted_out} == {*asked.layout.cells}
    everybody = [one for cell in sorted_out.values() for one in cell]
    assert len(everybody) == len({*everybody}) == 4
    assert max(everybody) < 22


def test_a_member_gets_safe_counts_and_pays_once(settings, database, archived):
    load_again(settings, changed)

    first = explain(settings, database, archived, actor="rikke", clock=LATER)
    again = explain(settings, database, archived, actor="rikke", clock=LATER)

    assert (first.then, first.now, first.exact) == (1, 2, False)
    assert first == again
    assert len(first.parts) == len(Reason)
    # Two persons are far below the threshold; noise passes it once in a hundred.
    assert sum(one.value is None for one in first.parts) >= len(Reason) // 2
    with database.begin() as session:
        answers = text("SELECT count(*) FROM disclosure_answer")
        assert session.scalar(answers) == 1


def test_data_managers_see_exact_counts_on_the_record(settings, database, archived):
    load_again(settings, changed)

    found = explain(settings, database, archived, actor="mads", exact=True, clock=LATER)

    assert {one.reason: one.value for one in found.parts if one.value} == {
        Reason.NEW_PATIENT: 2,
        Reason.CORRECTED_IN: 1,
        Reason.LEFT_WAREHOUSE: 1,
    }
    with database.begin() as session:
        logged = text("SELECT actor FROM audit_entry WHERE action = 'change.exact'")
        assert session.scalars(logged).all() == ["mads"]
    for language, word in (("en", "new patients"), ("da", "nye patienter")):
        assert wording.part(found.parts[0], language) == word
        assert len(wording.remarks(found, language)) == 4


@pytest.mark.parametrize(
    ("actor", "exact", "words"),
    [("anne", False, "no member"), ("rikke", True, "no data manager")],
)
def test_others_are_told_nothing(settings, database, archived, actor, exact, words):
    load_again(settings, changed)
    with pytest.raises(PolicyRefusal, match=words):
        explain(settings, database, archived, actor=actor, exact=exact, clock=LATER)


def test_it_is_compared_within_the_data_request_while_that_holds(
    settings, database, archived
):
    another = installation.issued(settings, database)
    deliver(settings, database, another.id, clock=at())
    load_again(settings, changed)

    def explained():
        return explain(settings, database, archived, actor="rikke", clock=LATER)

    within = explained()
    with database.begin() as session:
        request = text("UPDATE application SET state = 'closed' WHERE id = :id")
        session.execute(request, {"id": int(within.compared_with[1:].split("-")[0])})
    after = explained()

    assert (within.same_request, after.same_request) == (True, False)
    assert within.compared_with != another.id == after.compared_with
    assert after.document["compared_with"] == another.id
    said = {language: wording.remarks(after, language)[0] for language in ("en", "da")}
    assert "is over" in said["en"]
    assert another.id in said["da"]


def test_before_a_later_snapshot_answers_there_is_nothing_to_say(
    settings, database, archived
):
    with pytest.raises(InputError, match="no later one"):
        explain(settings, database, archived, actor="rikke", clock=at())


def test_the_command_says_it_in_danish(settings, database, archived):
    load_again(settings, changed)
    database.dispose()

    def run(*words):
        done = CliRunner().invoke(
            enclave, ["archive", "why", archived, "--as", "mads", *words], obj=settings
        )
        assert done.exit_code == 0, done.output
        return done.output

    assert "nye patienter" in run("--exact", "--language", "da")
    found = json.loads(run("--exact", "--json"))
    assert found["parts"][0] == {
        "reason": "new_patients",
        "direction": "in",
        "persons": 2,
        "shown": "2",
    }
