#!/usr/bin/env python3
"""Makes hierarchical.json: known answers for docs/SPEC.md, SPEC-WRAP-17, from an implementation of its own.

Needs Python 3.9 and the package `cryptography`. Every key in the file is public: never use one.
"""
import hashlib
import hmac
import json
import pathlib
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def take(name, size):
    return hashlib.shake_256(b"columncrypt hierarchical " + name.encode()).digest(size)


def fields(*parts):
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def kdf(key, label):
    return hmac.new(key, struct.pack(">I", 1) + label.encode() + b"\0" + struct.pack(">I", 256), hashlib.sha256).digest()


def main():
    intermediate = take("intermediate", 32)
    key_id = kdf(intermediate, "columncrypt/1/key-id")[:16]
    subkey = kdf(intermediate, "columncrypt/1/intermediate")
    wraps = []
    for tenant, kind, size in [("northgate", "data", 32), ("Größe", "index", 32), ("t", "data", 64), ("a" * 200, "data", 16)]:
        installation, wrapped, key, nonce = (take(f"{name} {tenant}", n) for name, n in [("installation", 16), ("id", 16), ("key", size), ("nonce", 12)])
        context = fields(b"columncrypt/1/wrap", installation, tenant.encode(), wrapped, kind.encode())
        wraps.append({"installation": installation.hex(), "tenant": tenant, "keyId": wrapped.hex(), "kind": kind, "key": key.hex(), "version": key_id.hex(),
                      "wrap": (b"\x01" + key_id + nonce + AESGCM(subkey).encrypt(nonce, key, context)).hex()})
    return {"note": "Made by make_hierarchical.py. Every key here is public: never use one.", "intermediateKey": intermediate.hex(), "keyId": key_id.hex(),
            "subkey": subkey.hex(), "wraps": wraps}


if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("hierarchical.json")
    path.write_text(json.dumps(main(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
