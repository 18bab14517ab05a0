"""Many ask at once, from kernels of one visitor and of several."""

import asyncio

from tests.builders.disclosure import event, question


async def all_at_once(asking):
    return await asyncio.wait_for(asyncio.gather(*asking), timeout=240)


def test_all_who_ask_one_question_get_one_answer_and_pay_once(connect, run):
    asked = question(event("DE11"))
    clients = {name: [connect(name) for _ in range(6)] for name in ("rikke", "anne")}

    async def ask():
        found = await all_at_once(
            client.count(asked) for own in clients.values() for client in own
        )
        return found, [(await own[0].budget()).left for own in clients.values()]

    found, left = run(ask())

    assert len({answer.value for answer in found}) == 1
    assert left == [39, 39]
    for answers in (found[:6], found[6:]):
        assert sum(not answer.answered_before for answer in answers) == 1


def test_each_gets_the_answer_to_their_own_question(connect, run):
    rikke, anne = connect("rikke"), connect("anne")
    codes = [f"DI{number}" for number in range(10, 18)]
    asking = [
        (client, question(event(code), sex=sex))
        for code in codes
        for client, sex in ((rikke, "female"), (anne, "male"))
    ]

    async def ask():
        found = await all_at_once(client.count(asked) for client, asked in asking)
        return found, (await rikke.budget()).left, (await anne.budget()).left

    found, *left = run(ask())

    assert [one.question_digest for one in found] == [
        asked.digest for _, asked in asking
    ]
    assert left == [40 - len(codes)] * 2
    # Each is told of their own budget, and of no state in between twice.
    for own in (found[::2], found[1::2]):
        assert {one.budget_left for one in own} == set(range(left[0], 40))
