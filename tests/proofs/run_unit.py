"""Run a systemd unit's ExecStartPre and ExecStart where there is no systemd: its account, folder, settings and credentials; as root.

    python3 run_unit.py clicdocteur-web.service

What a kernel enforces for systemd (name spaces, system call filters) is not enforced here.
"""

import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def read(path: Path) -> dict[str, list[str]]:
    """Return what the unit's [Service] says, by name."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            name, _separator, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def settings(said: dict[str, list[str]]) -> dict[str, str]:
    """Return the variables of its environment files."""
    found = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    for name in said.get("EnvironmentFile", []):
        path = Path(name.lstrip("-"))
        if name.startswith("-") and not path.exists():
            continue
        for line in path.read_text().splitlines():
            variable, separator, value = line.partition("=")
            if separator and not line.startswith("#"):
                found[variable] = value
    return found


def main(unit: str) -> None:
    """Take the unit's account's place, then become what it starts."""
    said = read(Path("/etc/systemd/system") / unit)
    account = pwd.getpwnam(said["User"][0])
    environment = settings(said)
    credentials = Path(tempfile.mkdtemp(prefix="credentials-"))
    for one in said.get("LoadCredential", []):
        name, _separator, source = one.partition(":")
        shutil.copy(source, credentials / name)
        (credentials / name).chmod(0o400)
        os.chown(credentials / name, account.pw_uid, account.pw_gid)
    os.chown(credentials, account.pw_uid, account.pw_gid)
    for line in said.get("Environment", []):
        for one in shlex.split(line.replace("%d", str(credentials))):
            variable, _separator, value = one.partition("=")
            environment[variable] = value
    os.chdir(said["WorkingDirectory"][0])
    os.umask(int(said["UMask"][0], 8))
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    for before in said.get("ExecStartPre", []):
        done = subprocess.run(shlex.split(before.lstrip("-")), env=environment, check=False)
        if done.returncode and not before.startswith("-"):
            sys.exit(done.returncode)
    command = shlex.split(said["ExecStart"][0])
    os.execve(command[0], command, environment)  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main(sys.argv[1])
