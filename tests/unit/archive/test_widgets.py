from typing import Any

from enclave.archive.comparison.compare import compare_notebooks
from enclave.archive.comparison.verdict import Verdict


SAME, EQUAL, _, DIFFERS = list(Verdict)[:4]
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def _notebook(build, *, box: str, slider: str, value: Any, holds: str | None = None):
    state = {
        box: {"model_name": "BoxModel", "state": {"children": [f"IPY_MODEL_{slider}"]}},
        slider: {
            "model_name": "SliderModel",
            "state": {"value": value, "parent": holds and f"IPY_MODEL_{holds}"},
        },
    }
    shown = {**build.result(), "data": {VIEW: {"model_id": box, "version_major": 2}}}
    return build.notebook(build.code("a", shown), widgets={STATE: {"state": state}})


def test_widgets_are_compared_by_what_they_show_and_not_by_their_ids(build):
    archived = _notebook(build, box="1" * 32, slider="2" * 32, value=3)
    again = _notebook(build, box="a" * 32, slider="b" * 32, value=3)
    other = _notebook(build, box="a" * 32, slider="b" * 32, value=4)

    assert compare_notebooks(archived, again).verdict is SAME
    comparison = compare_notebooks(archived, other)
    assert comparison.verdict is DIFFERS
    (difference,) = comparison.outputs[0].differences
    assert difference.where == "$.state.children[0].state.value"
    assert (difference.archived, difference.rerun) == ("3", "4")


def test_a_widget_that_holds_itself_ends(build):
    first, second = (
        _notebook(build, box=box * 32, slider=box * 31 + "0", value=1, holds=box * 32)
        for box in ("1", "2")
    )

    assert compare_notebooks(first, second).verdict is SAME


def test_a_widget_without_state_is_its_id_and_says_nothing_else(build):
    def notebook(name: str):
        shown = {**build.result(), "data": {VIEW: {"model_id": name * 32}}}
        return build.notebook(build.code("a", shown))

    assert compare_notebooks(notebook("1"), notebook("2")).verdict is SAME


def test_widgets_that_name_each_other_many_times_end(build):
    def notebook(first: str):
        names = [first * 31 + digit for digit in "0123456789"]
        children = [f"IPY_MODEL_{name}" for name in names] * 3
        state = {name: {"state": {"children": children}} for name in names}
        shown = {**build.result(), "data": {VIEW: {"model_id": names[0]}}}
        widgets = {STATE: {"state": state}}
        return build.notebook(build.code("a", shown), widgets=widgets)

    assert compare_notebooks(notebook("1"), notebook("2")).verdict is SAME
