"""Saving, finding and sharing, on either database."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from enclave.audit import log
from enclave.cohort.code_lists import lists
from enclave.cohort.code_lists.checking import unknown
from enclave.cohort.code_lists.entries import ListEntry
from enclave.cohort.code_lists.lists import Draft, Sharing
from enclave.cohort.codes import CodeList
from enclave.cohort.known_codes import KnownCodes
from enclave.cohort.question import EventCriterion, Question
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import people
from enclave.store.code_list_tables import CodeListVersion
from enclave.store.database import Database
from enclave.warehouse.catalogue import Code
from tests.builders.projects import at, person


FIRST = (
    ListEntry(code="DE11", match="prefix", label="Type 2-diabetes"),
    ListEntry(code="DE119A", match="exact", exclude=True),
)
SECOND = (*FIRST, ListEntry(code="DO24", match="prefix"))


@pytest.fixture
def staff(store: Database) -> Database:
    """Rikke and Anne of one hospital, Bo of another."""
    with store.begin() as session:
        person(session, "rikke")
        person(session, "anne")
        person(session, "bo", institution="Odense Universitetshospital")
    return store


def save(database: Database, entries=FIRST, who="rikke", **changes):
    wanted = {"name": "diabetes", "system": "SKS", **changes}
    with database.begin() as session:
        account = people.get(session, who)
        return lists.save(session, account, Draft(entries=entries, **wanted), at())


def read(database: Database, who: str, name="rikke/diabetes", version=None):
    with database.begin() as session:
        return lists.get(session, people.get(session, who), name, version)


def share(database: Database, shared: str, who="rikke", name="rikke/diabetes"):
    with database.begin() as session:
        lists.share(session, people.get(session, who), name, shared, at())


def test_versions_are_kept(staff: Database):
    first = save(staff, note="From the guideline")
    second = save(staff, SECOND, note="With gestational diabetes")

    assert (first.full_name, first.version) == ("rikke/diabetes", 1)
    assert second.version == 2
    assert read(staff, "rikke") == read(staff, "rikke", "diabetes") == second
    assert read(staff, "rikke", version=1) == first
    with staff.begin() as session:
        account = people.get(session, "rikke")
        assert lists.versions(session, account, "diabetes") == [second, first]
        assert lists.readable(session, account) == [second]


def test_saving_the_same_again_makes_no_version(staff: Database):
    first = save(staff)

    assert save(staff, note="again") == first
    with staff.begin() as session:
        actions = [one["action"] for one in log.latest(session, 2)]
    assert actions == ["code_list.save", "account.add"]


def test_a_saved_version_cannot_be_changed_in_the_database(staff: Database):
    save(staff)

    for statement in (
        update(CodeListVersion).values(entries="[]"),
        delete(CodeListVersion),
    ):
        with pytest.raises(DBAPIError, match="append-only"), staff.begin() as session:
            session.execute(statement)


def test_who_saves_at_once_saves_one_after_the_other(staff: Database):
    lists_of_codes = [
        (ListEntry(code=f"DE{number}", match="prefix"),) for number in range(10, 18)
    ]
    with ThreadPoolExecutor(len(lists_of_codes)) as threads:
        saved = list(threads.map(lambda entries: save(staff, entries), lists_of_codes))

    assert sorted(one.version for one in saved) == [*range(1, 9)]
    assert {read(staff, "rikke", version=one.version) for one in saved} == {*saved}


def test_two_people_may_use_one_name(staff: Database):
    save(staff)
    save(staff, SECOND, who="anne")

    assert read(staff, "anne", "diabetes").entries == SECOND
    assert read(staff, "rikke", "diabetes").entries == FIRST


@pytest.mark.parametrize(
    ("shared", "anne", "bo"),
    [
        (Sharing.PRIVATE, False, False),
        (Sharing.INSTITUTION, True, False),
        (Sharing.EVERYBODY, True, True),
    ],
)
def test_who_may_read_a_list(staff: Database, shared: str, *, anne: bool, bo: bool):
    save(staff)
    share(staff, Sharing.EVERYBODY)
    share(staff, shared)

    for who, may in (("rikke", True), ("anne", anne), ("bo", bo)):
        with staff.begin() as session:
            found = lists.readable(session, people.get(session, who))
        assert bool(found) == may
        if may:
            assert read(staff, who).entries == FIRST
        else:
            with pytest.raises(NotFoundError, match="no code list of that name"):
                read(staff, who)


def test_only_the_owner_shares(staff: Database):
    save(staff)
    with pytest.raises(NotFoundError):
        share(staff, Sharing.EVERYBODY, who="anne")
    share(staff, Sharing.EVERYBODY)

    with pytest.raises(PolicyRefusal, match="belongs to rikke"):
        share(staff, Sharing.PRIVATE, who="anne")
    with pytest.raises(InputError, match="choose private, institution, everybody"):
        share(staff, "the world")


def test_the_audit_log_tells_what_was_saved_and_shared(staff: Database):
    saved = save(staff)
    share(staff, Sharing.INSTITUTION)
    share(staff, Sharing.INSTITUTION)

    with staff.begin() as session:
        shared, kept = log.latest(session, 2)
    assert (kept["action"], kept["actor"]) == ("code_list.save", "rikke")
    assert kept["subject"] == shared["subject"] == "code_list:rikke/diabetes"
    assert kept["details"] == {"version": 1, "digest": saved.digest, "entries": 2}
    assert (shared["action"], shared["details"]) == (
        "code_list.share",
        {"shared": "institution"},
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Diabetes"}, "cannot be the name"),
        ({"name": "a/b"}, "cannot be the name"),
        ({"name": "x" * 61}, "cannot be the name"),
        ({"system": ""}, "Name the code system"),
        ({"system": " SKS"}, "Name the code system"),
        ({"system": "S\x00"}, "Name the code system"),
        ({"note": "x" * 2001}, "longer than 2,000"),
        ({"note": "See 010170-1234"}, "looks like a CPR number"),
        ({"note": "\x1b[2J"}, "cannot be seen"),
    ],
)
def test_what_cannot_be_saved(staff: Database, changes: dict, words: str):
    with pytest.raises(InputError, match=words):
        save(staff, **changes)
    with staff.begin() as session:
        assert lists.readable(session, people.get(session, "rikke")) == []


def test_a_list_keeps_its_code_system(staff: Database):
    save(staff)

    with pytest.raises(InputError, match="is a list of SKS codes"):
        save(staff, SECOND, system="ICD10")


def test_a_version_that_is_not_there(staff: Database):
    save(staff)

    with pytest.raises(NotFoundError, match="has no version 2"):
        read(staff, "rikke", version=2)


def test_a_question_embeds_a_list_whole(staff: Database):
    codes = save(staff).codes

    question = Question(criteria=(EventCriterion(codes=codes),))
    assert Question.model_validate_json(question.model_dump_json()) == question
    assert (codes.name, codes.version) == ("rikke/diabetes", "1")
    assert codes.digest == codes.content_digest
    plain = CodeList.of("SKS", "DE11*", "!DE119A")
    assert codes.entries == plain.entries


def test_nobody_edits_the_entries_and_keeps_the_name(staff: Database):
    edited = save(staff).codes.model_dump(mode="json")
    edited["entries"].append({"code": "DE10", "match": "prefix"})

    with pytest.raises(ValidationError, match="not those of the saved code list"):
        CodeList.model_validate(edited)


def test_the_digest_is_of_what_the_list_means(staff: Database):
    first = save(staff)
    renamed = save(staff, tuple(e.model_copy(update={"label": "x"}) for e in FIRST))
    turned = save(staff, tuple(reversed(renamed.entries)))

    assert [renamed.version, turned.version] == [2, 3]
    assert first.digest == renamed.digest == turned.digest
    assert save(staff, SECOND).digest != first.digest


def test_codes_that_the_warehouse_lacks_are_named_with_what_may_be_meant():
    known = KnownCodes(
        Code(code=code, system="SKS", label_en=None, label_da=None)
        for code in ("DE119", "DE118", "DI10")
    )

    found = unknown("SKS", FIRST, known)
    assert [str(one) for one in found] == [
        "DE119A is not in this warehouse. Did you mean DE119, DE118?"
    ]
    assert [one.code for one in unknown("ATC", FIRST, known)] == ["DE11", "DE119A"]
