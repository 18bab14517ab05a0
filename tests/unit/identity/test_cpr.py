import csv
from datetime import date
from pathlib import Path

import pytest

from enclave.errors import InputError
from enclave.identity import cpr
from enclave.identity.cpr import CprClass


@pytest.mark.parametrize(
    ("text", "kind", "born"),
    [
        ("0707614285", CprClass.CPR, date(1961, 7, 7)),
        ("070761-4285", CprClass.CPR, date(1961, 7, 7)),
        (" 0707614285 ", CprClass.CPR, date(1961, 7, 7)),
        ("0101651234", CprClass.CPR_NO_MOD11, date(1965, 1, 1)),
        ("0101364000", CprClass.CPR_NO_MOD11, date(2036, 1, 1)),
        ("0101374001", CprClass.CPR_NO_MOD11, date(1937, 1, 1)),
        ("0101575000", CprClass.CPR_NO_MOD11, date(2057, 1, 1)),
        ("0101585001", CprClass.CPR_NO_MOD11, date(1858, 1, 1)),
        ("0203291WQ3", CprClass.X_ECPR, date(1929, 3, 2)),
        ("3101057JC9", CprClass.X_ECPR, date(2005, 1, 31)),
        ("280456-0PJ2", CprClass.D_ECPR, date(1956, 4, 28)),
        ("150605-6SJ2", CprClass.D_ECPR, date(2005, 6, 15)),
        ("6707614284", CprClass.DAY60, date(1961, 7, 7)),
        ("0201609995", CprClass.TEST, date(1960, 1, 2)),
    ],
)
def test_a_number_tells_class_and_birth_date(text: str, kind: CprClass, born: date):
    assert cpr.classify(text) is kind
    assert cpr.birth_date(text) == born


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "104909989",
        "3102701234",
        "2902002000",
        "0013701234",
        "12345678901",
        "020329AWQ3",
    ],
)
def test_what_is_no_number_is_said_without_repeating_it(text: str):
    assert cpr.classify(text) is CprClass.INVALID
    with pytest.raises(InputError, match="ten digits") as caught:
        cpr.birth_date(text)
    assert not text or text not in str(caught.value)


def test_the_official_test_persons(shared_data: Path):
    with (shared_data / "persons" / "medcom_test_patients.csv").open() as file:
        persons = list(csv.DictReader(file))

    assert len(persons) == 38
    for person in persons:
        number = person["cpr"]
        assert cpr.classify(number) is CprClass.TEST
        assert cpr.birth_date(number).isoformat() == person["birth_date"]
    assert not any(cpr.passes_mod11(person["cpr"]) for person in persons)


def test_numbers_in_a_text_are_found_but_not_repeated():
    text = "patient 070761-4285, 0203291WQ3 and 0101651234; invoice 9912345678"

    found = list(cpr.find(text))

    assert [(one.kind, one.certain) for one in found] == [
        (CprClass.CPR, True),
        (CprClass.X_ECPR, True),
        (CprClass.CPR_NO_MOD11, False),
    ]
    assert text[found[0].start : found[0].end] == "070761-4285"
    assert "4285" not in repr(found)


def test_digits_of_another_script_are_digits():
    arabic = "070761-\u0664\u0662\u0668\u0665"

    assert cpr.classify(arabic) is CprClass.CPR
    assert [one.kind for one in cpr.find(f"patient {arabic}")] == [CprClass.CPR]


@pytest.mark.parametrize(
    "text", ["1.0707614285", "00707614285", "07076142850", "x0707614285", "12-13-14"]
)
def test_parts_of_longer_numbers_are_not_found(text: str):
    assert list(cpr.find(text)) == []
