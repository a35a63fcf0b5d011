#!/usr/bin/env python3
"""Makes shares.json: known answers for docs/SPEC.md, section 14, from an implementation of its own.

Needs Python 3.9 and the package `cryptography`. Every secret in the file is public: never use one.
"""
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEED = b"columncrypt share vectors 1"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

# GF(2^8) modulo x^8 + x^4 + x^3 + x + 1, by powers of the generator 3.
POWERS, LOGARITHMS = [1], {1: 0}
while len(POWERS) < 255:
    last = POWERS[-1]
    doubled = last << 1 ^ (0x11B if last & 0x80 else 0)
    POWERS.append(doubled ^ last)
    LOGARITHMS[POWERS[-1]] = len(POWERS) - 1


def multiply(a, b):
    return 0 if a == 0 or b == 0 else POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255]


def power(a, exponent):
    return POWERS[LOGARITHMS[a] * exponent % 255]


def take(name, size):
    out = b""
    while len(out) < size:
        out += hashlib.sha256(SEED + name.encode() + struct.pack(">I", len(out))).digest()
    return out[:size]


def fields(*parts):
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def kdf(key, label, *parts):
    return hmac.new(key, struct.pack(">I", 1) + label.encode() + b"\0" + fields(*parts) + struct.pack(">I", 256), hashlib.sha256).digest()


def share(secret, coefficients, x):
    value = bytearray(secret)
    for degree, row in enumerate(coefficients, 1):
        for i in range(32):
            value[i] ^= multiply(row[i], power(x, degree))
    return bytes(value)


def line(set_id, threshold, count, index, value):
    body = set_id + bytes([threshold, count, index]) + value
    number = int.from_bytes(body + hashlib.sha256(b"columncrypt/1/share" + body).digest()[:4], "big")
    text = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(72)))
    return "-".join(["CCS1"] + [text[start:start + 6] for start in range(0, 72, 6)])


def case(threshold, count):
    name = f"{threshold} of {count}"
    secret, kek, kek_id, nonce = take(name + " secret", 32), take(name + " kek", 32), take(name + " id", 16), take(name + " nonce", 12)
    set_id = kdf(secret, "columncrypt/1/share-set", kek_id)[:6]
    coefficients = [take(f"{name} coefficient {degree}", 32) for degree in range(1, threshold)]
    shares = [share(secret, coefficients, x) for x in range(1, count + 1)]
    header = fields(b"columncrypt/1/file-kek", kek_id, b"shares", set_id, str(threshold).encode(), str(count).encode())
    return {
        "name": name, "secret": secret.hex(), "kek": kek.hex(), "coefficients": [row.hex() for row in coefficients],
        "shares": [value.hex() for value in shares],
        "lines": [line(set_id, threshold, count, index, value) for index, value in enumerate(shares, 1)],
        "file": {"format": "columncrypt/1/file-kek", "id": kek_id.hex(), "seal": "shares", "set": set_id.hex(), "threshold": threshold, "shares": count,
                 "sealed": (nonce + AESGCM(secret).encrypt(nonce, kek, header)).hex()},
    }


if __name__ == "__main__":
    vectors = {"note": "Made by make_shares.py. Every secret here is public: never use one.", "cases": [case(2, 2), case(2, 3), case(3, 5), case(5, 9), case(10, 255)]}
    for made in vectors["cases"]:
        if made["file"]["shares"] > 20:
            made["shares"], made["lines"] = made["shares"][-10:], made["lines"][-10:]
    pathlib.Path(__file__).with_name("shares.json").write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")
