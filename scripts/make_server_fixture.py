#!/usr/bin/env python3
"""Records what a real language server answers, as HTTP, into Tests/ServersTests/Fixtures/server.json.

    pip install 'llama-cpp-python[server]'
    scripts/make_server_fixture.py MODEL.gguf

Starts `python -m llama_cpp.server` on loopback with a context of 256 tokens and asks three times: for a
stream, for a whole answer, and with a prompt that does not fit.
"""
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

TARGET = Path(__file__).parent.parent / "Tests/ServersTests/Fixtures/server.json"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answer(port, body):
    data = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(data) + data
        )
        pieces = []
        while piece := connection.recv(1 << 16):
            pieces.append(piece)
    return b"".join(pieces).decode()


def main():
    model, port = Path(sys.argv[1]), free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "llama_cpp.server", "--model", model.name, "--n_ctx", "256"]
        + ["--host", "127.0.0.1", "--port", str(port), "--chat_format", "chatml"],
        cwd=model.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.2)
        request = {
            "messages": [{"role": "user", "content": "Once upon a time"}],
            "max_tokens": 24,
            "temperature": 0,
        }
        recorded = {
            "stream": answer(port, request | {"stream": True}),
            "whole": answer(port, request),
            "tooLong": answer(
                port, request | {"messages": [{"role": "user", "content": "Once " * 200}]}
            ),
        }
        body = recorded["whole"].split("\r\n\r\n", 1)[1]
        recorded["text"] = json.loads(body)["choices"][0]["message"]["content"]
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_text(json.dumps(recorded, indent=1) + "\n")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
