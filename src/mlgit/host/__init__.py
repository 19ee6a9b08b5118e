"""Where pull requests live: one small port and a module a forge."""
