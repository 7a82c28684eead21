"""Failures of the shared invariants show their values like those of a test."""

import pytest

pytest.register_assert_rewrite("tests.unit.runbook.invariants")
