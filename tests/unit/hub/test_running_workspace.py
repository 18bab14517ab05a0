"""What a workspace holds of the hub's is given back when it is closed."""

import asyncio

from enclave.projects import lifecycle
from enclave_hub.workspace.description import Opening
from enclave_hub.workspace.running import RunningWorkspace
from enclave_hub.workspace.sockets import WorkspaceSockets
from tests.builders import installation


def test_a_closed_workspace_keeps_no_connection_to_the_database(settings, database):
    installation.set_up(settings, database)
    with database.begin() as session:
        project = lifecycle.get(session, "demo")
    settings.runtime.mkdir(exist_ok=True)
    sockets = WorkspaceSockets.bind(settings.runtime / "w", None)
    workspace = RunningWorkspace(Opening(settings, project, "rikke"), sockets, database)
    assert database.engine.pool.checkedin() == 1

    asyncio.run(workspace.stop())

    assert database.engine.pool.checkedin() == 0
