"""How many questions were asked, kept so that a run that broke off can go on."""

import json
import os
from collections import Counter, defaultdict
from pathlib import Path


# Between two times of writing.
_OFTEN = 50


class Asked:
    """What one process has asked, by what it was asked of; in a folder, if any."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._numbers: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, name: str, **numbers: int) -> None:
        """Add the numbers of one question that was answered rightly."""
        found = self._numbers[name]
        found.update(questions=1, **numbers)
        if found["questions"] % _OFTEN == 0:
            self.write()

    def write(self) -> None:
        """Write the numbers of this process down."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, numbers in self._numbers.items():
            text = json.dumps(numbers, sort_keys=True)
            new = self._folder / f"{name}.{os.getpid()}.new"
            new.write_text(text)
            new.replace(new.with_suffix(".json"))


def asked_of(folder: Path, name: str) -> Counter[str]:
    """Add up what all processes have asked."""
    found: Counter[str] = Counter()
    for file in folder.glob(f"{name}.*.json"):
        found.update(json.loads(file.read_text()))
    return found


def forget(folder: Path, name: str) -> None:
    """Forget what was asked, as where one answer was wrong."""
    for file in folder.glob(f"{name}.*.json"):
        file.unlink()
