"""A warm parent in a sandbox of its own, of whose libraries nothing is believed.

Its sandbox is that of a kernel, without data: nothing but the software, no network, no
process but its own, limits, no capability and no way to one. The sandboxes that its
forks enter are built beneath it (:mod:`enclave.sandbox.beneath`). It runs while it
loads, while it forks and while it is asked whether it answers, and is stopped at all
other times: while a sandbox is built, and while a fork works. One that has left another
process running is ended: when it has loaded, before a sandbox is built, and before
anything is believed that came of a fork.
"""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Literal

from enclave.errors import HostError
from enclave.sandbox import control_group
from enclave.sandbox.beneath import Builder, SandboxBeneath
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import Limits, SandboxDescription
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.running import held_open
from enclave.sandbox.warm_parent import Fork, WarmParent


_LONGEST_LOAD = 120.0  # seconds

# Something that ends at the very moment could wake it, and be woken by it in turn: not
# so often that it is seen at none of so many looks.
_LOOKS, _LONGEST_FAREWELL = 10, 5.0
_PAUSE = 0.0005  # seconds


logger = logging.getLogger(__name__)

Seen = Literal["when loaded", "before a run", "after a fork"]
"""When a parent was seen not to be alone, or not to stand still."""


class LeftBehindError(HostError):
    """A warm parent has left processes running, which could see what a run sees."""


class ClosedParent(WarmParent):
    """A warm parent that was started here, in a sandbox.

    It ends with the thread that started it.

    Parameters
    ----------
    recipe
        What it is made of.
    left_behind
        Called, from any thread, when it is ended because it left processes running, or
        could not be stopped; with when that was seen.
    """

    def __init__(
        self, recipe: Recipe, left_behind: Callable[[Seen], None] = lambda _: None
    ) -> None:
        self._tell_left_behind = left_behind
        super().__init__(recipe)

    def _start(self, end: int) -> None:
        description = replace(
            self.recipe.describe(),
            forks_into_others=True,
            die_with_parent=True,
        )
        self._in_use = threading.Lock()
        with ExitStack() as stack:
            self._group = stack.enter_context(_group(self.recipe.limits))
            self._sandbox = launch(description, given=end, group=self._group)
            self._at_end = stack.pop_all()
        self._loader = threading.Thread(target=self._load, daemon=True)
        self._loader.start()

    @property
    def alive(self) -> bool:
        """Whether it runs, or could."""
        return not self._sandbox.is_dead()

    def ready(self, *, seconds: float = 0.0) -> bool:
        """Return whether it has loaded everything, within so many seconds, and answers.

        One that does not is killed, so that another is started.
        """
        self._loader.join(seconds)
        if not self._loaded or not self._in_use.acquire(blocking=False):
            return False
        try:
            with self._awake():
                return super().ready(seconds=seconds)
        finally:
            self._in_use.release()

    def builder(self, description: SandboxDescription) -> Builder:
        """Start what will build a sandbox that a fork can enter.

        Raises
        ------
        HostError
            If the parent is gone.
        """
        return Builder(self._sandbox, held_open(description), self.recipe.account)

    @contextmanager
    def sandbox(self, files: int, builder: Builder) -> Iterator[SandboxBeneath]:
        """Have a sandbox built; leaving the ``with`` block ends it.

        There is one at a time: another one would be built while the parent runs.

        Parameters
        ----------
        files
            The mount namespace that the sources of its mounts are found in.

        Raises
        ------
        HostError
            If it does not stand, or the parent is gone or in use.
        LeftBehindError
            If the parent has left processes behind, before or in the block.
        """
        if not self._in_use.acquire(blocking=False):
            raise HostError("A warm parent is in use. Start this one cold.")
        try:
            self._stand_still_alone("before a run")
            with builder.build(files) as beneath:
                yield beneath
            # What the parent does while it forks sees what the fork sees.
            self._stand_still_alone("after a fork")
        except BaseException:
            self.kill()
            raise
        finally:
            self._in_use.release()

    def fork(
        self,
        sandbox: int,
        description: SandboxDescription,
        told: Mapping[str, Any],
        handed: Sequence[int] = (),
        *,
        inherited: Sequence[bytes] = (),
    ) -> Fork:
        """Send a fork into a sandbox of :meth:`sandbox`; return when it is inside.

        Raises
        ------
        HostError
            If it does not come in; then the parent is killed, for it may hang.
        """
        try:
            with self._awake():
                fork = super().fork(
                    sandbox, description, told, handed, inherited=inherited
                )
                fork.wait_until_inside()
        except HostError:
            self.kill()
            raise
        return fork

    def kill(self) -> None:
        """End it, and all that it has forked."""
        if self.alive:
            self._send_signal(signal.SIGKILL)
        if self._group is not None:
            control_group.thaw(self._group)  # who waits for it is frozen with it
        self._sandbox.kill()

    def close(self) -> None:
        """End it, and all that it has forked."""
        self.kill()
        self._loader.join()
        self._ours.close()
        self._sandbox.__exit__(None, None, None)
        self._at_end.close()

    def _load(self) -> None:
        """Let it load for so long, and stop it when it has."""
        try:
            if self._hears(_LONGEST_LOAD):
                self._stand_still_alone("when loaded")
                self._loaded = True
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not stopped
            logger.warning("what a warm parent loads is not to be forked: %s", error)
        if not self._loaded:
            self.kill()

    @contextmanager
    def _awake(self) -> Iterator[None]:
        if self._group is not None:
            control_group.thaw(self._group)
        self._send_signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._send_signal(signal.SIGSTOP)

    def _stand_still_alone(self, seen: Seen) -> None:
        """Return when nothing in its sandbox can run: it is stopped, and alone.

        What waited for the last fork may be about to end. Whatever is there longer, a
        package has left behind.
        """
        end, in_a_row = monotonic() + _LONGEST_FAREWELL, 0
        while in_a_row < _LOOKS:
            self._send_signal(signal.SIGSTOP)
            if self._is_still_and_alone():
                in_a_row += 1
                continue
            in_a_row = 0
            if monotonic() > end:
                self.kill()
                self._tell_left_behind(seen)
                raise LeftBehindError(
                    "A warm parent did not stand still, or left processes behind. What"
                    " was forked from it counts for nothing. Start another."
                )
            sleep(_PAUSE)
        if self._group is not None:
            control_group.freeze(self._group)

    def _is_still_and_alone(self) -> bool:
        """Tell whether it is stopped, and no process is below it.

        All of its sandbox's are below it.
        """
        tasks = self._tasks()
        try:
            alone = not any((task / "children").read_text() for task in tasks)
            return alone and all(_state(task) in "Tt" for task in tasks)
        except (FileNotFoundError, ProcessLookupError):
            return False  # one has ended this moment

    def _tasks(self) -> list[Path]:
        try:
            return [*Path(f"/proc/{self._sandbox.pid}/task").iterdir()]
        except (FileNotFoundError, ProcessLookupError) as error:
            raise HostError("The warm parent has ended. Start another.") from error

    def _send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._sandbox.handle, number)


@contextmanager
def _group(limits: Limits) -> Iterator[Path | None]:
    """Make a control group for a parent and all its forks, where one can be made."""
    groups = control_group.given()
    if groups is None:
        yield None
        return
    each = limits.memory_bytes
    bounds = replace(limits, total_memory_bytes=None if each is None else 2 * each)
    with control_group.made(groups, bounds) as group:
        yield group


def _state(task: Path) -> str:
    # After the name, which may hold anything, spaces and brackets as well.
    return (task / "stat").read_text().rpartition(")")[2].split()[0]
