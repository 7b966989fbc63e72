"""The garbage collector of a process that has loaded all that it will: a server, a bench, a run of the tests."""

import gc


def settle() -> None:
    """Look no more at what is there, which never goes away, and at what comes every 10 000 things instead of every 700.

    A page makes thousands of things that go by themselves: the first is a sixth of a long search, the second a tenth of a short one.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
