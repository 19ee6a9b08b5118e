"""The command line: the table of verbs, one place that turns errors into words and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from mlgit import __version__
from mlgit.cli.streams import for_log, let_go, prepare
from mlgit.errors import ENVIRONMENT, INTERRUPTED, ExternalError, MlgitError, UsageError
from mlgit.text import abridged

if TYPE_CHECKING:
    from pathlib import Path

    from mlgit.redact import Redactor

VERBS: dict[str, str] = {
    "init": "scaffold a repository that works at once, or adopt the one here",
    "sync": "render the managed files from mlgit.yaml; --check finds hand edits",
    "status": "which stages are out of date, and why",
    "train": "run what is out of date, through DVC, with progress",
    "experiments": "sweep parameters through DVC, rank what came of it, make a branch of one",
    "check": "check code, data and model: exactly what CI checks",
    "data": "infer a schema, check tables against it, split off a test set",
    "compare": "what changed between two commits: metrics, parameters, data, stages",
    "gate": "the verdict alone: is the new model no worse, by the gates of the base",
    "comment": "post or update the one comment of a pull request",
    "lineage": "where a model came from: data, code, parameters, who, why, when, how long",
    "reproduce": "train a commit again elsewhere, and say whether the same comes out",
    "retrain": "continuous training: decide whether and why, train, gate, propose",
    "register": "make a version of a model: a tag with its record, verdict and card",
    "promote": "let an environment run a version: one commit or one pull request",
    "rollback": "let an environment run again what ran there before",
    "deploy": "make what runs in an environment what has to run there, and test it there",
    "serve": "a model behind an address: validated, observable, swapped while it runs",
    "predict": "what a model says of every row of a table, in bounded memory",
    "history": "what ran where, from when to when, by whom and why",
    "models": "which models are registered, their versions, where each runs",
    "affected": "what a change concerns: code, data, model, and which models",
    "run": "execute the rendered workflows on this machine, before any push",
    "demo": "play the whole story in a fresh folder with real data, in a minute or two",
    "doctor": "name what is missing here, and the command that mends it",
    "migrate": "what of your own workflows mlgit's do, as a difference to apply",
    "requirements": "what Poetry, Pipenv or Conda keep of the packages, as requirements",
    "completion": "print what lets a shell complete verbs and options",
    "help": "print a page of the documentation, or what the code of an error means",
}
"""Every verb that works, in the order of a day's work, with its one line of help."""

FILE = "mlgit.yaml"

CLOSING = """\
mlgit VERB --help tells more of each, with an example; mlgit help lists the pages of the documentation.
exit codes: 0 good, 1 check failed, 2 wrong usage, 3 undecided, 4 environment error, 130 interrupted"""


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Nothing but data goes to standard output."""
    verb = next((word for word in arguments if not word.startswith("-")), None)
    redactor = cache(new_redactor)
    prepare()
    try:
        if verb in VERBS:
            return run_verb(verb, list(arguments), redactor)
        return run_without_verb(list(arguments))
    except MlgitError as error:
        tell(explained(error), redactor())
        return error.exit_code
    except KeyboardInterrupt:
        tell("interrupted", redactor())
        return INTERRUPTED
    except BrokenPipeError:
        let_go()
        return ENVIRONMENT
    except Exception as error:
        return told_unexpected(error, redactor())


def told_unexpected(error: Exception, redactor: Redactor) -> int:
    """Say what nobody expected, a lack of this machine or a fault of mlgit, and return the exit code."""
    from mlgit.world.exhausted import exhausted

    known = exhausted(error)
    if known is None:
        return told_fault(redactor)
    tell(explained(known), redactor)
    return known.exit_code


def told_fault(redactor: Redactor) -> int:
    """Say that mlgit has a fault, with a report that holds no secret, and return the exit code."""
    import platform
    import tempfile
    import traceback

    redactor.learn_environment(os.environ)
    facts = f"mlgit {__version__}, Python {platform.python_version()}, {platform.platform()}"
    report = redactor(f"{facts}\n{traceback.format_exc()}")
    kept = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            prefix="mlgit-fault-",
            suffix=".txt",
            delete=False,
            encoding="utf-8",
            errors="backslashreplace",
        ) as stream:
            stream.write(report)
            kept = stream.name
    except OSError:
        tell(report, redactor)
    hint = f"report it with {kept}" if kept else "report it with the lines above"
    tell(explained(ExternalError("fault", "this is a fault of mlgit, not of yours", hint=hint)), redactor)
    return ENVIRONMENT


class Parser(argparse.ArgumentParser):
    """A parser whose errors show no secret of the environment."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments, and end."""
        redactor = new_redactor()
        redactor.learn_environment(os.environ)
        super().error(for_log(abridged(redactor(message))))


