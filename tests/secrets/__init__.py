"""Marked credentials, the inputs that hold them, and the search for what became of them.

``marks``: values that can be found again in any form. ``plants``: objects with a mark in every place that can hold a
credential. ``forms``: every way in; a new reader is one more row there. The tests are in ``tests/unit/secrets`` for the
command line, in ``tests/apps/secrets`` for the service and in ``tests/e2e`` for its processes.
"""
