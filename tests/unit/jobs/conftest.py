"""The scene of a fake GitHub, shared with the tests of the forge."""

from tests.unit.forge.conftest import scene

__all__ = ["scene"]
