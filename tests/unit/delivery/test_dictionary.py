"""The data dictionary says what each delivered column is."""

import json

from enclave.delivery.dictionary import dictionary
from enclave.delivery.minimisation import minimise
from enclave.projects.forms import DatePolicy
from tests.builders.delivery import catalogue


def described(*variables, date_policy=DatePolicy.REAL, index=None):
    tables = minimise(variables, date_policy, catalogue())
    made = json.loads(json.dumps(dictionary(tables, index=index)))
    return {
        table["name"]: {column["name"]: column for column in table["columns"]}
        for table in made["tables"]
    }


def test_every_delivered_column_is_described_in_order():
    found = described("lab.value", "lab.date", "person.sex", index="exact")

    assert {name: list(columns) for name, columns in found.items()} == {
        "population": ["pseudonym", "index_date"],
        "lab": ["pseudonym", "value", "date"],
        "person": ["pseudonym", "sex"],
    }
    assert list(described("lab.value")["population"]) == ["pseudonym"]


def test_a_column_is_described_in_full():
    assert described("lab.value")["lab"]["value"] == {
        "name": "value",
        "type": "number",
        "label": {"en": "value in English", "da": "value på dansk"},
        "unit": "mg/L",
        "role": "value",
        "sensitivity": "plain",
    }


def test_coarse_dates_say_so_and_become_dates():
    found = described(
        "lab.date",
        "lab.answered",
        "person.birth_date",
        date_policy=DatePolicy.MONTH,
        index="month",
    )

    answered = found["lab"]["answered"]
    assert (answered["type"], answered["precision"]) == ("date", "month")
    assert (
        answered["precision_label"]["en"] == "to the month; the day is always the 15th"
    )
    assert found["person"]["birth_date"]["precision"] == "year"
    assert found["population"]["index_date"]["precision"] == "month"


def test_exact_dates_keep_their_type():
    found = described("lab.date", "lab.answered")["lab"]

    assert (found["date"]["type"], found["answered"]["type"]) == ("date", "datetime")
    assert found["date"]["precision"] == "exact"
    assert "precision" not in found["pseudonym"]
