"""A slow, obvious reading of a question: loops over rows, and nothing of the engine.

It reads the question as the JSON that is kept, so that it shares no code with the
package. What it says was derived from ``docs/reference/question.md`` alone.
"""

import math
from datetime import date


def find(question, persons, events):
    """Return ``{person: index date or None}`` for a question's JSON document."""
    found = {}
    for person in persons:
        own = [
            event
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
    days = [event["date"] for event in events if is_meant(event, criterion)]
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
        inside = [event for event in events if in_window(event, criterion, index)]
        return meets(criterion["criterion"], inside, index)
    meant = [event for event in events if is_meant(event, criterion)]
    return count_different(meant) >= criterion["at_least"]


def in_window(event, window, index):
    day = (event["date"] - index).days
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


def is_meant(event, criterion):
    if criterion["table"] is not None and event["table"] != criterion["table"]:
        return False
    if criterion["dates"] is not None and not in_range(
        event["date"], criterion["dates"]
    ):
        return False
    return has_code(event, criterion["codes"]) and has_value(event, criterion["value"])


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
        hit = (
            event["code"].startswith(entry["code"])
            if entry["match"] == "prefix"
            else event["code"] == entry["code"]
        )
        if hit and entry["exclude"]:
            return False
        taken = taken or hit
    return taken


def has_value(event, asked):
    if asked is None:
        return True
    if event["value"] is None or math.isnan(event["value"]):
        return False
    if asked["unit"] is not None and event["unit"] != asked["unit"]:
        return False
    numbers = stands_for(event["operator"], event["value"])
    return bool(numbers) and all(fits(number, asked) for number in numbers)


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
