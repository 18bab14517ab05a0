"""What every test may use.

settings
    An installation of its own in a temporary folder.
database
    Its application database, with all tables.
kernels
    Folder of the installed released kernels (``ENCLAVE_KERNELS``; by default
    ``.enclave/kernels`` of the repository, where ``make test`` installs them).
postgresql
    URL of a PostgreSQL server of its own; skipped where none is installed.
store
    An application database, once on SQLite and once on PostgreSQL.
enclave
    An enclave that runs, one for all tests (see ``tests/builders/hub.py``).
shared_data
    Folder of the real and public trial data; a test that asks for it is skipped where
    the folder is absent. ``ENCLAVE_TRIAL_DATA`` names it; by default it is looked for
    beside the repository.
"""

import gc
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade


if TYPE_CHECKING:
    from enclave.archive.warm_start import WarmStarts
    from tests.builders.hub import Enclave


ROOT = Path(__file__).parents[1]
KERNELS = Path(os.environ.get("ENCLAVE_KERNELS", ROOT / ".enclave" / "kernels"))


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    # Sockets need short paths, which pytest's are not.
    with tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime:
        yield Settings.at(
            tmp_path / "home", runtime=runtime.lower(), kernels=str(KERNELS)
        )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied: migrating takes half a second."""
    path = tmp_path_factory.mktemp("migrated") / "enclave.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database)
    database.dispose()
    return path


@pytest.fixture
def database(settings: Settings, migrated: Path) -> Iterator[Database]:
    settings.claim_home()
    shutil.copyfile(migrated, settings.home / "enclave.db")
    database = Database(settings.database_url)
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def enclave(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Enclave"]:
    # Whoever asks for no enclave need not load what it takes.
    from tests.builders.hub import running  # noqa: PLC0415

    home = tmp_path_factory.mktemp("enclave")
    with (
        tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime,
        running(home, Path(runtime.lower()), KERNELS) as started,
    ):
        yield started


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator["WarmStarts"]:
    """What runs are forked from: it takes seconds to load, and no run changes it."""
    from tests.builders.forked import ready  # noqa: PLC0415 - as above

    home = tmp_path_factory.mktemp("warm") / "home"
    with ready(Settings.at(home, kernels=str(KERNELS))) as warm:
        yield warm


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("ENCLAVE_TRIAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the trial data are not on this machine")
    return folder


# As root the server refuses to run; Debian's package brings this account along.
_SERVER_ACCOUNT = "postgres"
# Debian keeps them off the PATH.
_SERVER_PROGRAMS = Path("/usr/lib/postgresql")


def _as_server() -> dict:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(_SERVER_ACCOUNT)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of its own on a Unix socket."""
    programs = os.pathsep.join(
        [os.environ["PATH"], *map(str, _SERVER_PROGRAMS.glob("*/bin"))]
    )
    initdb, pg_ctl = (
        shutil.which(name, path=programs) for name in ("initdb", "pg_ctl")
    )
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL's server is not installed")
    with tempfile.TemporaryDirectory(prefix="enc-pg-", dir="/tmp") as folder:
        if who := _as_server():
            os.chown(folder, who["user"], who["group"])
        data = Path(folder) / "data"
        run = {"capture_output": True, "cwd": folder, **who}
        subprocess.run(
            [initdb, "-D", data, "-A", "trust", "-U", "enclave", "--no-sync"],
            check=True,
            **run,
        )
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
        # Its output must not hold our pipe open: the server outlives pg_ctl.
        quiet = {**run, "capture_output": False, "stdout": subprocess.DEVNULL}
        start = [pg_ctl, "-D", data, "-o", options, "-l", f"{folder}/log", "-w"]
        subprocess.run([*start, "start"], check=True, **quiet)
        try:
            yield f"postgresql+psycopg://enclave@/postgres?host={folder}"
        finally:
            subprocess.run(
                [pg_ctl, "-D", data, "-m", "immediate", "stop"], check=True, **quiet
            )


@pytest.fixture(params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, migrated: Path
) -> Iterator[Database]:
    if request.param == "sqlite":
        shutil.copyfile(migrated, tmp_path / "enclave.db")
        database = Database(f"sqlite:///{tmp_path / 'enclave.db'}")
        yield database
        database.dispose()
        return
    server = request.getfixturevalue("postgresql")
    name = f"test_{os.urandom(6).hex()}"
    admin = Database(server)
    with admin.engine.connect().execution_options(
        isolation_level="AUTOCOMMIT"
    ) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    database = Database(server.replace("/postgres?", f"/{name}?"))
    upgrade(database)
    yield database
    database.dispose()


def pytest_unconfigure() -> None:
    """Take out the hook that Hypothesis has in the garbage collector.

    It keeps the modules of the process alive until after the interpreter ended, so that
    DuckDB would write of the constants of its own module as of instances that leaked.
    """
    gc.callbacks[:] = [
        one
        for one in gc.callbacks
        if not (one.__module__ or "").startswith("hypothesis.")
    ]
