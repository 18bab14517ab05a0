"""A file that cannot be read, for one of the reasons that people are told."""


class UnreadableError(Exception):
    """A file cannot be read; ``reason`` is one of those in ``refusals``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
