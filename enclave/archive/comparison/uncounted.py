"""A column of which nobody can tell how much it is."""


class UncountedError(Exception):
    """A column may be of any size, and nobody can tell before it is read."""

    def __init__(self, column: str, kind: str) -> None:
        name = kind.partition("<")[0]
        super().__init__(
            f"other bytes; columns of the type {name} cannot be compared: write"
            " numbers, dates or texts instead"
        )
        self.column = column
