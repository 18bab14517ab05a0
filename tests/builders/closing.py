"""A project that is about to end."""

from pathlib import Path

import pytest
from sqlalchemy import text

from enclave.audit import log
from enclave.errors import (
    PolicyRefusal,
)
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects import lifecycle
from enclave.projects.machine import Kind
from enclave.returns.close_out.destruction import carry_out
from enclave.returns.close_out.ordering import Order, order
from enclave.returns.close_out.plan import plan_of
from tests.builders import project_forms
from tests.builders.projects import NOW, at, take


WHY = "The study is published, and all is returned."


def settled(database, slug="demo", **changes) -> None:
    """Have the close-out of a project handed in and archived."""
    with database.begin() as session:
        number = project_forms.draft(session, Kind.CLOSE_OUT, slug, **changes)
        for action, who in (
            ("submit", "rikke"),
            ("start_return_check", "mads"),
            ("archive", "mads"),
        ):
            take(session, number, action, who)


def laid_down(settings, slug="demo", files=3) -> list[Path]:
    """Put files where those of a project lie, some with traps."""
    folders = [
        settings.deliveries / slug / "0001",
        settings.projects / slug / "shared" / "work" / "locked",
        settings.projects / slug / "homes" / "rikke",
    ]
    for folder in folders:
        folder.mkdir(parents=True)
        for number in range(files):
            (folder / f"{number}.csv").write_text("P1,3.5\n" * 50)
    return folders


def read(database, slug="demo"):
    with database.begin() as session:
        return plan_of(session, slug, NOW)


def destroy(settings, database, actor="karen", clock=None, **changes):
    fields = {
        "project": "demo",
        "plan_digest": read(database).digest,
        "reason": WHY,
        "accepted": {},
        **changes,
    }
    with database.begin() as session:
        order(session, Order(**fields), actor=actor, clock=at())
    return carry_out(settings, database, "demo", actor=actor, clock=clock or at())


def state(database) -> str:
    with database.begin() as session:
        return lifecycle.get(session, "demo").state


def actions(database) -> list[str]:
    with database.begin() as session:
        log.verify(session)
        found = session.execute(text("SELECT action FROM audit_entry"))
        return [one for (one,) in found]


def is_destroyed(settings, database) -> None:
    assert not (settings.deliveries / "demo").exists()
    assert not (settings.projects / "demo").exists()
    with pytest.raises(PolicyRefusal, match="was destroyed"):
        Pseudonyms.for_project(settings, 1)
    assert state(database) == "closed"
    assert list(settings.closed.glob("*.inventory.json")) == []
    assert actions(database).count("close_out.destroy") == 1
