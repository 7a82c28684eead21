"""Drawings of a runbook as SVG: no script, no font of their own, from the same input the same bytes."""
