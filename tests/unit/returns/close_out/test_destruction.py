"""What goes, what stays, and what proves it."""

import os
import shutil
from functools import partial

import pytest

from enclave import signature
from enclave.archive import shared_comparison
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.frozen_delivery import (
    DataUnavailableError,
    frozen_data,
    record_of,
)
from enclave.archive.side_by_side import SideBySide
from enclave.archive.timestamp import stamp_of
from enclave.clock import now
from enclave.delivery.deliver import deliver
from enclave.errors import (
    IntegrityError,
)
from enclave.returns.close_out import destruction, wording
from enclave.returns.close_out.destruction import carry_out
from enclave.signature import Signer
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.project_tables import Application
from tests.builders import installation, project_forms
from tests.builders.closing import destroy, is_destroyed, read, settled
from tests.builders.projects import at


def test_no_comparison_comes_back_by_a_rerun_that_is_taken_up_again(settings, ready):
    folder = shared_comparison.folder_of_project(settings, "demo")
    seen = SideBySide(
        name="PAC2026Holm/1", title="CRP", verdict=Verdict.DIFFERS, data="frozen"
    )
    share = partial(shared_comparison.share, settings, ready, "demo", "G2026-1", seen)
    share()
    assert len([*folder.rglob("*.json")]) == 1

    destroy(settings, ready)
    share()

    assert not folder.exists()


def test_data_and_key_go_and_a_signed_record_stays(settings, ready):
    killed = settings.archive / "reruns" / "PAC2026Holm" / "0001" / ".partial-x"
    (killed / "data").mkdir(parents=True)

    record = destroy(settings, ready)

    assert not killed.exists()
    is_destroyed(settings, ready)
    content = signature.verify(record, trusted_key=Signer.load(settings).public_key)
    assert content["destroyed"] == {
        "deliveries/demo": {"files": 3, "bytes": 3 * 350},
        "projects/demo": {"files": 6, "bytes": 6 * 350},
    }
    assert (content["checked_by"], content["ordered_by"]) == ("mads", "karen")
    assert content["key_destruction"]["key"] == "project-1-epoch-1"
    assert abs((stamp_of(record) - now()).total_seconds()) < 3600
    later = {**record["signature"], "timestamp": "AAAA"}
    with pytest.raises(IntegrityError, match="time stamp"):
        stamp_of({**record, "signature": later})
    assert destruction.record_of(ready, "demo") == record
    assert carry_out(settings, ready, "demo", actor="karen") == record


def test_a_real_delivery_cannot_be_made_again(settings, database, tmp_path):
    installation.set_up(settings, database)
    grant = installation.issued(settings, database)
    delivery = deliver(settings, database, grant.id, clock=at())
    remembered = record_of(delivery.manifest)
    shutil.rmtree(delivery.folder)
    with frozen_data(settings, database, "demo", remembered, tmp_path) as data:
        assert data.origin == "re-created"
    settled(database)

    plan = read(database)
    assert [one["manifest_sha256"] for one in plan.deliveries] == [
        delivery.manifest.digest
    ]
    destroy(settings, database)

    with (
        pytest.raises(DataUnavailableError, match="was destroyed"),
        frozen_data(settings, database, "demo", remembered, tmp_path),
    ):
        pass
    with database.begin() as session:
        assert session.get_one(Application, grant.request).state == "closed"


def test_no_link_is_followed_and_no_mode_stops_it(settings, ready, tmp_path):
    outside = tmp_path / "somebody-else"
    outside.mkdir()
    (outside / "file").write_text("kept")
    work = settings.projects / "demo" / "shared" / "work"
    (work / "folder").symlink_to(outside)
    (work / "link").symlink_to(outside / "file")
    (work / "same").hardlink_to(outside / "file")
    os.mkfifo(work / "pipe")
    (work / "locked").chmod(0)

    destroy(settings, ready)

    is_destroyed(settings, ready)
    assert (outside / "file").read_text() == "kept"


def test_what_is_archived_stays(settings, ready):
    folder = settings.archive / "PAC2026Lund_demo"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    destroy(settings, ready)
    assert (folder / "manifest.json").read_text() == "{}"
    with ready.begin() as session:
        assert session.query(ArchivedAnalysis).count() == 0


def test_the_plan_says_what_ends_in_both_languages(ready):
    with ready.begin() as session:
        project_forms.archive(session, "demo")
    plan = read(ready)
    for language, lost in (("en", "Cannot be executed"), ("da", "Kan ikke køres igen")):
        lines = wording.afterwards(plan.analyses[0], language)
        assert lines[0].startswith(lost)
        assert all(wording.sentence(one, language) for one in plan.items)
        assert len(wording.goes(plan, language)) == 3
        assert len(wording.stays(language)) == 4
