"""Undo and redo."""

from enclave_widgets.selection import Selection


class History:
    """What was chosen before, and what was taken back."""

    def __init__(self) -> None:
        self._before: list[Selection] = []
        self._after: list[Selection] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether something was taken back."""
        return bool(self._after)

    def note(self, before: Selection) -> None:
        """Remember what was chosen before a change; what was taken back is gone."""
        self._before.append(before)
        self._after.clear()

    def undo(self, now: Selection) -> Selection:
        """Return what was chosen before; what is chosen now if there was nothing."""
        return self._step(self._before, self._after, now)

    def redo(self, now: Selection) -> Selection:
        """Return what was taken back; what is chosen now if there was nothing."""
        return self._step(self._after, self._before, now)

    @staticmethod
    def _step(
        source: list[Selection], target: list[Selection], now: Selection
    ) -> Selection:
        if not source:
            return now
        target.append(now)
        return source.pop()
