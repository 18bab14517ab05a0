"""Many jobs at once, on Dask: processes of this machine, or a cluster that is there.

Dask only lends processes. What is to be done and who does it stays in the table of
jobs: each task that is handed to Dask takes the job that is next *when it starts*,
under a lease, exactly as a single worker does. So it does not matter what Dask forgets,
runs twice, or loses with a process: a job belongs to whoever holds its lease, and one
whose holder is gone goes to the next.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from distributed import Client, Future, LocalCluster, Security
from sqlalchemy.exc import OperationalError

from enclave.errors import InputError
from enclave.jobs.worker import Outcome


# Done by a process of the cluster: one job, or None if none waits.
Work = Callable[[Mapping[str, str]], Outcome | None]

_PATIENCE = "10s"
# What a client says of a lost scheduler, and the database of itself.
_LOST = (OSError, TimeoutError, RuntimeError, OperationalError)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where jobs are done.

    Attributes
    ----------
    processes
        How many on this machine, where no scheduler is named.
    scheduler
        Address of a running Dask scheduler, ``tls://host:port``.
    certificates
        Folder with ``ca.pem``, ``cert.pem`` and ``key.pem`` for it.
    """

    processes: int = 1
    scheduler: str | None = None
    certificates: Path | None = None

    def check(self) -> None:
        """Refuse a scheduler that does not ask who connects.

        Raises
        ------
        InputError
            If it is not reached by TLS, or a certificate is missing.
        """
        if self.scheduler is None:
            return
        if not self.scheduler.startswith("tls://"):
            raise InputError(
                f"{self.scheduler} is no address with TLS. Whoever reaches a Dask"
                " scheduler may run code as its workers: start it with certificates,"
                " and name it as tls://host:port."
            )
        names = ("ca.pem", "cert.pem", "key.pem")
        folder = self.certificates
        missing = [one for one in names if not (folder and (folder / one).is_file())]
        if folder is None or missing:
            raise InputError(
                f"To connect to {self.scheduler}, name a folder with ca.pem, cert.pem"
                f" and key.pem (missing: {', '.join(missing)})."
            )


@contextmanager
def connected(place: Place) -> Iterator[Client]:
    """Connect to the processes of a place, starting them where they are ours.

    Raises
    ------
    OSError
        If the scheduler does not answer.
    """
    place.check()
    with ExitStack() as open_things:
        if place.scheduler is None:
            # Only who holds the certificate made here, in memory, can connect.
            security = Security.temporary()
            cluster = open_things.enter_context(
                LocalCluster(
                    n_workers=place.processes,
                    threads_per_worker=1,
                    security=security,
                    host="127.0.0.1",
                    protocol="tls",
                    dashboard_address=None,
                    memory_limit=None,  # sandboxes have limits of their own
                    silence_logs=logging.ERROR,
                )
            )
            client = Client(cluster, security=security, timeout=_PATIENCE)
        else:
            security = _security(place)
            client = Client(place.scheduler, security=security, timeout=_PATIENCE)
        open_things.callback(_close, client)
        yield client


class Dispatcher:
    """Keeps as many tasks with the cluster as jobs wait and processes are there.

    Parameters
    ----------
    work, given
        What a process does, and with which environment.
    waiting
        Returns how many jobs could be taken now.
    report
        Is given each outcome.
    """

    def __init__(
        self,
        place: Place,
        work: Work,
        given: Mapping[str, str],
        *,
        waiting: Callable[[], int],
        report: Callable[[Outcome], None],
    ) -> None:
        place.check()
        self._place = place
        self._work = work
        self._given = dict(given)
        self._waiting = waiting
        self._report = report

    def run(self, stopped: Callable[[], bool], *, pause_seconds: float = 0.25) -> None:
        """Have jobs done until ``stopped()``; those at hand are ended first."""
        while not stopped():
            try:
                with connected(self._place) as client:
                    self._serve(client, stopped, pause_seconds)
            except _LOST as error:
                logger.warning(
                    "scheduler or database are gone (%s)", type(error).__name__
                )
                time.sleep(pause_seconds)

    def _serve(
        self, client: Client, stopped: Callable[[], bool], pause_seconds: float
    ) -> None:
        flying: list[Future] = []
        while flying or not stopped():
            if client.status != "running":
                raise OSError(client.status)
            flying = [one for one in flying if not self._landed(one)]
            if not stopped():
                places = sum(client.nthreads().values()) - len(flying)
                # Those that fly have mostly taken a job, which waits no more. One too
                # many finds none and ends; one too few leaves a process idle.
                for _ in range(min(places, self._waiting())):
                    # Not pure: the same call twice is two jobs. Never tried again by
                    # Dask: whose job it is then is for the lease to say.
                    one = client.submit(self._work, self._given, pure=False, retries=0)
                    flying.append(one)
            time.sleep(pause_seconds)

    def _landed(self, future: Future) -> bool:
        if not future.done():
            return False
        if future.status == "finished":
            outcome = future.result()
            if outcome is not None:
                self._report(outcome)
        else:
            logger.warning("a process of the cluster was lost with what it did")
        return True


def _security(place: Place) -> Security:
    folder = place.certificates or Path()
    own = {"cert": str(folder / "cert.pem"), "key": str(folder / "key.pem")}
    return Security(
        tls_ca_file=str(folder / "ca.pem"),
        tls_client_cert=own["cert"],
        tls_client_key=own["key"],
        require_encryption=True,
    )


def _close(client: Client) -> None:
    with suppress(*_LOST):
        client.close(timeout=2)
