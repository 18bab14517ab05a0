"""Frames around widgets, and their end."""

from collections.abc import Sequence
from typing import Any

from ipywidgets import Widget

from enclave_widgets.plain import VBox


def card(*children: Any) -> VBox:
    """Put widgets into a frame of their own."""
    box = VBox(list(children))
    box.add_class("enc-card")
    return box


def close_all(widgets: Sequence[Widget]) -> None:
    """Let go of widgets and all inside them, which nobody will see again."""
    for widget in widgets:
        close_all(getattr(widget, "children", ()))
        widget.close()
