"""The newest request wins, in whatever order answers come."""

import asyncio

from enclave_widgets.latest import Latest, Request


class Asking:
    """Requests whose answers come when the test says so."""

    def __init__(self):
        self.latest = Latest()
        self.shown = []
        self.failed = []
        self.asked = []
        self._answers = {}

    def start(self, name, pause=0.0):
        self._answers[name] = asyncio.get_running_loop().create_future()
        self.latest.start(
            Request(
                lambda: self._ask(name), self.shown.append, self.failed.append, pause
            )
        )

    async def answer(self, name, answer=None):
        self._answers[name].set_result(answer or name)
        await asyncio.sleep(0.01)

    async def fail(self, name, error):
        self._answers[name].set_exception(error)
        await asyncio.sleep(0.01)

    async def _ask(self, name):
        self.asked.append(name)
        return await self._answers[name]


def test_an_answer_is_shown():
    async def run():
        asking = Asking()
        asking.start("one")
        await asyncio.sleep(0.01)
        assert asking.latest.busy
        await asking.answer("one")
        return asking

    asking = asyncio.run(run())

    assert asking.shown == ["one"]
    assert not asking.latest.busy


def test_a_late_answer_to_an_old_question_is_dropped():
    async def run():
        asking = Asking()
        asking.start("old")
        await asyncio.sleep(0.01)
        asking.start("new")
        await asyncio.sleep(0.01)
        await asking.answer("new")
        await asking.answer("old")
        return asking

    asking = asyncio.run(run())

    assert asking.asked == ["old", "new"]
    assert asking.shown == ["new"]


def test_an_early_answer_to_an_old_question_is_dropped_too():
    async def run():
        asking = Asking()
        asking.start("old")
        await asyncio.sleep(0.01)
        asking.start("new")
        await asking.answer("old")
        shown_before = list(asking.shown)
        await asking.answer("new")
        return shown_before, asking.shown

    before, after = asyncio.run(run())

    assert before == []
    assert after == ["new"]


def test_what_is_replaced_during_the_pause_is_never_asked():
    async def run():
        asking = Asking()
        for name in ("a", "b", "c"):
            asking.start(name, pause=0.05)
        await asyncio.sleep(0.1)
        await asking.answer("c")
        return asking

    asking = asyncio.run(run())

    assert asking.asked == ["c"]
    assert asking.shown == ["c"]


def test_an_error_is_passed_on_once_and_only_if_it_is_the_newest():
    async def run():
        asking = Asking()
        asking.start("old")
        await asyncio.sleep(0.01)
        asking.start("new")
        await asyncio.sleep(0.01)
        await asking.fail("old", ValueError("old"))
        await asking.fail("new", ValueError("new"))
        return asking

    asking = asyncio.run(run())

    assert [str(error) for error in asking.failed] == ["new"]
    assert asking.shown == []


def test_forgotten_requests_say_nothing():
    async def run():
        asking = Asking()
        asking.start("one")
        await asyncio.sleep(0.01)
        asking.latest.forget()
        await asking.answer("one")
        return asking

    assert asyncio.run(run()).shown == []
