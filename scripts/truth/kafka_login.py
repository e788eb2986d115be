"""A stand-in for brokers of Kafka that ask for a login: no broker can be had here, and the mock cluster has no logins.

usage: kafka_login.py USER PASSWORD

Prints one line `NAME=PORT ...`, then serves until it is stopped. SCRAM is computed with Python's own `hashlib` after
RFC 5802, so that nothing here shares code with the probe.

    current   SaslAuthenticate, as since 1.0
    old       bare tokens after the handshake, and no word on a refusal
    liar      agrees to everything and does not know the password
    endless   asks for 4,000,000,000 rounds of hashing
    open      a port without logins
"""

import base64
import hashlib
import hmac
import os
import socket
import struct
import sys
import threading

USER, PASSWORD = sys.argv[1], sys.argv[2]
HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}
API_VERSIONS, HANDSHAKE, AUTHENTICATE = 18, 17, 36
UNSUPPORTED_MECHANISM, ILLEGAL_STATE, UNSUPPORTED_VERSION, FAILED = 33, 34, 35, 58


class Refused(Exception):
    """A login that is not accepted."""


def exactly(connection, count):
    out = b""
    while len(out) < count:
        part = connection.recv(count - len(out))
        if not part:
            raise ConnectionError
        out += part
    return out


def frame(connection):
    return exactly(connection, struct.unpack(">i", exactly(connection, 4))[0])


def send(connection, body):
    connection.sendall(struct.pack(">i", len(body)) + body)


def text(value):
    value = value.encode()
    return struct.pack(">h", len(value)) + value


def scram(name, mode):
    """The server's side of SCRAM: takes a token, gives one."""
    algorithm = HASHES[name]

    def mac(key, message):
        return hmac.new(key, message, algorithm).digest()

    rounds = 4_000_000_000 if mode == "endless" else 4096
    salt = os.urandom(16)
    first = yield
    bare = first.decode().split(",", 2)[2]
    user = dict(part.split("=", 1) for part in bare.split(","))["n"]
    nonce = dict(part.split("=", 1) for part in bare.split(","))["r"] + base64.b64encode(os.urandom(12)).decode()
    challenge = f"r={nonce},s={base64.b64encode(salt).decode()},i={rounds}"
    last = (yield challenge.encode()).decode()
    without, proof = last.rsplit(",p=", 1)
    salted = hashlib.pbkdf2_hmac(algorithm, PASSWORD.encode(), salt, rounds)
    message = f"{bare},{challenge},{without}".encode()
    stored = hashlib.new(algorithm, mac(salted, b"Client Key")).digest()
    signature = mac(stored, message)
    key = bytes(a ^ b for a, b in zip(signature, base64.b64decode(proof)))
    right = user == USER.replace("=", "=3D").replace(",", "=2C") and hashlib.new(algorithm, key).digest() == stored
    if mode == "liar":
        yield b"v=" + base64.b64encode(mac(b"no key", message))
    elif right:
        yield b"v=" + base64.b64encode(mac(mac(salted, b"Server Key"), message))
    else:
        raise Refused("Authentication failed during authentication due to invalid credentials")


def plain():
    token = yield
    if token.split(b"\0")[1:] != [USER.encode(), PASSWORD.encode()]:
        raise Refused("Authentication failed: Invalid username or password")
    yield b""


def versions(mode):
    keys = [(API_VERSIONS, 0, 3), (0, 0, 9), (1, 0, 13), (3, 0, 12)]
    if mode != "open":
        keys.append((HANDSHAKE, 0, 1))
    if mode not in ("old", "open"):
        keys.append((AUTHENTICATE, 0, 1))
    return keys


def serve(connection, mode):
    session = None
    while True:
        request = frame(connection)
        if session is not None and mode == "old":
            send(connection, session.send(request))
            continue
        key, version, correlation, length = struct.unpack(">hhih", request[:10])
        body = request[10 + max(length, 0) :]
        answer = struct.pack(">i", correlation)
        if key == API_VERSIONS:
            # A newer version is refused in the words of version 0.
            error = 0 if version == 0 else UNSUPPORTED_VERSION
            keys = versions(mode)
            answer += struct.pack(">hi", error, len(keys)) + b"".join(struct.pack(">hhh", *one) for one in keys)
        elif key == HANDSHAKE:
            name = body[2:].decode()
            offered = ["PLAIN"] if mode == "old" else ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
            if mode == "open":
                answer += struct.pack(">hi", ILLEGAL_STATE, 0)
            elif name not in offered:
                answer += struct.pack(">hi", UNSUPPORTED_MECHANISM, len(offered)) + b"".join(map(text, offered))
            else:
                answer += struct.pack(">hi", 0, len(offered)) + b"".join(map(text, offered))
                session = plain() if name == "PLAIN" else scram(name, mode)
                next(session)
        elif key == AUTHENTICATE and session is not None:
            try:
                token = session.send(body[4:])
                answer += struct.pack(">hh", 0, -1) + struct.pack(">i", len(token)) + token
                if version >= 1:
                    answer += struct.pack(">q", 0)
            except Refused as refused:
                answer += struct.pack(">h", FAILED) + text(str(refused)) + struct.pack(">i", 0)
        else:
            return
        send(connection, answer)


def meet(connection, mode):
    try:
        with connection:
            serve(connection, mode)
    except (OSError, Refused, StopIteration, RuntimeError):
        pass


def listen(mode):
    listener = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=meet, args=(connection, mode), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener.getsockname()[1]


print(" ".join(f"{mode}={listen(mode)}" for mode in ("current", "old", "liar", "endless", "open")), flush=True)
threading.Event().wait()
