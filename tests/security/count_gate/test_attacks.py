"""Attacks that succeed on weak services, against ours.

An attack that succeeds nowhere proves nothing, so each is first seen to reach 0.90 on a
weak service. Ours draws its noise from the operating system and cannot be seeded; the
limits here are three to four standard errors above what is expected, so that chance
fails a run less than once in a thousand. The figures to quote come from more victims:
``docs/explanation/count-gate.md``.
"""

import pytest

from enclave.errors import PolicyRefusal
from tests.builders.disclosure import event, question
from tests.security.count_gate import attacks
from tests.security.count_gate.patients import Patients
from tests.security.count_gate.services import start_ours, start_weak


VICTIMS = 30


@pytest.fixture(scope="module")
def patients():
    return Patients()


@pytest.fixture(scope="module")
def victims(patients):
    return patients.victims(VICTIMS)


@pytest.fixture(scope="module")
def ours(patients):
    return start_ours(patients)


@pytest.mark.parametrize(
    "weak", ["exact", "threshold and rounding", "fresh noise", "noise per cohort"]
)
def test_differencing_finds_the_victim_in_weak_services(patients, victims, weak):
    start = start_weak(weak, patients)

    mean, equal = attacks.differencing(start, patients, victims)

    assert max(mean.value, equal.value) >= 0.90


def test_differencing_does_not_find_the_victim_in_ours(patients, victims, ours):
    mean, equal = attacks.differencing(ours, patients, victims)

    # Twenty pairs of sigma 10 leave 3.3 persons of noise on a difference of one: 0.59
    # is expected until near-identical cohorts share an answer.
    assert mean.value < 0.90
    assert 0.15 < equal.value < 0.85


@pytest.mark.parametrize("weak", ["exact", "threshold and rounding", "fresh noise"])
def test_padding_finds_the_victim_in_weak_services(patients, victims, weak):
    auc = attacks.padding(start_weak(weak, patients), patients, victims)

    assert auc.value >= 0.90


def test_padding_does_not_find_the_victim_in_ours(patients, victims, ours):
    assert attacks.padding(ours, patients, victims).value < 0.90


def test_asking_two_hundred_times_averages_fresh_noise_away(patients):
    start = start_weak("fresh noise", patients)

    assert attacks.repeating(start, patients, targets=10, times=200) >= 0.90


def test_asking_two_hundred_times_gives_one_answer(patients, ours):
    # One answer hits the count by chance in 4 of 100 cases.
    assert attacks.repeating(ours, patients, targets=4, times=200) <= 0.5


def test_rewording_averages_fresh_noise_away(patients):
    start = start_weak("fresh noise", patients)

    assert attacks.rewording(start, patients, targets=10) >= 0.90


def test_rewording_gives_one_answer(patients, ours):
    assert attacks.rewording(ours, patients, targets=10) <= 0.5


def test_padding_with_nobody_is_limited_by_the_budget_alone(patients, ours):
    # Not seen by the canonical form: forty samples, 1.6 persons of noise on the mean,
    # and the count exactly in a fifth of all cases. Said so in the documentation.
    exact = attacks.padding_with_nobody(
        start_weak("fresh noise", patients), patients, targets=10
    )
    assert exact >= 0.90
    assert attacks.padding_with_nobody(ours, patients, targets=10) <= 0.80


def test_five_accounts_get_two_hundred_answers_and_no_more(ours):
    service = ours()
    answers = 0
    for account in range(6):
        for number in range(10, 51):
            try:
                service.ask(
                    f"account-{account}", question(event(f"D{account}{number}"))
                )
                answers += 1
            except PolicyRefusal:
                continue

    assert answers == 200


def test_zero_and_few_cannot_be_told_apart(ours):
    service = ours()
    nobody = [question(event(f"DQ{number}")) for number in range(10, 50)]

    hidden = sum(service.ask("one", asked) is None for asked in nobody)

    # A threshold on the true count would hide all forty; here one is shown now and
    # then, so that a shown number does not prove that anybody is there.
    assert 30 <= hidden <= 40
