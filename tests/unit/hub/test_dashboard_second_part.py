"""A page that is seen already is told what becomes of its kernel, whatever it is."""

import asyncio

import pytest

from enclave.errors import HostError
from enclave_hub.dashboard import page
from enclave_hub.dashboard.kernels import FullError, HasteError
from enclave_hub.dashboard.ready_kernels import Ready


def told(kernel, language: str = "en") -> list[str]:
    async def parts() -> list[str]:
        rest = f"{page._KERNEL} {page._MODEL}"
        return [part async for part in page.second(kernel, rest, language)]

    return asyncio.run(parts())


async def failing(error: Exception) -> Ready:
    raise error


@pytest.mark.parametrize("error", [ValueError("2412"), KeyError("x"), HostError("y")])
def test_any_error_is_told_by_its_kind_alone(error: Exception, caplog):
    (part,) = told(failing(error))

    assert part.startswith('<script>giveKernel({"failed": "The page cannot be used')
    assert type(error).__name__ in caplog.text
    assert "2412" not in caplog.text + part


@pytest.mark.parametrize(
    ("error", "said"),
    [(FullError("all"), "For mange har"), (HasteError("one"), "for mange sider")],
)
def test_who_finds_no_room_is_told_why(error: Exception, said: str):
    assert said in json_text(told(failing(error), "da")[0])


def json_text(part: str) -> str:
    return part.encode().decode("unicode_escape")


def test_signs_come_while_the_kernel_does(monkeypatch):
    monkeypatch.setattr(page, "STILL_SECONDS", 0.01)

    async def slow() -> Ready:
        await asyncio.sleep(0.1)
        return Ready("the-kernel", "widget-1", "en")

    *signs, last = told(slow())

    assert set(signs) == {"<script>window.stillComing?.()</script>\n"}
    assert last == "the-kernel widget-1"
