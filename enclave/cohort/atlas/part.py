"""Reading a definition's JSON so that nothing in it is passed over."""

from collections.abc import Iterator, Mapping
from typing import Any

from enclave.cohort.atlas.report import Report


_SAYS_NOTHING: tuple[Any, ...] = (None, False, "", [], {})


class Part:
    """One object of a definition. Every field is read, or refused by its name."""

    def __init__(self, value: object, path: str, report: Report) -> None:
        self.path, self.report = path, report
        self._fields: dict[str, Any] = {}
        self._read: set[str] = set()
        if isinstance(value, dict):
            self._fields = value
        else:
            report.refuse(path or "the definition", "this is not an object")

    def place(self, name: str) -> str:
        """Return the path of a field."""
        return f"{self.path}.{name}".removeprefix(".")

    def refuse(self, name: str, why: str) -> None:
        """Refuse a field."""
        self.report.refuse(self.place(name), why)

    def take(self, name: str) -> Any:
        """Read a field; ``None`` where it is absent or says nothing."""
        self._read.add(name)
        value = self._fields.get(name)
        # Zero equals False and says something.
        empty = any(value is none or value == none for none in _SAYS_NOTHING)
        return None if empty and not _is_number(value) else value

    def text(self, name: str) -> str | None:
        """Read a text."""
        found: str | None = self._typed(name, str, "a text")
        return found

    def flag(self, name: str) -> bool:
        """Read true or false; absent is false."""
        return bool(self._typed(name, bool, "true or false"))

    def whole(self, name: str) -> int | None:
        """Read a whole number."""
        value = self.take(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.refuse(name, "write a whole number")
        return None

    def number(self, name: str) -> float | None:
        """Read a number."""
        value = self.take(name)
        if value is None or _is_number(value):
            return None if value is None else float(value)
        self.refuse(name, "write a number")
        return None

    def part(self, name: str) -> "Part | None":
        """Read an object."""
        value = self.take(name)
        return None if value is None else Part(value, self.place(name), self.report)

    def parts(self, name: str) -> "list[Part]":
        """Read a list of objects."""
        value = self._typed(name, list, "a list") or []
        return [
            Part(each, f"{self.place(name)}[{number}]", self.report)
            for number, each in enumerate(value)
        ]

    def only(self) -> "Iterator[tuple[str, Part]]":
        """Yield every field as an object: an object whose one field says its kind."""
        for name in self._fields:
            self._read.add(name)
            yield name, Part(self._fields[name], self.place(name), self.report)

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._fields

    def close(self, unsayable: Mapping[str, str] | None = None) -> None:
        """Refuse what was not read: with its reason, or as a field nobody knows."""
        reasons = unsayable or {}
        for name in self._fields:
            if name in self._read:
                continue
            if name not in reasons:
                self.refuse(name, "no such field is known: take it out")
            elif self.take(name) is not None:
                self.refuse(name, reasons[name])

    def _typed(self, name: str, kind: type, what: str) -> Any:
        value = self.take(name)
        if value is None or isinstance(value, kind):
            return value
        self.refuse(name, f"write {what}")
        return None


_INFINITE = float("inf")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # What is too large for a number is read as infinite.
    return abs(value) < _INFINITE
