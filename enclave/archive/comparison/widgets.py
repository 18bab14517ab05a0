"""What widgets show, put in place of the random ids by which a notebook names them.

A cell shows a widget by the id of its model; the models lie in the notebook's metadata
and name each other by such ids. Put in place, two of them are compared value by value.
"""

from collections.abc import Mapping
from typing import Any

from enclave.archive.notebook import Cell, Notebook, Output


VIEW = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_REFERENCE = "IPY_MODEL_"

# Boxes within boxes; a model may also hold itself.
_DEEPEST = 12


def with_widgets(notebook: Notebook) -> Notebook:
    """Return a notebook whose cells show the state of widgets and not their ids."""
    models = _models(notebook)
    if not models:
        return notebook
    cells = tuple(_shown(cell, models) for cell in notebook.cells)
    return notebook.model_copy(update={"cells": cells})


def _models(notebook: Notebook) -> Mapping[str, Any]:
    found: Any = notebook.metadata
    for step in ("widgets", _STATE, "state"):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _shown(cell: Cell, models: Mapping[str, Any]) -> Cell:
    if not any(VIEW in output.data for output in cell.outputs):
        return cell
    outputs = tuple(_expanded(output, models) for output in cell.outputs)
    return cell.model_copy(update={"outputs": outputs})


def _expanded(output: Output, models: Mapping[str, Any]) -> Output:
    view = output.data.get(VIEW)
    name = view.get("model_id") if isinstance(view, dict) else None
    if not isinstance(name, str) or name not in models:
        return output
    state = _Expansion(models).of(_REFERENCE + name)
    return output.model_copy(update={"data": {**output.data, VIEW: state}})


class _Expansion:
    """Models put in place, each once: a second reference names it by its number.

    A notebook chooses what refers to what. Put in place each time, ten models that name
    each other ten times would never end.
    """

    def __init__(self, models: Mapping[str, Any]) -> None:
        self._models = models
        self._numbers: dict[str, int] = {}

    def of(self, value: Any, deep: int = _DEEPEST) -> Any:
        if isinstance(value, str) and value.startswith(_REFERENCE):
            return self._model(value.removeprefix(_REFERENCE), deep)
        if isinstance(value, dict):
            return {key: self.of(each, deep) for key, each in value.items()}
        if isinstance(value, list):
            return [self.of(each, deep) for each in value]
        return value

    def _model(self, name: str, deep: int) -> Any:
        if name in self._numbers or not deep:
            return f"model {self._numbers.get(name, '…')}"
        self._numbers[name] = len(self._numbers) + 1
        return self.of(self._models.get(name), deep - 1)
