"""Codes and variables of the catalogue, for the tab key."""

from enclave_widgets.asking import Connect, ask_and_wait
from enclave_widgets.client import FoundCode, FoundVariable, PortalClient
from enclave_widgets.words import Language, preferred_language


class Codes:
    """The codes of the catalogue; ``codes["`` and the tab key complete those found."""

    def __init__(self, connect: Connect = PortalClient.from_environment) -> None:
        self._connect = connect
        self._found: dict[str, str] = {}

    def find(self, text: str, language: Language | None = None) -> dict[str, str]:
        """Return codes by code or word, in Danish and English, with their labels."""
        said = language or preferred_language()
        found: list[FoundCode] = ask_and_wait(
            self._connect, lambda client: client.search(text, said)
        )
        new = {f"{one.system}:{one.code}": one.label for one in found}
        self._found |= new
        return new

    def __getitem__(self, written: str) -> str:
        """Return a code, or what begins so (``SKS:DE11*``), if the catalogue has it."""
        if not self._has(written):
            self.find(written.partition(":")[2].removesuffix("*"))
        if not self._has(written):
            raise KeyError(f"{written} is not in the catalogue. Try codes.find(...).")
        return written

    def _has(self, written: str) -> bool:
        if not written.endswith("*"):
            return written in self._found
        return any(code.startswith(written[:-1]) for code in self._found)

    def _ipython_key_completions_(self) -> list[str]:
        return sorted(self._found)


class Variables:
    """The variables of the catalogue: ``variables.lab.value``, with the tab key."""

    def __init__(self, connect: Connect = PortalClient.from_environment) -> None:
        self._connect = connect
        self._tables: dict[str, dict[str, FoundVariable]] = {}

    def __getattr__(self, table: str) -> "Columns":
        """Return the variables of a table."""
        if table.startswith("_") or table not in self._loaded():
            raise AttributeError(table)
        return Columns(self._loaded()[table])

    def __dir__(self) -> list[str]:
        """Name the tables, for the tab key."""
        return sorted(self._loaded())

    def _loaded(self) -> dict[str, dict[str, FoundVariable]]:
        if not self._tables:
            said = preferred_language()
            for one in ask_and_wait(
                self._connect, lambda client: client.variables(said)
            ):
                table, _, name = one.name.partition(".")
                self._tables.setdefault(table, {})[name] = one
        return self._tables


class Columns:
    """The variables of one table."""

    def __init__(self, columns: dict[str, FoundVariable]) -> None:
        self._columns = columns

    def __getattr__(self, name: str) -> str:
        """Return the full name of a variable."""
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(name)
        return self._columns[name].name

    def __dir__(self) -> list[str]:
        """Name the variables, for the tab key."""
        return sorted(self._columns)


codes = Codes()
variables = Variables()
