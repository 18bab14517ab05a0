"""A destruction that is broken off anywhere goes on."""

import os
import signal
import time
from contextlib import suppress

import numpy as np
import pytest
from sqlalchemy import text

from enclave.errors import (
    EnclaveError,
    InputError,
    PolicyRefusal,
)
from enclave.identity.pseudonyms import Pseudonyms
from enclave.projects.machine import Kind
from enclave.projects.people import Role
from enclave.returns.close_out import destruction, left_key
from enclave.returns.close_out.destruction import carry_out
from enclave.returns.close_out.ordering import Order, order
from enclave.returns.close_out.plan import plan_of
from enclave.store.database import Database
from tests.builders import project_forms
from tests.builders.closing import WHY, actions, destroy, is_destroyed, read, state
from tests.builders.projects import NOW, at, person, take


class BrokenOffError(Exception):
    """What a clock says that stands for a kill."""


@pytest.mark.parametrize("reading", range(6))
def test_broken_off_anywhere_it_goes_on(settings, ready, reading):
    readings = []

    def clock():
        readings.append(1)
        if len(readings) == reading + 1:
            raise BrokenOffError
        return NOW

    with pytest.raises(BrokenOffError):
        destroy(settings, ready, clock=clock)
    assert "close_out.destroy" not in actions(ready)
    assert state(ready) == "closing"
    with pytest.raises(EnclaveError, match="no record"):
        destruction.record_of(ready, "demo")

    record = carry_out(settings, ready, "demo", actor="karen", clock=at())
    is_destroyed(settings, ready)
    assert record["destroyed"]["deliveries/demo"]["files"] == 3


def test_killed_at_random_moments_it_goes_on(settings, ready):
    for number in range(150):
        (settings.projects / "demo" / "homes" / "rikke" / f"n{number}").write_text("x")
    plan = read(ready).digest
    ready.dispose()  # no connection is shared with a child
    for moment in np.random.default_rng(5).uniform(0.01, 0.3, 6):
        _kill_destruction(settings, plan, after=moment)
    destroy(settings, ready, plan_digest=plan)
    is_destroyed(settings, ready)
    files = destruction.record_of(ready, "demo")["destroyed"]["projects/demo"]["files"]
    assert files == 6 + 150


def _kill_destruction(settings, plan, *, after):
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            destroy(settings, Database(settings.database_url), plan_digest=plan)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_key_left_behind_is_destroyed_once_its_project_is_closed(settings, ready):
    def end(actor="karen", reason=WHY):
        return left_key.destroy(
            settings, ready, "demo", actor=actor, reason=reason, clock=at()
        )

    with pytest.raises(PolicyRefusal, match="is closing"):
        end()
    with ready.begin() as session:
        session.execute(text("UPDATE project SET state = 'closed'"))
    with pytest.raises(PolicyRefusal, match="CORE"):
        end("mads")
    with pytest.raises(InputError, match="sentence"):
        end(reason="old")
    with ready.begin() as session:
        person(session, "once", Role.CORE)
        session.execute(
            text(
                "INSERT INTO membership"
                " VALUES (1, 'once', 'member', '2020-01-01', '2020-12-31')"
            )
        )
    with pytest.raises(PolicyRefusal, match="their own project"):
        end("once")
    assert end()["key"] == "project-1-epoch-1"
    with pytest.raises(PolicyRefusal, match="was destroyed"):
        Pseudonyms.for_project(settings, 1)


def test_a_project_is_not_opened_again_while_its_data_go(ready):
    with ready.begin() as session:
        plan = plan_of(session, "demo", NOW)
        order(session, Order("demo", plan.digest, WHY, {}), actor="karen", clock=at())
        amendment = project_forms.draft(session, Kind.AMENDMENT)
    with (
        pytest.raises(PolicyRefusal, match="being destroyed"),
        ready.begin() as session,
    ):
        take(session, amendment, "submit", "rikke")
