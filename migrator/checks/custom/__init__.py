"""Checks that a person writes without code: an expression over objects of a kind, in CEL.

``model``: what such a check is. ``language``: whether an expression is understood. ``sandbox``: the process in which
expressions run. ``judging``: from objects to findings. ``files``: checks out of a YAML file.
"""
