"""One module a verb: its arguments, and the walk from command to view.

Each has `configure(parser)`, which declares the arguments, and `execute(context, arguments)`, which returns the exit
code. A module is imported only when its verb is called, so that `mlgit --help` stays quick.
"""
