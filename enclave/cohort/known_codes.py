"""The codes of a catalogue, and which of them somebody may have meant."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

from enclave.cohort.codes import CodeEntry
from enclave.warehouse.catalogue import Code


class KnownCodes:
    """Which codes of which code systems there are."""

    def __init__(self, codes: Iterable[Code]) -> None:
        of_system: dict[str, list[str]] = defaultdict(list)
        for code in codes:
            of_system[code.system].append(code.code)
        self._of_system = {system: sorted(of_system[system]) for system in of_system}

    @property
    def systems(self) -> list[str]:
        """The code systems that have codes."""
        return sorted(self._of_system)

    def has(self, entry: CodeEntry, system: str) -> bool:
        """Tell whether a code system has the code, or one that begins with it."""
        codes = self._of_system.get(system, [])
        place = bisect_left(codes, entry.code)
        if place == len(codes):
            return False
        if entry.match == "prefix":
            return codes[place].startswith(entry.code)
        return codes[place] == entry.code

    def close_to(self, code: str, system: str) -> list[str]:
        """Return at most three codes that may have been meant."""
        # Whoever mistypes a code mistypes its end: comparing with all codes of a large
        # system would take seconds.
        first = code[:1].casefold()
        near = [
            known
            for known in self._of_system.get(system, [])
            if known[:1].casefold() == first
        ]
        same = [known for known in near if known.casefold() == code.casefold()]
        return same or get_close_matches(code, near, n=3, cutoff=0.5)
