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
    state = _resolved(_REFERENCE + name, models, _DEEPEST)
    return output.model_copy(update={"data": {**output.data, VIEW: state}})


def _resolved(value: Any, models: Mapping[str, Any], deep: int) -> Any:
    if isinstance(value, str) and value.startswith(_REFERENCE):
        model = models.get(value.removeprefix(_REFERENCE))
        return _resolved(model, models, deep - 1) if deep else "…"
    if isinstance(value, dict):
        return {key: _resolved(each, models, deep) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, models, deep) for each in value]
    return value
