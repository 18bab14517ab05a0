"""A closed room for a process: no network, no neighbours, only what it was given.

``description`` says what a room holds, ``bubblewrap`` builds it, ``requirements`` says
whether this machine can. There is no way to run anything without the room.
"""
