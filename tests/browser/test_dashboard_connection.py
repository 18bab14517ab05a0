"""A dashboard whose answer does not come whole, or whose connection breaks."""

import json

import pytest
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.builders.axe import violations
from tests.builders.builder_page import words


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

CHANNELS = "**/channels*"
# Longer than the page waits for an answer of its kernel.
LONG = 31_000  # milliseconds


def choose_women(page: Page) -> None:
    page.get_by_label("Sex").select_option(label="Women")
    expect(words(page)).to_contain_text("women")


def test_an_interruption_is_said_and_loses_nothing(page: Page, address):
    routes: list[WebSocketRoute] = []

    def pass_on(route: WebSocketRoute) -> None:
        route.connect_to_server()
        routes.append(route)

    page.route_web_socket(CHANNELS, pass_on)
    page.goto(address)
    choose_women(page)
    page.route("**/api/kernels/*", lambda route: route.abort())
    routes[0].close()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The connection is interrupted.")
    expect(page.get_by_label("Sex")).to_be_disabled()
    assert violations(page) == []

    # What is done to the page meanwhile does not reach the kernel afterwards.
    page.get_by_label("Sex").evaluate(
        """one => {
            one.selectedIndex = 0;
            one.dispatchEvent(new Event("change", {bubbles: true}));
        }"""
    )
    page.unroute("**/api/kernels/*")
    expect(notice).to_be_hidden()
    expect(page.get_by_label("Sex")).to_have_value("Women")
    expect(words(page)).to_contain_text("women")
    page.get_by_label("Sex").select_option(label="Men")
    expect(words(page)).not_to_contain_text("women")
    expect(words(page)).to_contain_text("men")


def test_a_kernel_that_does_not_answer_is_tried_again(page: Page, address):
    routes: list[WebSocketRoute] = []

    def lose_the_second(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        routes.append(route)
        if len(routes) == 2:
            route.on_message(lambda _lost: None)
            server.on_message(lambda _lost: None)

    page.clock.install()
    page.route_web_socket(CHANNELS, lose_the_second)
    page.goto(address)
    choose_women(page)
    routes[0].close()
    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The connection is interrupted.")
    while len(routes) == 1:
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)  # in which it asks
    page.clock.fast_forward(LONG)

    expect(notice).to_be_hidden()
    assert len(routes) == 3
    expect(page.get_by_label("Sex")).to_be_enabled()


def made(name: str, children: list[str]) -> bytes:
    """What a kernel says when it makes a widget that holds others."""
    state = {
        "_model_module": "@jupyter-widgets/controls",
        "_model_module_version": "2.0.0",
        "_model_name": "VBoxModel",
        "children": [f"IPY_MODEL_{child}" for child in children],
    }
    parts = (
        {"msg_id": "1", "msg_type": "comm_open"},
        {},
        {"version": "2.1.0"},
        {"comm_id": name, "target_name": "jupyter.widget", "data": {"state": state}},
    )
    return serialize_msg_to_ws_v1([json.dumps(one).encode() for one in parts], "iopub")


def test_a_page_lives_with_what_it_has_not_heard(page: Page, address):
    # The page connects while its kernel makes widgets, and has not heard of what they
    # hold. Those of its picture it has already.
    def tell_half(route: WebSocketRoute) -> None:
        route.connect_to_server()
        for number in range(1, 400):
            route.send(bytes(made(f"widget-{number}", ["widget-0"])))

    page.route_web_socket(CHANNELS, tell_half)
    page.goto(address.replace("feasibility", "catalogue"))

    expect(page.get_by_role("combobox", name="Table", exact=True)).to_be_enabled()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_an_answer_without_its_end_is_said(page: Page, address):
    def leave_the_end_out(route: Route) -> None:
        answer = route.fetch()
        first = answer.text().split("<script>giveKernel(")[0]
        route.fulfill(response=answer, body=first)

    page.route(address, leave_the_end_out)
    page.goto(address)

    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("The page did not arrive whole")
    expect(page.get_by_label("Sex")).to_be_disabled()
    assert violations(page) == []
    page.unroute(address)
    notice.get_by_role("link", name="Open the page again").click()
    choose_women(page)
