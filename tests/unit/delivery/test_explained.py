"""What explains the difference to the protected count adds up to the difference."""

import json
from datetime import date, timedelta

import pytest

from enclave.delivery.deliver import deliver
from enclave.delivery.reasons import reasons
from enclave.disclosure.gate import Gate
from enclave.disclosure.policy import policy
from enclave.disclosure.secret import gate_secret
from enclave.errors import PolicyRefusal
from enclave.identity.opt_outs import OptOut, OptOuts, Source
from enclave.identity.vault import Vault
from enclave.warehouse.warehouse import Warehouse
from tests.builders.disclosure import Counting, asker
from tests.builders.installation import issued, labs, load_rows, persons
from tests.builders.projects import NOW, QUESTION, at


def says_no(settings, *ids, back=False):
    register = OptOuts.of(settings)
    enter = register.take_back if back else register.record
    lines = [OptOut(each, date(2026, 1, 1)) for each in ids]
    enter(lines, Source.HOSPITAL, kind="clinic", at=NOW)


def show_count(settings, database):
    """Ask the gate about snapshot 1, as a researcher did before the delivery."""
    gate = Gate(database, policy(), gate_secret(settings))
    then = NOW - timedelta(days=1)
    counting = Counting(5000)
    return gate.ask(asker("rikke"), QUESTION, 1, counting, clock=lambda: then).value


def change_everything(settings):
    """Of twelve women one left, one is a man now, two opted out; two women came."""
    people = [row for row in persons() if row["id"] != "p1"]
    for row in people:
        row["sex"] = {"p12": "male", "p13": "female"}.get(row["id"], row["sex"])
    people.append({**people[0], "id": "p99", "sex": "female"})
    says_no(settings, "p2", "p6", "p14")
    load_rows(settings, people, [row for row in labs() if row["id"] != "p1"])


def receipt_of(delivery):
    return json.loads((delivery.folder / "receipt.json").read_text())


def test_the_parts_add_up_to_the_difference(settings, clinic):
    shown = show_count(settings, clinic)
    grant = issued(settings, clinic)
    change_everything(settings)

    receipt = receipt_of(deliver(settings, clinic, grant.id, clock=at()))

    parts = {part["reason"]: part["persons"] for part in receipt["difference"]}
    assert parts == {
        "protection": 12 - shown,
        "new_patients": 1,
        "corrected_in": 1,
        "opted_out": -2,
        "left_warehouse": -1,
        "corrected_out": -1,
    }
    assert sum(parts.values()) == receipt["persons"]["cohort"] - shown
    said = [(one["code"], one["n"]) for one in receipt["statements"]]
    assert ("exact_count", 12) in said
    assert ("exact_count", 10) in said
    assert ("opted_out", 2) in said


def test_each_person_without_rows_has_one_reason(settings, clinic):
    made = deliver(settings, clinic, issued(settings, clinic).id, clock=at())
    counted = receipt_of(made)
    whole = counted["persons"]

    parts = ("with_rows", "died_before_window", "only_outside_window", "no_rows")
    assert sum(whole[part] for part in parts) == whole["cohort"] == 12
    for table in counted["tables"]:
        outside = table["rows_outside_window"]
        assert table["rows_of_cohort"] - outside == table["rows_delivered"]


def test_a_version_made_again_explains_the_same(settings, clinic):
    show_count(settings, clinic)
    grant = issued(settings, clinic)
    change_everything(settings)
    made = deliver(settings, clinic, grant.id, clock=at())
    first = {path.name: path.read_bytes() for path in made.folder.iterdir()}
    for path in made.folder.iterdir():
        path.unlink()
    made.folder.rmdir()
    says_no(settings, "p7")
    says_no(settings, "p2", back=True)

    again = deliver(settings, clinic, grant.id, clock=at())

    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == first


def test_nothing_new_is_given_of_a_snapshot_from_before_people_opted_out(
    settings, clinic
):
    grant, other = (issued(settings, clinic) for _ in range(2))
    deliver(settings, clinic, grant.id, clock=at())
    says_no(settings, "p2")
    load_rows(settings, persons(), labs())

    with pytest.raises(PolicyRefusal, match="deliver snapshot 2"):
        deliver(settings, clinic, other.id, snapshot=1, clock=at())
    assert deliver(settings, clinic, grant.id, snapshot=1, clock=at()).version == 1


def test_late_data_and_new_events_are_told_apart(settings):
    """p2 gets a fourth result of before, p6 one of after, p7 both and a correction."""
    rows = persons(), labs()
    load_rows(settings, *rows, at(date(2016, 6, 15)))
    lab = {"code": "NPU19748", "value": 1}
    for name, year in (("p2", 2015), ("p6", 2017), ("p7", 2015), ("p7", 2017)):
        rows[1].append({**lab, "id": name, "day": date(year, 1, 1)})
    next(row for row in rows[1] if row["id"] == "p7")["value"] = 99
    load_rows(settings, *rows)
    warehouse, register = Warehouse(settings), OptOuts.of(settings)
    old, new = warehouse.snapshot(1), warehouse.snapshot(2)
    ids = ["p2", "p6", "p7", "p9"]
    vault = Vault.of(settings)
    keys = vault.keys_for(ids, kind="clinic", valid_from=NOW.date()).to_pylist()

    came = reasons(old, new, register, came=set(keys), gone=set())
    gone = reasons(old, new, register, came=set(), gone=set(keys))
    other = reasons(
        old, new, register, came=set(keys[:1]), gone=set(keys[1:]), same_question=False
    )

    assert came == dict.fromkeys(
        ("corrected_in", "late_in", "events_in", "question_in"), 1
    )
    assert gone == dict.fromkeys(
        ("corrected_out", "late_out", "events_out", "question_out"), 1
    )
    assert other == {"question_in": 1, "question_out": 3}
