"""Counts the instructions of an ingest for each byte of text, which no other load on the machine disturbs.

    python Benchmarks/ingest_instructions.py .build/release/riverrun BOOK [--to FUNCTION] [--count 40]

A part of the book and the whole of it are read under valgrind's callgrind, and what starting takes
falls out of the difference: for each function the instructions of its own a byte of text, and with
--to those who call one whose name holds FUNCTION, with how often. A copy by one instruction
(`rep movsb`, in memcpy) counts as one for each byte.

Needs valgrind, a C compiler, `swift demangle` and the static encoder (`riverrun models distill`).
"""

import argparse
import collections
import pathlib
import re
import subprocess
import tempfile

# Valgrind 3.19 writes into the mask that it is given, which lies in memory that cannot be written.
SHIM = """
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return syscall(SYS_rt_sigsuspend, &copy, 8);
}
"""


def profile(folder, binary, text):
    """Own instructions of each function, and calls and instructions of each by each."""
    counts = folder / "counts"
    store = folder / f"store-{text.name}"
    subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", binary, "ingest", text,
         "--store", store, "--model", "static", "--quiet"],
        check=True, stderr=subprocess.DEVNULL, env={"LD_PRELOAD": str(folder / "shim.so")})
    names, own = {}, collections.Counter()
    calls, within = collections.Counter(), collections.Counter()

    def name(field):
        number, text = re.match(r"\((\d+)\)(?: (.*))?", field).groups()
        return names.setdefault(number, text)

    caller = callee = called = None
    for line in counts.read_text().splitlines():
        if line.startswith("fn="):
            caller = name(line[3:])
        elif line.startswith("cfn="):
            callee = name(line[4:])
        elif line.startswith("calls="):
            called = int(line[6:].split()[0])
        elif line[:1] and line[0] in "0123456789+-*":
            cost = int(line.split()[1])
            if called is None:
                own[caller] += cost
            else:
                calls[caller, callee] += called
                within[caller, callee] += cost
                called = None
    return own, calls, within


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("book", type=pathlib.Path)
    parser.add_argument("--to")
    parser.add_argument("--count", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "shim.c").write_text(SHIM)
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", folder / "shim.so", folder / "shim.c"],
                       check=True)
        # Valgrind gives up at debug information of this kind.
        subprocess.run(["strip", "-g", "-o", folder / "riverrun", options.binary], check=True)
        text = options.book.read_bytes()
        part = text[:text.rindex(b"\n", 0, len(text) // 3) + 1]
        (folder / "part.txt").write_bytes(part)
        (folder / "whole.txt").write_bytes(text)
        size = len(text) - len(part)
        less = profile(folder, folder / "riverrun", folder / "part.txt")
        more = profile(folder, folder / "riverrun", folder / "whole.txt")
    own, calls, within = [collections.Counter(m) for m in more]
    for counter, start in zip((own, calls, within), less):
        counter.subtract(start)
    names = list({name for pair in calls for name in pair} | set(own))
    plain = dict(zip(names, subprocess.run(
        ["swift", "demangle", "-simplified"], input="\n".join(names), capture_output=True, text=True,
        check=True).stdout.split("\n")))
    print(f"{sum(own.values()) / size:.1f} instructions a byte")
    if options.to:
        pairs = [pair for pair in calls if options.to in plain[pair[1]]]
        for pair in sorted(pairs, key=lambda pair: -within[pair])[:options.count]:
            print(f"{within[pair] / size:8.2f} {calls[pair]:9} calls"
                  f"  {plain[pair[0]][:80]} -> {plain[pair[1]][:60]}")
    else:
        for name, count in own.most_common(options.count):
            print(f"{count / size:8.2f} {count / sum(own.values()):6.1%}  {plain[name][:110]}")


if __name__ == "__main__":
    main()
