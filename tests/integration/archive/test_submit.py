"""An analysis is archived whole, once, and only if it runs cleanly."""

import json
from pathlib import Path

import pytest
from sqlalchemy import delete

from enclave.archive import layout, manifest
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.signature import Signer
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.audit_tables import AuditEntry


def test_all_of_a_clean_run_is_kept_and_sealed(archive, analysis):
    folder = archive.folder(analysis)

    trusted_key = Signer.load(archive.settings).public_key
    sealed = manifest.verify(folder, trusted_key=trusted_key)

    assert set(sealed.files) == {*layout.FILES, layout.CRATE} - {layout.MANIFEST}
    assert sealed.delivery.snapshot.number == 1
    assert analysis.id == "PAC2026Rikke_c_reactive_protein"
    outputs = json.loads((folder / layout.OUTPUTS).read_text())
    assert outputs[0] == {"cell": 2, "kind": "stdout", "numbers": ["36", "9"]}
    assert outputs[1]["tables"][0][-1][:2] == ["NPU19748", "18"]


def test_the_crate_describes_every_file(archive, analysis):
    document = json.loads((archive.folder(analysis) / layout.CRATE).read_text())
    entities = {entity["@id"]: entity for entity in document["@graph"]}

    described = {part["@id"] for part in entities["./"]["hasPart"]}

    assert described == set(layout.FILES)
    assert entities["#run"]["instrument"] == {"@id": layout.SOURCE}


def test_the_publishable_copy_holds_no_output(archive, analysis):
    text = (archive.folder(analysis) / layout.PUBLISHABLE).read_text()

    assert '"outputs": []' in text
    assert "NPU19748" not in text
    assert analysis.publishable


def test_the_audit_log_tells_of_it(archive, analysis):
    (entry,) = archive.audited("analysis.archive")

    assert (entry.actor, entry.subject) == ("rikke", f"analysis:{analysis.id}")
    assert analysis.manifest_digest in entry.details


def test_the_same_content_is_archived_once(archive, analysis):
    executed = archive.folder(analysis) / layout.EXECUTED

    again = archive.submit()
    with_outputs = archive.submit(notebook=executed, title="Another title")

    assert again.id == with_outputs.id == analysis.id
    assert len(archive.archived()) == 1
    assert len(archive.audited("analysis.archive")) == 1


def test_other_parameters_are_another_analysis(archive, analysis):
    other = archive.submit(parameters={"minimum": 8})

    assert other.id == f"{analysis.id}_2"
    outputs = json.loads((archive.folder(other) / layout.OUTPUTS).read_text())
    assert int(outputs[0]["numbers"][0]) < 36
    parameters = json.loads((archive.folder(other) / layout.PARAMETERS).read_text())
    assert parameters == {"minimum": 8}
    published = (archive.folder(other) / layout.PUBLISHABLE).read_text()
    assert "Parameters of this run" not in published


def _nothing_is_archived(enclave) -> bool:
    left = {path.name for path in enclave.settings.archive.glob("*")}
    kept = left - {".lock", ".locks", ".runs"}
    return not (kept or enclave.archived() or enclave.audited("analysis.archive"))


def test_an_unclean_run_is_refused_with_its_cell_and_cause(enclave):
    notebook = enclave.notebook("n = 1", "n", "raise ValueError('010190-1234')")

    with pytest.raises(InputError, match=r"cell 3 failed \(error, ValueError\)") as no:
        enclave.submit(notebook)

    assert "010190" not in str(no.value)
    assert _nothing_is_archived(enclave)


def test_an_analysis_that_shows_nothing_is_refused(enclave):
    silent = enclave.notebook("n = 1", "# NBVAL_SKIP\nprint(n)")

    with pytest.raises(InputError, match="shows nothing"):
        enclave.submit(silent)

    assert _nothing_is_archived(enclave)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"account": "anne"}, PolicyRefusal, "not a member"),
        ({"account": "nobody"}, NotFoundError, "no account"),
        ({"project": "other"}, NotFoundError, "no project"),
        ({"title": " "}, InputError, "title of 1 to"),
        ({"title": "Patient 010190-1234"}, InputError, "titles are public"),
        ({"parameters": {"maximum": 3}}, InputError, "no parameter 'maximum'"),
        ({"notebook": Path("/nowhere.ipynb")}, InputError, "cannot be read"),
    ],
)
def test_what_could_not_be_archived_is_refused_before_it_runs(
    enclave, changes, error, message
):
    with pytest.raises(error, match=message):
        enclave.submit(**changes)

    assert _nothing_is_archived(enclave)


def test_a_kernel_that_was_never_released_is_refused(enclave):
    with pytest.raises(NotFoundError, match=r"Released are: python-2026\.11"):
        enclave.submit(enclave.notebook("1", kernel="python3"))


def test_outputs_that_a_notebook_came_with_are_not_archived(enclave):
    notebook = enclave.notebook("print(1)", "", "2 + 2")
    document = json.loads(notebook.read_text())
    claimed = {"output_type": "stream", "name": "stdout", "text": "hazard ratio 0.31"}
    for cell in document["cells"]:
        cell["outputs"] = [claimed]
    document["cells"][2]["metadata"]["tags"] = ["skip-execution"]
    notebook.write_text(json.dumps(document))

    analysis = enclave.submit(notebook)

    executed = (enclave.folder(analysis) / layout.EXECUTED).read_text()
    assert "hazard ratio" not in executed
    outputs = json.loads((enclave.folder(analysis) / layout.OUTPUTS).read_text())
    assert [output["numbers"] for output in outputs] == [["1"], ["4"]]


def test_a_copy_that_may_hold_an_identifier_is_withheld(enclave):
    analysis = enclave.submit(enclave.notebook("known = '010190-1234'", "print(1)"))

    folder = enclave.folder(analysis)
    assert not analysis.publishable
    assert not (folder / layout.PUBLISHABLE).exists()
    assert "cell 1 holds a CPR number" in (folder / layout.README).read_text()


def test_killed_before_the_record_it_is_put_on_record_without_a_second_run(
    archive, analysis
):
    before = (archive.folder(analysis) / layout.MANIFEST).read_bytes()
    with archive.database.begin() as session:
        session.execute(delete(ArchivedAnalysis))
        last = archive_entry(session)
        session.delete(last)

    again = archive.submit(title="Another title")

    assert again.id == analysis.id
    assert (archive.folder(again) / layout.MANIFEST).read_bytes() == before
    assert len(archive.audited("analysis.archive")) == 1


def archive_entry(session) -> AuditEntry:
    """The last entry, which is the one that told of the archived analysis."""
    (last,) = session.query(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)
    assert last.action == "analysis.archive"
    return last
