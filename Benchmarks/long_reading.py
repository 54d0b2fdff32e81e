#!/usr/bin/env python3
"""Reading 10,000, 100,000 and 1,000,000 tokens with a model of 15 M parameters, beside llama.cpp.

    swift build -c release --product riverrun
    python3 -m venv peers && peers/bin/pip install numpy gguf llama-cpp-python
    peers/bin/python Benchmarks/long_reading.py .build/release/riverrun WORK WINDOW [SECONDS]

WORK gets a file of random weights in Q8_0 (288 wide, 6 layers of 6 heads), texts of so many letters, each a
token, and the stores. Each row is a process of its own on one thread: `generate --attention window` of one
token, `read` into a store (InfLLM's blocks on disk), one more token behind what was read, and llama.cpp with all
keys in its cache (f16), in batches of 512. Prints tokens a second by the clock and by processor time,
the process's own memory at most, and with the pages of files that it touched. No row goes on
for longer than SECONDS, 600 unless given.
"""
import ctypes
import os
import random
import shutil
import subprocess
import sys
import threading
import time

COUNTS = [10_000, 100_000, 1_000_000]


def make_text(path, count):
    """Lines of letters: the vocabulary has a token for each byte and one that begins the text."""
    letters = random.Random(1)
    with open(path, "w") as file:
        for start in range(0, count - 4, 80):
            line = "".join(letters.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(79))
            file.write((line + "\n")[: count - 4 - start])


def watch(process, peaks):
    """Notes the most memory of a process: its own, and with the pages of files."""
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as file:
                values = dict(line.split(":", 1) for line in file)
            peaks["own"] = max(peaks["own"], int(values["RssAnon"].split()[0]))
            peaks["all"] = max(peaks["all"], int(values["VmHWM"].split()[0]))
        except (KeyError, OSError, ValueError):
            pass
        time.sleep(0.05)


def measure(name, count, command, source, seconds, reads=True):
    """Runs a command and prints its row; rates only where it reads all of the text."""
    peaks = {"own": 0, "all": 0}
    start, before = time.perf_counter(), os.times()
    with open(source, "rb") as file:
        process = subprocess.Popen(
            command, stdin=file, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        watcher = threading.Thread(target=watch, args=(process, peaks))
        watcher.start()
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        watcher.join()
    clock = time.perf_counter() - start
    after = os.times()
    processor = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    if status != 0:
        print(f"| {name} | {count:,} | not done in {clock:.0f} s | | | |", flush=True)
        return False
    rates = f"{count / clock:,.0f} | {count / processor:,.0f}" if reads else "|"
    print(
        f"| {name} | {count:,} | {clock:.2f} s | {rates}"
        f" | {peaks['own'] / 1024:.0f} | {peaks['all'] / 1024:.0f} |",
        flush=True,
    )
    return True


def their_side(path, source):
    """Reads a text with llama.cpp in this process, and asks for one token's logits."""
    import llama_cpp

    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    with open(source, "rb") as file:
        # A byte's token is behind three others.
        tokens = [1] + [3 + byte for byte in file.read()]
    model = llama_cpp.llama_load_model_from_file(
        path.encode(), llama_cpp.llama_model_default_params()
    )
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx = len(tokens) + 1
    settings.n_batch = settings.n_ubatch = 512
    settings.n_threads = settings.n_threads_batch = 1
    context = llama_cpp.llama_new_context_with_model(model, settings)
    for start in range(0, len(tokens), 512):
        part = tokens[start : start + 512]
        array = (llama_cpp.llama_token * len(part))(*part)
        if llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(array, len(part))):
            raise SystemExit("llama.cpp cannot decode")
    llama_cpp.llama_get_logits(context)


def main():
    if sys.argv[1] == "--theirs":
        return their_side(*sys.argv[2:])
    binary, folder, window = sys.argv[1:4]
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 600
    os.makedirs(folder, exist_ok=True)
    from decoder_peers import file as model_file

    model = model_file(folder, "15M", "Q8_0")
    print("| what | tokens | clock | tokens/s | by processor time | MiB | with pages of files |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    going = {"window", "infllm", "llama.cpp"}
    for count in COUNTS:
        text, store = f"{folder}/{count}.txt", f"{folder}/{count}.store"
        make_text(text, count)
        shutil.rmtree(store, ignore_errors=True)
        ours = [binary, "generate", "--model", model, "--threads", "1", "--tokens", "1"]
        rows = [
            ("window", ours + ["--attention", "window", "--window", window]),
            (
                "infllm",
                [binary, "read", text, "--model", model, "--store", store, "--threads", "1"]
                + ["--window", window, "--quiet"],
            ),
            ("llama.cpp", [sys.executable, __file__, "--theirs", model, text]),
        ]
        for name, command in rows:
            if name in going and not measure(name, count, command, text, seconds):
                going.remove(name)
            if name == "infllm" and name in going:
                command = ours + ["--store", store]
                measure("one more token", count, command, os.devnull, seconds, reads=False)
                size = sum(
                    os.path.getsize(os.path.join(path, name))
                    for path, _, names in os.walk(store) for name in names
                )
                print(f"| on disk | {count:,} | {size / 1e6:,.0f} MB | | | | |", flush=True)
        shutil.rmtree(store, ignore_errors=True)


main()
