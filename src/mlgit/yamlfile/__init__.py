"""The one YAML reader: strict, bounded, and able to say on which line a value stands.

Plain values follow the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema), as DVC reads them:
`1e-3` and `400_000` are numbers, `on` and `yes` are words, `010` is ten; a date stays the text that was written. Refused
is what has bitten people: duplicate keys, tags that name Python objects, more than one document, and aliases that expand
a few hundred bytes to gigabytes.
"""

from __future__ import annotations

from mlgit.text import quoted
from mlgit.yamlfile.document import Document
from mlgit.yamlfile.plain_values import MAXIMUM_DIGITS
from mlgit.yamlfile.reading import MAXIMUM_NODES, decoded, read, refuse_conflict
from mlgit.yamlfile.writing import written

__all__ = [
    "MAXIMUM_DIGITS",
    "MAXIMUM_NODES",
    "Document",
    "decoded",
    "quoted",
    "read",
    "refuse_conflict",
    "written",
]
