"""The enclave, with as many people as are to work in it at once."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from enclave.clock import today
from enclave.projects import institutions, lifecycle, people
from enclave.projects.people import Person as Account
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Membership
from enclave_hub import demo
from tests.builders.hub import OTHER, Enclave, another_project, free_port
from tests.builders.hub_person import Person, Workspace
from tests.conftest import KERNELS


if TYPE_CHECKING:
    from tests.builders.hub_kernel import Kernel


class Hub:
    """The running enclave and its people, each signed in."""

    def __init__(self, enclave: Enclave, people: list[Person]) -> None:
        self.pid = enclave.keeper.pid
        self._people = people
        self._kernels: list[AbstractContextManager[Kernel]] = []

    def open(self, number: int) -> None:
        """Click, and go where the pages lead; return when the Lab page answers."""
        person = self._people[number]
        page = person.http.get(f"/hub/spawn/{person.name}/{OTHER}")
        if "spawn-pending" in page.url.path:
            progress = f"/hub/api/users/{person.name}/servers/{OTHER}/progress"
            told = person.http.get(progress, headers=person.headers).text
            assert '"ready": true' in told, told
        Workspace(person, OTHER)  # the shell, and Lab's page in its frame

    def close(self, number: int) -> None:
        """Close a workspace; return when it is gone."""
        self._people[number].close(OTHER)

    def compute(self, number: int) -> None:
        """Start a kernel that stays, and load what analyses load."""
        kernel = Workspace(self._people[number], OTHER).kernel()
        self._kernels.append(kernel)  # one that nobody holds is ended
        kernel.__enter__().run("import pandas")


@contextmanager
def running(home: Path, number: int) -> Iterator[Hub]:
    """Prepare it, and run it."""
    with tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime:
        settings = Settings.at(
            home, runtime=runtime.lower(), kernels=str(KERNELS), demo=True
        )
        demo.prepare(settings, lambda _step: None, persons=1_000)
        names = [f"worker{n}" for n in range(number)]
        _register(settings, names)
        enclave = Enclave(settings, free_port())
        try:
            enclave.wait_until_open()
            yield Hub(enclave, [Person(enclave, name) for name in names])
        finally:
            enclave.stop()


def _register(settings: Settings, names: list[str]) -> None:
    """Take people into a project without a grant, which would not name them."""
    another_project(settings)
    database = Database(settings.database_url)
    until = today() + timedelta(days=300)
    with database.begin() as session:
        project = lifecycle.get(session, OTHER)
        terms = institutions.Wanted("Demo")
        institutions.authorise(session, terms, "To measure.", people.SYSTEM)
        for name in names:
            account = Account(
                name, name, f"{name}@demo.example", "Demo", ["researcher"], until, until
            )
            people.register(session, account, actor=people.SYSTEM)
            membership = Membership(
                project_number=project.number,
                account=name,
                role="member",
                since=today(),
            )
            session.add(membership)
    database.dispose()
