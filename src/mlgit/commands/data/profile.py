"""Profile a table of mlgit.yaml, or any file that `init` reads."""

from __future__ import annotations

from msgspec.structs import replace

from mlgit.data.asked import Asked
from mlgit.data.elsewhere import is_address, table_at
from mlgit.data.envelope import ANY_BYTES
from mlgit.data.profile_table import profile_table
from mlgit.data.table_profile import TableProfile
from mlgit.git.lfs import refuse_pointer
from mlgit.project.project import Project
from mlgit.project.tables import chosen_tables, read_schema, refuse_links_outside
from mlgit.world.context import Context


def profile_subject(
    context: Context, subject: str, target: str, asked: Asked, *, query: str = "", memory: str = ""
) -> TableProfile:
    """Return the profile of the file that `subject` names, else of the table of mlgit.yaml.

    What the schema of a table says of its target, its groups and its time holds where nothing else was said.
    """
    path = context.directory / subject
    if path.exists() or is_address(subject):
        read = table_at(context, subject, query, ANY_BYTES)
        shown = subject if read.path == path else read.path.name
        found = profile_table(
            read.path,
            table=(path if path.exists() else read.path).name.partition(".")[0],
            shown=shown,
            today=context.today,
            target=target,
            asked=asked,
            memory=memory,
            progress=context.console.progress,
        )
        return replace(found, notes=(read.note,)) if read.note else found
    project = Project.nearest(context)
    table = chosen_tables(project.at().configuration, [subject])[subject]
    refuse_links_outside(project, table.path)
    refuse_pointer(project.root / table.path, table.path)
    if (project.root / table.schema).is_file():
        schema = read_schema(project.root, table.schema, subject)
        target = target or schema.target
        if not asked.group and not asked.time:
            asked = replace(asked, group=schema.group, time=schema.time)
    return profile_table(
        project.root / table.path,
        table=subject,
        shown=table.path,
        today=context.today,
        target=target,
        asked=asked,
        memory=memory,
        progress=context.console.progress,
    )
