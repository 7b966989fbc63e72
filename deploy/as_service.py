"""`clicdocteur …` on a Debian machine: manage.py as the service's account, with the service's settings. As root.

Settings are read as systemd reads an EnvironmentFile: NAME=value a line, no shell in between. What changes or rewrites
tables runs as their owner where there is one (PostgreSQL).
"""

import os
import pwd
import sys
from pathlib import Path

ACCOUNT = "clicdocteur"
ETC = Path("/etc/clicdocteur")
APP = Path(__file__).resolve().parent.parent
AS_OWNER = ("upgrade", "rewrite", "restore", "setup", "migrate")


def read(path: Path) -> dict[str, str]:
    """Return the settings of a file; an empty line or one that starts with # says nothing."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name] = value[1:-1] if quoted else value
    return found


def main(arguments: list[str]) -> None:
    """Take the account's place for good, then become manage.py."""
    if os.geteuid() != 0:
        sys.exit("Lancez-le avec sudo.")
    account = pwd.getpwnam(ACCOUNT)
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": account.pw_dir,
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "SECRET_FILE": str(ETC / "secret/server-secret"),
        **read(ETC / "environment"),
    }
    if arguments[:1] and arguments[0] in AS_OWNER and (ETC / "owner").exists():
        environment |= read(ETC / "owner")
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.umask(0o077)
    os.chdir(APP)
    python = str(APP / ".venv/bin/python")
    os.execve(python, [python, "manage.py", *arguments], environment)  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main(sys.argv[1:])
