"""What a form accepts by itself, field by field."""

from typing import get_args

import pytest

from enclave.projects.fields import Part
from enclave.projects.forms import (
    DataRequestForm,
    FormError,
    ProposalForm,
    read,
)
from enclave.projects.forms import help as help_texts
from enclave.projects.forms.reading import FORMS, check_draft, schema
from tests.builders.projects import QUESTION, TODAY, proposal_form, request_form


def whole_request(**changes):
    known = {
        "population": QUESTION.model_dump(mode="json"),
        "approvals": [],
        "end_date": TODAY.isoformat(),
    }
    return {**known, **request_form(**changes)}


def problems(kind: str, form: dict) -> dict[str, str]:
    with pytest.raises(FormError) as caught:
        read(kind, form)
    return {one.field: one.message for one in caught.value.problems}


def member(**changes):
    return {
        "name": "Anne",
        "email": "anne@demo.example",
        "institution": "RH",
        "role": "leader",
        **changes,
    }


def test_a_whole_proposal_is_read():
    form = read("proposal", proposal_form())

    assert isinstance(form, ProposalForm)
    assert form.population == QUESTION
    assert form.population.digest == QUESTION.digest
    assert [person.email for person in form.leaders] == ["rikke@demo.example"]
    assert not form.needs_committee


def test_a_whole_request_is_read():
    form = read("data_request", whole_request())

    assert isinstance(form, DataRequestForm)
    assert form.population.digest == QUESTION.digest
    assert (form.formats, form.refresh) == (("parquet",), "once")


@pytest.mark.parametrize("kind", FORMS)
def test_an_empty_form_names_every_field_that_is_required(kind: str):
    required = {
        name for name, field in FORMS[kind].model_fields.items() if field.is_required()
    }

    found = problems(kind, {})
    assert {*found} == required
    assert {*found.values()} == {"is missing: fill it in"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("title", "x" * 121, "is too long: at most 120 characters"),
        ("title", "  ", "is empty: fill it in"),
        ("short_name", "2fast", "has the wrong form"),
        ("short_name", "a--b", "has the wrong form"),
        ("short_name", "a" * 31, "is too long: at most 30 characters"),
        ("background", "because", "is too short: at least 20 characters"),
        ("end_date", "next year", "is not a date: write it as 2026-12-31"),
        ("will_return_data_and_code", False, "must be True"),
        ("feasibility_done", "perhaps", "Write true or false"),
        ("group", [], "names no leader"),
        ("group", [member(role="member")], "names no leader"),
        ("group", [member(), member(email="ANNE@demo.example")], "same e-mail twice"),
        ("favourite_colour", "blue", "is no field of this form"),
    ],
)
def test_a_proposal_field_that_is_wrong(field: str, value, words: str):
    found = problems("proposal", proposal_form(**{field: value}))

    assert list(found) == [field]
    assert words in found[field]


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (member(email="anne"), "group[0].email"),
        (member(email="anne@x"), "group[0].email"),
        (member(role="king"), "group[0].role"),
        (member(age=40), "group[0].age"),
    ],
)
def test_a_member_that_is_wrong(entry: dict, field: str):
    assert list(problems("proposal", proposal_form(group=[entry]))) == [field]


def test_a_title_of_120_characters_is_short_enough():
    assert len(read("proposal", proposal_form(title="æ" * 120)).title) == 120


def test_several_leaders_are_welcome():
    group = [member(), member(email="ida@demo.example")]

    assert len(read("proposal", proposal_form(group=group)).leaders) == 2


def test_a_population_that_is_no_question():
    found = problems("proposal", proposal_form(population={"sex": "female"}))

    assert list(found) == ["population.sex"]


@pytest.mark.parametrize("wish", ["sac_review", "dnrf_funding", "biobank_material"])
def test_what_the_committees_decide(wish: str):
    assert read("proposal", proposal_form(**{wish: True})).needs_committee


def test_another_biobanks_material_needs_no_committee_of_ours():
    form = read("proposal", proposal_form(other_biobank_material=True))

    assert not form.needs_committee


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"variables": []}, "variables", "is empty"),
        ({"variables": ["lab"]}, "variables[0]", "wrong form"),
        ({"variables": ["lab.value"] * 2}, "variables", "names lab.value twice"),
        ({"justifications": {}}, "justifications", "says nothing about lab.value"),
        (
            {"justifications": {"lab.value": "I want it"}},
            "justifications.lab.value",
            "is too short: at least 10 characters",
        ),
        (
            {
                "justifications": {
                    "lab.value": "Needed for the model.",
                    "lab.unit": "Needed for the model.",
                }
            },
            "justifications",
            "justifies lab.unit, which is not asked for",
        ),
        (
            {"window": {"start": "2020-01-02", "end": "2020-01-01"}},
            "window",
            "ends before it begins",
        ),
        (
            {"date_policy": "hour"},
            "date_policy",
            "must be 'real', 'shift', 'month' or 'year'",
        ),
        (
            {"formats": ["xlsx"]},
            "formats[0]",
            "must be 'parquet', 'csv', 'sas', 'sas_5' or 'stata'",
        ),
        ({"refresh": "hourly"}, "refresh", "must be 'once' or 'daily'"),
        ({"members": []}, "members", "is empty"),
        ({"members": ["rikke", "rikke"]}, "members", "names rikke twice"),
        ({"project": "No Slug"}, "project", "wrong form"),
    ],
)
def test_a_request_field_that_is_wrong(changes: dict, field: str, words: str):
    found = problems("data_request", whole_request(**changes))

    assert words in found[field]


def test_no_message_repeats_what_was_entered():
    entered = "PRIVATE-WORD"
    form = proposal_form(title=entered * 20, end_date=entered)
    form["approvals"] = [entered]

    with pytest.raises(FormError) as caught:
        read("proposal", form)
    assert entered not in str(caught.value)


def test_a_draft_may_be_unfinished_but_knows_only_the_forms_fields():
    check_draft("proposal", {"title": "x" * 500})

    with pytest.raises(FormError, match="tittle: is no field of this form"):
        check_draft("proposal", {"tittle": "A study"})


def test_every_field_has_its_label_and_its_help_in_both_languages():
    used = set()
    for model in parts():
        for name, field in model.model_fields.items():
            more = field.json_schema_extra
            assert isinstance(more, dict), (model, name)
            assert more["title_en"]
            assert more["title_da"]
            own = f"{model.__name__}.{name}"
            used |= {own} if own in help_texts.texts() else {name}
            assert all(help_texts.of_field(model.__name__, name).values())

    assert used == {*help_texts.texts()}


def test_the_schema_carries_the_help():
    for kind in FORMS:
        for field in schema(kind)["properties"].values():
            assert field["help_en"] != field["help_da"]


def parts() -> set[type[Part]]:
    """Every form, and every part of one."""
    found: set[type[Part]] = set()
    waiting: list[object] = [*FORMS.values()]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, Part):
            found.add(one)
            waiting += [field.annotation for field in one.model_fields.values()]
        else:
            waiting += get_args(one)
    return found
