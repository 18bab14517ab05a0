"""On which data and in which kernel an analysis is to be executed again."""

from dataclasses import dataclass
from typing import Literal

from enclave.sandbox import released_kernels


DataOf = Literal["frozen", "today"]


@dataclass(frozen=True)
class Terms:
    """What a re-run is to show.

    Attributes
    ----------
    data
        ``frozen``: the data of then, *does it come out again?* ``today``: the same
        grant on the latest snapshot, *would it hold now?*
    kernel
        Another released kernel than the recorded one, *would it hold in today's
        software?* None for the recorded one.
    """

    data: DataOf = "frozen"
    kernel: str | None = None

    def of(self, recorded: str) -> "Terms":
        """Return these terms for an analysis that was run in the kernel ``recorded``.

        Raises
        ------
        NotFoundError
            If the other kernel was never released.
        InputError
            If it speaks another language.
        """
        if self.kernel is None or self.kernel == recorded:
            return Terms(self.data)
        released_kernels.check_same_language(self.kernel, recorded)
        return self


AS_RECORDED = Terms()