def run_without_verb(arguments: list[str]) -> int:
    """Answer `mlgit`, `--help` and `--version`, and a verb that does not exist."""
    width = max(map(len, VERBS)) + 2
    verbs = "\n".join(f"  {verb:<{width}}{text}" for verb, text in VERBS.items())
    parser = Parser(
        prog="mlgit",
        usage="mlgit VERB [options]",
        description=f"Your ML repository is the MLOps platform.\n\n{verbs}",
        epilog=CLOSING,
        formatter_class=plain_help,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"mlgit {__version__}")
    unknown = [word for word in arguments if not word.startswith("-")]
    if unknown:
        raise UsageError(
            "verb-unknown",
            f"{unknown[0]!r} is no verb of mlgit{closest(unknown[0])}",
            hint="mlgit --help lists them",
        )
    parser.parse_args(arguments)
    parser.print_help()
    return 0


def run_verb(verb: str, arguments: list[str], redactor: Callable[[], Redactor]) -> int:
    """Parse the arguments of one verb and run it; what `redactor` gives learns what the verb may not show."""
    arguments.remove(verb)
    import_msgspec()
    module = verb_module(verb)
    parser = Parser(
        prog=f"mlgit {verb}",
        description=module.__doc__,
        formatter_class=plain_help,
        allow_abbrev=False,
    )
    module.configure(parser)
    parsed = parser.parse_args(arguments)
    from mlgit.cli.console import terminal_console
    from mlgit.host.choose import with_credential
    from mlgit.world.context import real_context
    from mlgit.world.streaming import interruptible

    with interruptible(), terminal_console(redactor()) as console:
        context = with_credential(real_context(console, redactor()))
        context.learn_secrets(named_secrets(context.directory))
        exit_code: int = module.execute(context, parsed)
    return exit_code


def import_msgspec() -> None:
    """Import msgspec without typing_extensions, of which it takes nothing that `typing` has not had since Python 3.11.

    With what that imports (inspect, ast, tokenize) it is a tenth of a short command. Whoever imports it later finds it.
    """
    name = "typing_extensions"
    if name in sys.modules:
        return
    sys.modules[name] = None  # type: ignore[assignment] # Python's own way to say that there is none
    try:
        importlib.import_module("msgspec")
    finally:
        del sys.modules[name]


def named_secrets(directory: Path) -> tuple[str, ...]:
    """Return the variables that the nearest mlgit.yaml, in a folder or above it, says to hold secrets."""
    found = next((place for one in (directory, *directory.parents) if (place := one / FILE).is_file()), None)
    content = found.read_bytes() if found is not None else b""
    if b"secrets" not in content:
        return ()
    from mlgit.config.reader import read

    try:
        return read(content).secret_variables
    except MlgitError:
        return ()


def plain_help(prog: str) -> argparse.HelpFormatter:
    """Return a formatter of help that knows its width: argparse makes one for each argument and asks shutil, a slow import."""
    return argparse.RawDescriptionHelpFormatter(prog, width=help_width())


def help_width() -> int:
    """Return the columns that help may take: what COLUMNS says, else those of the terminal, else 80, less two."""
    said = os.environ.get("COLUMNS", "")
    if said.isdigit() and int(said) > 0:
        return int(said) - 2
    try:
        columns = os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 80
        return (columns or 80) - 2
    except (OSError, ValueError):
        return 78


def verb_module(verb: str) -> ModuleType:
    """Return the module of a verb, imported now."""
    return importlib.import_module(f"mlgit.cli.verbs.{verb}")


def closest(word: str) -> str:
    """Return a suggestion for a misspelt verb, or nothing."""
    import difflib

    found = difflib.get_close_matches(word, VERBS, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def explained(error: MlgitError) -> str:
    """Return an error as its code, its place, one sentence and its hint."""
    place = f"{error.where}: " if error.where else ""
    hint = f"\nhint: {error.hint}" if error.hint else ""
    return f"error[{error.code}]: {place}{error.message}{hint}"


def new_redactor() -> Redactor:
    """Return what takes secrets out of texts; its import costs more than all the rest of `--help`."""
    from mlgit.redact import Redactor

    return Redactor()


def tell(text: str, redactor: Redactor) -> None:
    """Write to standard error, without secrets."""
    redactor.learn_environment(os.environ)
    sys.stderr.write(for_log(abridged(redactor(text))) + "\n")
