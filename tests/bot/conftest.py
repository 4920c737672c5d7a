import pytest

from .scene import Scene


@pytest.fixture
def scene(sqlite_store):
    with Scene() as scene:
        yield scene


@pytest.fixture
def lane_scene(store):
    """The same once on each engine, for what happens in the lane."""
    with Scene() as scene:
        yield scene
