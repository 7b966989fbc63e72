"""Write the frozen vectors of format 1, once: ``python -m tests.pure.make_sealing_vectors``.

What is written here has to open for ever. A later format gets a file of its own; this one is
never written again, and the script refuses to.
"""

import json
from pathlib import Path

from clicdocteur import sealing

VECTORS = Path(__file__).with_name("sealing_vectors.json")
CHEAP = sealing.PasswordCost(memory_kib=8, iterations=1, lanes=1)
CONTEXT = sealing.Context("vector", "column", (1, 2**64 - 1))
PLAINTEXT = "Élodie Œuvrard, née le 29 février 1996".encode()
TYPED = "Crème brûlée ½ ②"


def make_vectors() -> dict[str, str]:
    """Return every kind of output, in hexadecimal but for the recovery code."""
    pair = sealing.generate_key_pair()
    key = bytes(range(32))
    code = sealing.recovery_code()
    code_bytes = sealing.parse_recovery_code(code)
    outputs = {
        "context": CONTEXT.encode(1),
        "private": pair.private,
        "public": pair.public,
        "sealed": sealing.seal(pair.public, PLAINTEXT, CONTEXT),
        "key": key,
        "encrypted": sealing.encrypt(key, PLAINTEXT, CONTEXT),
        "padded": sealing.pad(PLAINTEXT, 64),
        "wrapped_with_password": sealing.wrap_with_password(TYPED, PLAINTEXT, CONTEXT, CHEAP),
        "recovery_bytes": code_bytes,
        "wrapped_with_code": sealing.wrap_with_code(code_bytes, PLAINTEXT, CONTEXT),
        "derived": sealing.derive(key, "vector", 48),
        "tag": sealing.tag(key, b"1", "é", -1, 2**70),
    }
    return {name: value.hex() for name, value in outputs.items()} | {"recovery_code": code}


def write_vectors(path: Path = VECTORS) -> None:
    """Write the file; raise ``FileExistsError`` if it is there."""
    with path.open("x", encoding="utf-8") as file:
        json.dump(make_vectors(), file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    write_vectors()
