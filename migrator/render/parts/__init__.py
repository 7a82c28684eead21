"""The parts of a runbook as blocks, one module a part: what stands in a document, in which words, not how it looks."""
