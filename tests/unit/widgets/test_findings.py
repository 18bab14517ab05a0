"""The form for a finding: what it writes, and what it refuses."""

import json

import pytest

from enclave.returns.findings.form import FindingForm
from enclave_widgets.findings import _RULES, _WORDS, ReportFinding


def filled(folder, language="en", **changes):
    form = ReportFinding(language=language, folder=folder)
    said = {
        "variable": "lab.value",
        "pattern": "Values above ten are typing errors of the analyser.",
        "evidence": "lab[lab.value > 10].groupby('code').size()",
        **changes,
    }
    for name, text in said.items():
        form.fields[name].value = text
    return form


@pytest.mark.parametrize("language", ["en", "da"])
def test_a_finding_with_a_rule_is_written_once(tmp_path, language):
    form = filled(tmp_path, language)
    form.kind.value = "convert"
    for name, text in (("from_unit", "mg/dL"), ("to_unit", "mg/L"), ("factor", "10")):
        form.rule[name].value = text
    form.keep.click()
    form.keep.click()

    (path,) = tmp_path.iterdir()
    written = FindingForm.model_validate(json.loads(path.read_text()))
    assert written.rule.factor == 10
    assert path.name in form.said.value
    assert path.name.startswith("finding-")


def test_each_kind_of_rule_has_its_fields(tmp_path):
    form = filled(tmp_path)
    for kind, names in _RULES.items():
        form.kind.value = kind
        assert tuple(form.rule) == names
    form.kind.value = "no_value"
    form.rule["texts"].value = "999\n 998 "
    assert form.document["rule"]["texts"] == ["999", "998"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pattern": "wrong"},
        {"variable": "lab"},
        {"pattern": "See 010190-1234, who is wrong here."},
    ],
)
def test_what_is_no_finding_is_not_written(tmp_path, changes):
    form = filled(tmp_path, **changes)
    assert form.write() is None
    assert "It was not kept" in form.said.value
    assert "010190" not in form.said.value
    assert [*tmp_path.iterdir()] == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "return").write_text("a file")
    form = filled(tmp_path / "return")
    assert form.write() is None
    assert "It was not kept" in form.said.value


def test_every_word_is_there_in_both_languages():
    assert _WORDS["en"].keys() == _WORDS["da"].keys()
