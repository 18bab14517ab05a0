"""Widgets of ipywidgets that share what all of them would have alike.

Each widget of ipywidgets brings a layout and a style of its own, which a browser makes
models of before it shows anything: of the 300 models of a page, 180 were alike. Here
all have one layout, and one style of each kind; what a widget looks like is said by its
classes. Closing a widget does not close them, neither here nor in ipywidgets.
"""

import ipywidgets
from ipywidgets import Layout, Widget
from traitlets import default


HIDDEN = "enc-hidden"

_shared: dict[type[Widget], Widget] = {}


def _alike(kind: type[Widget]) -> Widget:
    """Return the one of its kind; a new one after somebody closed all widgets."""
    found = _shared.get(kind)
    if found is None or found.comm is None:
        found = _shared[kind] = kind()
    return found


class _Plain(ipywidgets.DOMWidget):
    @default("layout")
    def _one_layout(self) -> Widget:
        return _alike(Layout)

    @default("style")
    def _one_style(self) -> Widget:
        kind: type[Widget] = self.traits()["style"].klass
        return _alike(kind)


class Button(_Plain, ipywidgets.Button):
    """A button."""


class Checkbox(_Plain, ipywidgets.Checkbox):
    """A box to tick."""


class Combobox(_Plain, ipywidgets.Combobox):
    """A text field that proposes what to write."""


class Dropdown(_Plain, ipywidgets.Dropdown):
    """A menu."""


class FileUpload(_Plain, ipywidgets.FileUpload):
    """A button to choose a file."""


class HBox(_Plain, ipywidgets.HBox):
    """Widgets side by side."""


class HTML(_Plain, ipywidgets.HTML):
    """Something to read."""


class Select(_Plain, ipywidgets.Select):
    """A list to choose one from."""


class SelectMultiple(_Plain, ipywidgets.SelectMultiple):
    """A list to choose several from."""


class Text(_Plain, ipywidgets.Text):
    """A text field of one line."""


class Textarea(_Plain, ipywidgets.Textarea):
    """A text field of several lines."""


class ToggleButton(_Plain, ipywidgets.ToggleButton):
    """A button that stays pressed."""


class ToggleButtons(_Plain, ipywidgets.ToggleButtons):
    """Buttons of which one is pressed."""


class VBox(_Plain, ipywidgets.VBox):
    """Widgets below each other."""


def show(*widgets: ipywidgets.DOMWidget, when: bool = True) -> None:
    """Show widgets and what is in them, or hide them."""
    for widget in widgets:
        if when:
            widget.remove_class(HIDDEN)
        else:
            widget.add_class(HIDDEN)


def hide(*widgets: ipywidgets.DOMWidget) -> None:
    """Hide widgets and what is in them."""
    show(*widgets, when=False)
