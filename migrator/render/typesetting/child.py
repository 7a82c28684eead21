"""The process that sets one document: an order as JSON on standard input, the document on standard output.

It is run as a file, not as a part of the package: nothing of the product is imported.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    import typst

    order = json.load(sys.stdin.buffer)
    template = Path(order["template"])
    made = typst.compile(
        template,
        root=template.parent,
        font_paths=[order["fonts"]],
        ignore_system_fonts=True,
        format=order["format"],
        ppi=order["ppi"],
        sys_inputs=order["inputs"],
        timestamp=0,
        pdf_tags=False,  # four times as large with them; the same document as HTML reads well aloud
    )
    assert isinstance(made, bytes)  # noqa: S101 - one page, or one file of all pages
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
