"""Assets: thin wiring of one store-day through the rooms.

Belongs here: load, call a pure function, return, describe. Each module exports `build(partitions) -> list`.
Does not: logic; a body over about 20 lines has some that belongs in another room.
"""
