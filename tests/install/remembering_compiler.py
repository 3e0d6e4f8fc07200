"""A g++ that does not optimize, and compiles the same text once.

usage: remembering_compiler.py MEMORY ARGUMENT ...

The builds of these tests differ in their folders and environments, not in what is compiled. An
object is remembered in the folder MEMORY by its preprocessed text and its options but for paths.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

COMPILER = "/usr/bin/g++"
WITH_VALUE = ("-o", "-MF", "-MT", "-MQ", "-isystem", "-I", "-include")
WITH_PATH = ("-I", "-isystem", "-ffile-prefix-map=", "/")


def key_of(options: list[str], text: bytes) -> str:
    """What an object depends on."""
    kept = []
    given = iter(options)
    for option in given:
        if option in WITH_VALUE:
            next(given)
        elif not option.startswith(WITH_PATH):
            kept.append(option)
    return hashlib.sha256("\0".join(kept).encode() + text).hexdigest()


def main() -> int:
    """Compiles, or copies what was compiled; the exit status is that of the compiler."""
    memory, *options = sys.argv[1:]
    command = [COMPILER, *options, "-O0"]
    if "-c" not in options:
        return subprocess.run(command).returncode
    output = Path(options[options.index("-o") + 1])
    # This also writes the list of headers that ninja asks for.
    preprocess = [*(option for option in options if option not in ("-c", "-o", str(output)))]
    text = subprocess.run([COMPILER, *preprocess, "-E", "-P"], stdout=subprocess.PIPE)
    if text.returncode:
        return text.returncode
    known = Path(memory) / key_of(options, text.stdout)
    if not known.exists():
        done = subprocess.run(command)
        if done.returncode:
            return done.returncode
        made = known.with_suffix(f".{os.getpid()}")
        made.write_bytes(output.read_bytes())
        made.rename(known)
    output.write_bytes(known.read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main())
