"""Families of steps: each module turns the inventory into the steps of one part of a playbook, and nothing else."""
