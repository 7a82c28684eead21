"""The checks, one module per subject. Every module here is loaded by the registry; helpers live one folder up."""
