"""Start the hub and stay with it: ``python -m enclave_hub.start``, by ``enclave run``.

Nothing is left behind: this process ends the hub, the hub ends what it started, and
where one of them is killed, Linux ends the next (``setpriv --pdeathsig``). A hub that
ended by itself is started again.
"""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from enclave.audit import log
from enclave.errors import EnclaveError, HostError
from enclave.lock import exclusive
from enclave.projects import people
from enclave.sandbox import requirements
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade
from enclave_hub import demo
from enclave_hub.configuration import proxy_command
from enclave_hub.hub_process import HubProcess
from enclave_hub.places import Places
from enclave_hub.sign_in.demo import demo_password


_PATIENCE = 120.0  # seconds for hub and services to answer
# A hub that ends by itself is started again, unless so many in a row lasted no longer.
_BRIEF_LIVES, _BRIEF = 4, 20.0  # seconds
# One that lasts longer and ends again and again is started after a pause that grows.
_SHORT_LIVES, _SHORT, _LONGEST_PAUSE = 3, 600.0, 30.0  # seconds


@click.command()
def start() -> None:
    """Check, prepare, start, announce; then wait for the end."""
    # Both end us alike. Started in the background, SIGINT would be ignored here, and by
    # everything started from here.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    settings = Settings.from_environment(os.environ)
    settings.claim_home()
    try:
        with only_one(settings):
            _serve(settings)
    except EnclaveError as error:
        click.secho(f"Error: {error}", fg="red", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        click.echo("\nStopped.")


def _serve(settings: Settings) -> None:
    require_free(settings.port)
    require_free(settings.workspaces_port)
    proxy_command()
    requirements.require()
    if settings.demo:
        demo.prepare(settings, _say)
    else:
        _upgrade(settings)
    keep_running(settings)


def keep_running(settings: Settings) -> NoReturn:
    """Start the hub, and another whenever one has ended.

    Raises
    ------
    HostError
        If the first does not start, or those that follow do not last.
    """
    first, brief, short = True, 0, 0
    while brief < _BRIEF_LIVES:
        _pause(settings, short)
        seconds = _one_life(settings, first=first)
        first, brief = False, brief + 1 if seconds < _BRIEF else 0
        short = short + 1 if seconds < _SHORT else 0
        for port in (settings.port, settings.workspaces_port):
            _wait_until_free(port)
    _put_on_record(settings, brief, given_up=True)
    raise HostError(f"The hub keeps ending: see {Places(settings).log('hub')}")


def _pause(settings: Settings, short: int) -> None:
    """Wait the longer, the more hubs in a row have lived a short time only."""
    if short <= _SHORT_LIVES:
        return
    more = short - _SHORT_LIVES
    if more & (more - 1) == 0:  # each time it has doubled
        _put_on_record(settings, short, given_up=False)
    seconds = min(2.0 ** min(short - _SHORT_LIVES, 10), _LONGEST_PAUSE)
    _say(
        f"The hub has ended {short} times in a row within {_SHORT / 60:.0f} minutes."
        f" It is started again in {seconds:.0f} seconds; see why in its log"
    )
    time.sleep(seconds)


def _put_on_record(settings: Settings, times: int, *, given_up: bool) -> None:
    """Note in the audit log that hubs end again and again, where it can be written."""
    told = {"times": times, "given_up": given_up}
    database = Database(settings.database_url)
    try:
        with database.begin() as session:
            log.record(session, log.Event("system", "alarm.hub", "hub", told))
    except SQLAlchemyError as error:
        _say(f"That could not be put on record ({type(error).__name__})")
    finally:
        database.dispose()


def _one_life(settings: Settings, *, first: bool) -> float:
    """Run a hub to its end; return for how many seconds it answered."""
    hub = HubProcess(settings, again=not first)
    try:
        _say("Start the hub")
        hub.wait_until_ready(_PATIENCE)
        ready = time.monotonic()
        if first:
            _announce(settings, hub)
        code = hub.wait()
    except HostError as error:
        if first:
            raise
        _say(str(error))
        return 0.0
    finally:
        hub.stop()
    _say(f"The hub ended by itself with code {code} (see {hub.log})")
    return time.monotonic() - ready


def _wait_until_free(port: int) -> None:
    """Wait until the proxy of a hub that is gone has ended, too."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            return require_free(port)
        except HostError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def _upgrade(settings: Settings) -> None:
    database = Database(settings.database_url)
    upgrade(database)
    database.dispose()


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Keep a second hub off the same installation.

    Raises
    ------
    HostError
        If one runs.
    """
    with ExitStack() as held:
        try:
            held.enter_context(exclusive(Places(settings).hub / "lock", wait=False))
        except BlockingIOError:
            raise HostError(
                f"The enclave in {settings.home} is running already. Stop that one"
                " first, or give this one another --home."
            ) from None
        yield


def require_free(port: int) -> None:
    """Make sure that nobody else listens on a port.

    Raises
    ------
    HostError
        If somebody does, or we may not.
    """
    with socket.socket() as probe:
        # As the proxy will: connections that are just closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise HostError(
                f"Port {port} cannot be used ({error.strerror}). Choose another:"
                f" enclave run --port {port + 1 if port < 65535 else 8000}"
            ) from error


def _announce(settings: Settings, hub: HubProcess) -> None:
    address = f"http://127.0.0.1:{settings.port}"
    click.echo(f"\nThe enclave is open at {settings.public_url or address}")
    if settings.demo:
        password = demo_password(Places(settings).demo_password)
        click.echo(f"Sign in with the password {password} as one of")
        for name, roles in _people(settings):
            click.echo(f"  {name:<8}{roles}")
    if os.geteuid() == 0:
        click.echo("Hub, portal and worker run as root, workspaces as accounts apart.")
    else:
        click.echo("All of it runs under your own account, workspaces in sandboxes.")
    click.echo(f"Log: {hub.log}   Stop: Ctrl-C")


def _people(settings: Settings) -> list[tuple[str, str]]:
    database = Database(settings.database_url)
    with database.begin() as session:
        accounts = people.everybody(session)
    database.dispose()
    return [
        (account.name, ", ".join(sorted(account.roles)).replace("_", " "))
        for account in accounts
    ]


def _say(step: str) -> None:
    click.echo(f"… {step}")


if __name__ == "__main__":
    start()
