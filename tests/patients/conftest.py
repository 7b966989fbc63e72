import pytest

from clicdocteur import sealing


@pytest.fixture(scope="session")
def pair() -> sealing.KeyPair:
    """An agenda's key pair."""
    return sealing.generate_key_pair()
