"""The rules in the words of Spark SQL: the question is asked in DuckDB's, and few of those are others there."""

from __future__ import annotations

import re

WORD = re.compile(r"'(?:[^']|'')*'|[A-Za-z_]\w*|.", re.DOTALL)
RENAMED = {
    "strlen": "octet_length",
    "hash": "xxhash64",
    "list": "collect_list",
    "row": "struct",
    "VARCHAR": "STRING",
    "regexp_full_match": "rlike",
}


def in_spark(query: str) -> str:
    """Return an SQL expression or query of our own as Spark reads it.

    A text stands with its backslashes doubled, and a pattern says itself that it is about the whole text: Spark looks
    for it anywhere.
    """
    found, whole = [], False
    for word in WORD.findall(query):
        if word == "regexp_full_match":
            whole = True
        if word.startswith("'"):
            text = word[1:-1].replace("''", "'")
            found.append(spark_text(rf"\A(?:{text})\z" if whole else text))
            whole = False
        else:
            found.append(RENAMED.get(word, word))
    return "".join(found)


def spark_text(text: str) -> str:
    """Return a text as Spark writes one."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
