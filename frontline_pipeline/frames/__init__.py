"""Frames: the columns, types, units and keys of every table that travels through the pipeline.

Belongs here: frame specifications (raw.py, proven.py), the pandera schemas made from them, and the bundle that carries the
frames of one store-day.
Does not: reading extracts (frontline/), arithmetic over a Z-report (accounting/), storage (storage.py).
"""
