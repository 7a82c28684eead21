"""Domain core of CCE Migrator: facts in, checks, upgrade paths and runbooks out.

Plain Python without a web framework, a database, a clock or the network: the same inputs give the same bytes.
Data flows one way: ``snapshot`` -> ``paths`` and ``checks`` -> ``runbook`` -> ``render``.
"""

__version__ = "0.1.0"
