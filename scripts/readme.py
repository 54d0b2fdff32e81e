#!/usr/bin/env python3
"""Keeps README.md true: runs its commands and writes what they print.

Every line `$ COMMAND` of a ```console block is run by bash, all in one scratch folder, and the
lines behind it become what it printed. Whole pipelines in ```yaml blocks are checked. The text between `<!-- reference -->` and
`<!-- /reference -->` becomes what `riverrun check --reference` prints.

    scripts/readme.py            rewrites README.md
    scripts/readme.py --check    exits with 1 and the differences where it would

`riverrun` must be on the PATH.
"""

import difflib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PROGRESS = re.compile(r"riverrun: .*, channels [0-9 ]+%")


def run(command, folder):
    """What a command prints on both outputs; its failure ends the script."""
    result = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={
            **os.environ,
            "RIVERRUN_MODELS": str(ROOT / "models"),
            # With AMX scores in bf16 have other last digits.
            "RIVERRUN_MAX_ISA": "avx512_bf16",
        },
        check=False,
    )
    output = result.stdout.decode()
    if result.returncode != 0:
        sys.exit(f"README.md: `{command}` exits with {result.returncode}:\n{output}")
    # How many lines of progress there are depends on the machine's speed.
    lines = (line.rstrip() for line in output.splitlines())
    return [line for line in lines if not PROGRESS.match(line)]


def check_pipelines(text, folder):
    """Checks the pipeline files that stand in the text."""
    for example in re.findall(r"^```yaml\n(name: .*?)^```", text, re.DOTALL | re.MULTILINE):
        (pathlib.Path(folder) / "example.yaml").write_text(example)
        run("riverrun check example.yaml", folder)


def rewritten(text, folder):
    """The README with the outputs of its commands."""
    lines = []
    in_console = False
    for line in text.splitlines():
        if line.startswith("```"):
            in_console = line == "```console"
            lines.append(line)
        elif in_console and line.startswith("$ "):
            lines.append(line)
            lines += run(line[2:], folder)
        elif not in_console:
            lines.append(line)
    check_pipelines(text, folder)
    reference = "\n".join(run("riverrun check --reference", folder)).rstrip()
    return re.sub(
        r"(<!-- reference -->\n).*?(<!-- /reference -->)",
        lambda match: f"{match[1]}\n{reference}\n\n{match[2]}",
        "\n".join(lines) + "\n",
        flags=re.DOTALL,
    )


def main():
    text = README.read_text()
    with tempfile.TemporaryDirectory() as folder:
        # Pipelines are named as they lie in the checkout.
        (pathlib.Path(folder) / "pipelines").symlink_to(ROOT / "pipelines")
        new = rewritten(text, folder)
    if sys.argv[1:] == ["--check"]:
        difference = list(
            difflib.unified_diff(
                text.splitlines(), new.splitlines(), "README.md", "as it should be", lineterm=""
            )
        )
        print("\n".join(difference))
        sys.exit(1 if difference else 0)
    README.write_text(new)


if __name__ == "__main__":
    main()
