"""Attacks 10, 11, 16 and 17: put answers together."""

from itertools import islice

import numpy as np

from tests.builders.disclosure import all_of, any_of, but_not, event, question
from tests.security.count_gate.case import SECRET, Case, Finding, mean


def tracker(case: Case) -> Finding:
    """10: "the victim, or T" and "the victim, or not T" (Denning and Schlörer)."""
    sums = []
    for crowd in case.crowds[:20]:
        parts = [
            case.ask(question(any_of(case.target, part)))
            for part in (crowd, but_not(crowd))
        ]
        if None not in parts:
            sums.append(sum(parts) - case.patients.number)
    return Finding(mean(sums))


def complement(case: Case) -> Finding:
    """11: everybody less those who are not the victim, in several ways."""
    others = [
        but_not(case.target),
        any_of(but_not(SECRET), but_not(case.signature)),
        *(but_not(all_of(case.target, cover)) for cover in islice(case.covers(), 10)),
    ]
    answers = [case.ask(question(asked)) for asked in others]
    known = [answer for answer in answers if answer is not None]
    return Finding(case.patients.number - mean(known))


def total_less_cells(case: Case) -> Finding:
    """16: a total less the cells of its breakdown; hidden ones but one are given."""
    left = []
    mine = case.patients.cell_of(case.victim.patient)
    for cover in islice(case.covers(), 20):
        asked = question(SECRET, cover)
        total = case.ask(asked)
        shown = case.cells(asked)
        if total is None or shown is None:
            continue
        exact = {name: len(cell) for name, cell in case.patients.cells(asked).items()}
        others = sum(
            exact[name] if value is None else value
            for name, value in shown.items()
            if name != mine
        )
        in_mine = exact[mine] - case.patients.found(asked)[case.victim.patient]
        left.append(total - others - in_mine)
    return Finding(mean(left))


def reconstruction(case: Case) -> Finding:
    """17: random subsets of a group, solved by least squares (Dinur and Nissim).

    A crowd is added to each subset so that the answers are shown; how large it is, is
    one more unknown.
    """
    group = [case.victim.own_code, *case.neighbours(19)]
    crowd, rows, answers = case.crowds[0], [], []
    for _ in range(100):
        inside = case.random.random(len(group)) < 0.5
        if not inside.any():
            continue
        codes = [code for code, into in zip(group, inside, strict=True) if into]
        asked = question(any_of(crowd, all_of(SECRET, event(*codes))))
        answer = case.ask(asked)
        if answer is not None:
            rows.append([*inside, 1])
            answers.append(answer)
    solved = np.linalg.lstsq(np.array(rows, float), np.array(answers), rcond=None)[0]
    return Finding(solved[0], exact=bool(round(solved[0])) == case.victim.has_secret)
