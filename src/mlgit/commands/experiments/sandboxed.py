"""Where the experiments of a sweep are run: in the sandbox, so that the working tree and its branch are nobody's but the user's.

To begin an experiment DVC stashes what is changed in the tree that it stands in, detaches HEAD, writes the settings into the
file of parameters, and resets all of it: killed in between, or on a full disk, it leaves any of that, and what somebody edits
meanwhile lies in a stash. In a copy that goes with the sandbox nobody looks.
"""

from __future__ import annotations

from functools import cached_property

from mlgit.dvc.command import Dvc
from mlgit.dvc.experiments import ExperimentError, bring, experiments, run_experiment
from mlgit.dvc.search_space import Settings, name_of
from mlgit.evaluation.experiments import Done
from mlgit.git.repository import Repository
from mlgit.project.project import Project
from mlgit.project.sandbox import Sandbox
from mlgit.world.exhausted import exhausted

IDENTITY = ("user.name", "user.email")


class Sandboxed:
    """A copy of HEAD in the sandbox; the settings go into `file`, and `pipeline` is the dvc.yaml that is run, empty for the top's."""

    def __init__(self, project: Project, sandbox: Sandbox, file: str, pipeline: str) -> None:
        self._project = project
        self._sandbox = sandbox
        self._file = file
        self._pipeline = pipeline
        self._base = project.repository.resolve("HEAD")

    @cached_property
    def _copy(self) -> Repository:
        """The copy, made for the first experiment that has not been run; commits there bear the same name as here."""
        copy = self._sandbox.check_out(self._project.at(self._base).files)
        for setting in IDENTITY:
            known = self._project.repository.run("config", "--get", setting, check=False)
            if known.exit_code == 0:
                copy.run("config", "--", setting, known.text.removesuffix("\n"))
        return copy

    def tried(self, settings: Settings) -> Done:
        """Return what came of an experiment with these settings, which is run unless it stands.

        Raises `ExternalError` (`disk-full`) where the next one would fail, too.
        """
        name, lines = name_of(settings), list[str]()
        if any(one.name == name for one in experiments(self._project.repository, self._base)):
            return Done(name=name, settings=settings, stood=True)
        try:
            self._run(name, settings, lines)
        except ExperimentError:
            if lacking := exhausted(RuntimeError("\n".join(lines))):
                raise lacking from None
            last = next((one for one in reversed(lines) if one.strip()), "")
            return Done(name=name, settings=settings, failed=last or "DVC failed")
        return Done(name=name, settings=settings)

    def _run(self, name: str, settings: Settings, lines: list[str]) -> None:
        """Run an experiment in the copy and bring it home; what DVC says is kept in `lines`, and shown as progress."""
        context = self._project.context

        def on_line(text: str) -> None:
            lines.append(text)
            context.console.progress(text)

        run_experiment(Dvc(context, self._copy.root), name, settings, self._file, self._pipeline, on_line)
        bring(self._project.repository, self._copy, self._base, name)
