"""An application on a virtual machine and what becomes of it on CCE: its form, Dockerfile, manifests, runbook (I.1)."""
