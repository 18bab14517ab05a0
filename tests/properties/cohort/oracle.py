"""A slow, obvious reading of a question: loops over rows, and nothing of the engine.

It reads the question as the JSON that is kept, so that it shares no code with the
package. What it says was derived from ``docs/reference/question.md`` alone.
"""

import math
from datetime import date
from decimal import Decimal, localcontext


def find(question, persons, events, ancestors=()):
    """Return ``{person: index date or None}`` for a question's JSON document."""
    found = {}
    for person in persons:
        own = [
            {**event, "above": codes_above(event, ancestors)}
            for event in events
            if event["person"] == person["person"] and event["date"] is not None
        ]
        index = first_date(question["index"], own)
        if question["index"] is not None and index is None:
            continue
        if belongs(person, question["population"], index) and all(
            meets(criterion, own, index) for criterion in question["criteria"]
        ):
            found[person["person"]] = index
    return found


def first_date(criterion, events):
    if criterion is None:
        return None
    days = [event["date"] for event in meant(criterion, events)]
    return min(days) if days else None


def belongs(person, population, index):
    born, died = person["birth_date"], person["death_date"]
    if population["sex"] is not None and person["sex"] != population["sex"]:
        return False
    if population["born"] is not None and not in_range(born, population["born"]):
        return False
    if population["alive_at"] is not None:
        day = moment(population["alive_at"], index)
        if born is None or born > day or (died is not None and died < day):
            return False
    return population["age"] is None or has_age(born, population["age"], index)


def has_age(born, asked, index):
    age = age_on(born, moment(asked["at"], index))
    if age is None:
        return False
    low, high = asked["minimum"], asked["maximum"]
    return (low is None or age >= low) and (high is None or age <= high)


def moment(text, index):
    return index if text == "index" else date.fromisoformat(text)


def age_on(born, day):
    """Count the birthdays that have come; None where there is nothing to count."""
    if born is None or born > day:
        return None
    age = 0
    while birthday(born, born.year + age + 1) <= day:
        age += 1
    return age


def birthday(born, year):
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if (born.month, born.day) == (2, 29) and not leap:
        return date(year, 3, 1)
    return date(year, born.month, born.day)


def meets(criterion, events, index):
    kind = criterion["kind"]
    if kind == "all_of":
        return all(meets(part, events, index) for part in criterion["criteria"])
    if kind == "any_of":
        return any(meets(part, events, index) for part in criterion["criteria"])
    if kind == "not":
        return not meets(criterion["criterion"], events, index)
    if kind == "within":
        inside = meant(
            criterion["criterion"],
            events,
            lambda event: in_window(event, criterion, index),
        )
        return enough(inside, criterion["criterion"])
    return enough(meant(criterion, events), criterion)


def meant(criterion, events, inside=lambda _: True):
    """Follow the order of the rules: kind, ever, times, pick, result."""
    pick = criterion["pick"]
    found = [event for event in events if is_of_kind(event, criterion)]
    if pick in ("first_ever", "last_ever"):
        found = on_the_day(found, pick)
    found = [event for event in found if is_dated(event, criterion) and inside(event)]
    if pick in ("first", "last"):
        found = on_the_day(found, pick)
    return [
        event
        for event in found
        if has_value(event, criterion["value"])
        and is_abnormal(event, criterion["abnormal"])
    ]


def on_the_day(events, pick):
    days = sorted(event["date"] for event in events)
    if not days:
        return []
    day = days[0] if pick.startswith("first") else days[-1]
    return [event for event in events if event["date"] == day]


def enough(events, criterion):
    days = {event["date"] for event in events}
    return count_different(events) >= criterion["at_least"] and len(days) >= (
        criterion["at_least_days"] or 1
    )


def in_window(event, window, start):
    day = (event["date"] - start).days
    if window["from_days"] is not None and day < window["from_days"]:
        return False
    return not (window["to_days"] is not None and day > window["to_days"])


def count_different(events):
    kept = []
    for event in events:
        seen = [
            event[name]
            for name in ("code_system", "code", "date", "value", "operator", "unit")
        ]
        # NaN equals itself here, as two empty cells do.
        seen = [
            "NaN" if isinstance(item, float) and math.isnan(item) else item
            for item in seen
        ]
        if seen not in kept:
            kept.append(seen)
    return len(kept)


def is_of_kind(event, criterion):
    if criterion["table"] is not None and event["table"] != criterion["table"]:
        return False
    if criterion["sources"] is not None and event["source"] not in criterion["sources"]:
        return False
    return has_code(event, criterion["codes"])


