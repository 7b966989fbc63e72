"""The processes of `tests.processes`: a fork of the warm Python ends as a Python of its own would."""

from pathlib import Path

import pytest

from clicdocteur import server_secret
from tests.processes import Instance


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nsys.exit('why')",
        "import sys\nprint(sys.argv, repr(sys.stdin.read()))\nsys.exit(3)",
        "import atexit\natexit.register(print, 'at the end')\n1 / 0",
        "import os\nprint(os.getcwd(), flush=True)\nos.kill(os.getpid(), 9)",
        "import os\nfrom django.conf import settings\nprint(settings.SECRET_FILE, {*os.environ} - {'PYTHONHASHSEED', 'TZ', 'LC_CTYPE'})\n",
    ],
)
def test_a_fork_ends_as_a_new_process_does(tmp_path: Path, code: str):
    server_secret.ensure(Instance(tmp_path).secret)
    # A variable for Python itself asks for a new process; with this one sets are printed in one order.
    new, fork = (Instance(tmp_path, more).python(code) for more in ({"PYTHONHASHSEED": "0"}, {}))
    assert (fork.returncode, fork.stderr.splitlines()[-1:]) == (new.returncode, new.stderr.splitlines()[-1:])
    assert sorted(fork.stdout) == sorted(new.stdout)
