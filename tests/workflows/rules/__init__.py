"""The rules that every rendered workflow obeys, each a function from rendered files to what breaks it.

They are those of docs/explanation/workflow-security.md; a test runs each over every combination of options.
"""

from tests.workflows.rules import actions, rights, scripts, wiring
from tests.workflows.rules.table import RULES, violations

__all__ = ["RULES", "actions", "rights", "scripts", "violations", "wiring"]
