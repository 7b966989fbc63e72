from collections.abc import Iterator

import pytest

from tests import post as posts
from tests.booking.waiting.cast import Hall


@pytest.fixture
def post(settings) -> Iterator[posts.Post]:
    """A mail server that takes everything; the instance sends by it."""
    with posts.post() as server:
        posts.use(settings, server.port)
        yield server


@pytest.fixture
def hall(db: None, post: posts.Post) -> Hall:
    return Hall(post=post)
