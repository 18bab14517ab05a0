"""Every noun has one room, and every room is in the glossary."""

import re
from pathlib import Path


ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "GLOSSARY.md").read_text()
ROOMS = set(re.findall(r"\| `([^`]+)` \|$", GLOSSARY, flags=re.MULTILINE))


def test_every_room_in_the_glossary_exists():
    assert {room for room in ROOMS if not (ROOT / room).is_dir()} == set()


def test_every_noun_stands_once_and_in_its_place():
    nouns = re.findall(r"^\| \*\*([^*]+)\*\*", GLOSSARY, flags=re.MULTILINE)

    assert len(nouns) == len(set(nouns))
    assert nouns == sorted(nouns, key=str.lower)
    assert len(nouns) > 40


def test_every_folder_of_the_domain_is_a_room():
    without_a_noun_of_their_own = {"store", "cli"}
    folders = {
        f"enclave/{path.name}"
        for path in (ROOT / "enclave").iterdir()
        if (path / "__init__.py").exists()
    } - {f"enclave/{name}" for name in without_a_noun_of_their_own}

    assert folders <= ROOMS
