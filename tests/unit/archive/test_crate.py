"""The crate refers only to what it describes, and describes what is there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from enclave.archive import crate, layout
from enclave.archive.manifest import FileRecord
from enclave.archive.publishable import Suspicion
from enclave.archive.readme import readme


FILES = {
    name: FileRecord(sha256="0" * 64, bytes=12)
    for name in layout.FILES.keys() - {layout.MANIFEST}
}


@pytest.fixture
def run() -> crate.Run:
    return crate.Run(
        author="Rikke Holm",
        institution="Rigshospitalet",
        language="python",
        version="3.11",
        started=datetime(2026, 11, 22, 10, 0, 1, 999, tzinfo=UTC),
        ended=datetime(2026, 11, 22, 10, 2, tzinfo=UTC),
        parameters={"n": 5, "share": 0.5, "women": True, "codes": ["a"], "name": "x"},
    )


@pytest.fixture
def graph(subject, run) -> dict[str, dict[str, Any]]:
    document = json.loads(json.dumps(crate.metadata(subject, run, FILES)))
    entities = document["@graph"]
    assert len({entity["@id"] for entity in entities}) == len(entities)
    return {entity["@id"]: entity for entity in entities}


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if set(value) == {"@id"}:
            yield value["@id"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_what_is_referred_to_is_described(graph):
    referred = {name for entity in graph.values() for name in _references(entity)}
    local = {name for name in referred if not name.startswith("https://")}

    assert local <= graph.keys()


def test_every_file_is_part_of_the_crate_with_its_hash(graph):
    parts = {part["@id"] for part in graph["./"]["hasPart"]}

    assert parts == {*FILES, layout.MANIFEST}
    for name in FILES:
        assert "File" in graph[name]["@type"]
        assert (graph[name]["sha256"], graph[name]["contentSize"]) == ("0" * 64, "12")


def test_the_run_is_an_action_of_the_workflow(graph):
    action, workflow = graph["#run"], graph[layout.SOURCE]

    assert graph["./"]["mainEntity"] == {"@id": layout.SOURCE}
    assert "ComputationalWorkflow" in workflow["@type"]
    assert action["instrument"] == {"@id": layout.SOURCE}
    assert action["endTime"] == "2026-11-22T10:02:00+00:00"
    assert {"@id": layout.EXECUTED} in action["result"]


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("n", "Integer", 5),
        ("share", "Float", 0.5),
        ("women", "Boolean", True),
        ("codes", "Text", '["a"]'),
        ("name", "Text", "x"),
    ],
)
def test_parameters_are_formal_and_actual(graph, name, kind, value):
    formal, actual = graph[f"#in/{name}"], graph[f"#value/{name}"]

    assert formal["additionalType"] == kind
    assert formal["workExample"] == {"@id": actual["@id"]}
    assert (actual["value"], actual["exampleOfWork"]) == (value, {"@id": formal["@id"]})


def test_a_run_without_parameters_has_one_input(subject, run):
    alone = crate.Run(**{**vars(run), "parameters": {}})

    graph = crate.metadata(subject, alone, FILES)["@graph"]

    workflow = next(each for each in graph if each["@id"] == layout.SOURCE)
    assert workflow["input"] == {"@id": "#delivery"}


def test_the_readme_lists_the_files_and_says_why_a_copy_is_withheld(subject):
    page = readme(subject, FILES, [])
    withheld = readme(subject, FILES, [Suspicion(3, "a CPR number")])

    assert all(f"`{name}`" in page for name in FILES)
    assert "no publishable copy" not in page
    assert "cell 3 holds a CPR number" in withheld