def is_dated(event, criterion):
    return criterion["dates"] is None or in_range(event["date"], criterion["dates"])


def codes_above(event, ancestors):
    return {
        row["ancestor"]
        for row in ancestors
        if (row["code"], row["code_system"]) == (event["code"], event["code_system"])
    }


def in_range(day, days):
    if day is None:
        return False
    if days["start"] is not None and day < date.fromisoformat(days["start"]):
        return False
    return days["end"] is None or day <= date.fromisoformat(days["end"])


def has_code(event, codes):
    if codes["system"] is not None and event["code_system"] != codes["system"]:
        return False
    taken = False
    for entry in codes["entries"]:
        if event["code"] is None:
            continue
        hit = event["code"] == entry["code"]
        if entry["match"] == "prefix":
            hit = event["code"].startswith(entry["code"])
        if entry["match"] == "descendants":
            hit = hit or entry["code"] in event["above"]
        if hit and entry["exclude"]:
            return False
        taken = taken or hit
    return taken


def has_value(event, asked):
    if asked is None:
        return True
    if event["value"] is None or math.isnan(event["value"]):
        return False
    if asked["convert"] is not None:
        asked = in_unit(event["unit"], asked)
    elif asked["unit"] is not None and event["unit"] != asked["unit"]:
        return False
    if asked is None:
        return False
    numbers = stands_for(event["operator"], event["value"])
    return bool(numbers) and all(fits(number, asked) for number in numbers)


# Decimal places between units, which is all the trials use: by hand, from the tables of
# docs/reference/question.md.
GRAMS = {"g/L": "1", "mg/L": "1e-3", "g/dL": "1e1", "mg/dL": "1e-2"}
MOLES = {"mmol/L": "1e-3", "µmol/L": "1e-6"}
GLUCOSE = "180.156"


def in_unit(unit, asked):
    """Ask the same in another unit, or nothing where there is no way to it."""
    if asked["convert"] == "haemoglobin_a1c":
        return in_unit_of_a1c(unit, asked)
    grams = {name: Decimal(size) for name, size in GRAMS.items()}
    moles = {name: Decimal(size) for name, size in MOLES.items()}
    if asked["convert"] == "glucose":
        grams |= {name: size * Decimal(GLUCOSE) for name, size in moles.items()}
    kind = grams if asked["unit"] in grams else moles
    if unit not in kind:
        return None
    return changed(
        asked, lambda number: Decimal(repr(number)) * kind[asked["unit"]] / kind[unit]
    )


def in_unit_of_a1c(unit, asked):
    if unit not in ("%", "mmol/mol"):
        return None
    if unit == asked["unit"]:
        return asked
    if unit == "%":
        return changed(
            asked,
            lambda number: (Decimal(repr(number)) + Decimal("23.5")) / Decimal("10.93"),
        )
    return changed(
        asked,
        lambda number: Decimal(repr(number)) * Decimal("10.93") - Decimal("23.5"),
    )


def changed(asked, calculate):
    numbers = {"threshold", "lower", "upper"} & asked.keys()
    with localcontext(prec=60):
        return asked | {name: float(calculate(asked[name])) for name in numbers}


def is_abnormal(event, asked):
    """Compare with the limits of the row itself."""
    if asked is None:
        return True
    below = {"operator": "<", "threshold": event["low"]}
    above = {"operator": ">", "threshold": event["high"]}
    sides = {"low": [below], "high": [above], "low_or_high": [below, above]}[asked]
    return any(
        side["threshold"] is not None
        and not math.isnan(side["threshold"])
        and has_value(event, {**side, "unit": None, "convert": None})
        for side in sides
    )


def stands_for(operator, value):
    """Return the smallest and largest numbers that a written result stands for."""
    return {
        None: [value],
        "=": [value],
        "<": [-math.inf, math.nextafter(value, -math.inf)],
        "<=": [-math.inf, value],
        ">": [math.nextafter(value, math.inf), math.inf],
        ">=": [value, math.inf],
    }.get(operator, [])


def fits(number, asked):
    if asked["operator"] == "between":
        return asked["lower"] <= number <= asked["upper"]
    threshold = asked["threshold"]
    return {
        "<": number < threshold,
        "<=": number <= threshold,
        ">": number > threshold,
        ">=": number >= threshold,
        "=": number == threshold,
    }[asked["operator"]]
