"""Look at tables: infer a schema, check against it, hold out a test set, fetch them anew.

example:
  mlgit data schema customers.csv --target churned   the schema of any file, to read or to redirect
  mlgit data schema customers                        write schemas/customers.yaml, or propose beside it
  mlgit data schema customers --update               what the schema needs for data that rightly changed
  mlgit data profile customers.csv --target churned --html profile.html   what is in a table, as one page
  mlgit data check                                   every table of mlgit.yaml; exit code 1 names the bad rows
  mlgit data check customers --report reports/data.json
  mlgit data diff main                               what changed since main: files, rows, columns, shifts
  mlgit data drift                                   exit code 1 when a table spreads otherwise than its reference
  mlgit data split customers --share 0.2             hold out a test set once and for all
  mlgit data update                                  fetch every table that has a source, when the new data are good
  mlgit data update --propose --local                the same beside your tree, as a branch a table to merge
"""

from __future__ import annotations

import argparse

from mlgit.cli.verbs.data import check, diff, drift, profile, schema, split, update
from mlgit.world.context import Context

ACTIONS = (schema, profile, check, diff, drift, split, update)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="schema|profile|check|diff|drift|split|update"
    )
    for action in ACTIONS:
        action.add_to(actions)


def execute(context: Context, arguments: argparse.Namespace) -> int:
    """Walk the action that was asked for and return its exit code."""
    code: int = arguments.act(context, arguments)
    return code
