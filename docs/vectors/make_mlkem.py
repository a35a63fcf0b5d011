#!/usr/bin/env python3
"""Makes mlkem.json: known answers for docs/SPEC.md, SPEC-WRAP-15, from an implementation of its own.

Needs Python 3.9 and the package `cryptography` from 47 on, which brings an OpenSSL that has ML-KEM. Every key in the file is public: never use one.
ML-KEM draws its own randomness when it encapsulates: the wraps differ each time this runs.
"""
import hashlib
import hmac
import json
import os
import pathlib
import struct

from cryptography.hazmat.primitives.asymmetric import ec, mlkem
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PASSPHRASE = b"the passphrase of a vector"
ITERATIONS = 100_000


def fields(*parts):
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def kdf(key, label, *parts):
    return hmac.new(key, struct.pack(">I", 1) + label.encode() + b"\0" + fields(*parts) + struct.pack(">I", 256), hashlib.sha256).digest()


def point(public):
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def main():
    seed, scalar, salt = os.urandom(64), ec.generate_private_key(ec.SECP256R1()), os.urandom(32)
    kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(seed)
    encapsulation, own = kem.public_key().public_bytes_raw(), point(scalar.public_key())
    private = seed + scalar.private_numbers().private_value.to_bytes(32, "big")
    header = fields(b"columncrypt/1/mlkem-kek", encapsulation, own, b"pbkdf2-hmac-sha256", str(ITERATIONS).encode(), salt)
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(hashlib.pbkdf2_hmac("sha256", PASSPHRASE, salt, ITERATIONS)).encrypt(nonce, private, header)
    wraps = []
    for tenant, kind, size in [("northgate", "data", 32), ("", "installation", 32), ("Größe", "index", 16), ("t", "data", 64)]:
        installation, key_id, key = os.urandom(16), os.urandom(16), os.urandom(size)
        context = fields(b"columncrypt/1/wrap", installation, tenant.encode(), key_id, kind.encode())
        first, ciphertext = kem.public_key().encapsulate()
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        second, other = ephemeral.exchange(ec.ECDH(), scalar.public_key()), point(ephemeral.public_key())
        wrap_key = kdf(hmac.new(bytes(32), first + second, hashlib.sha256).digest(), "columncrypt/1/mlkem", ciphertext, other, encapsulation, own, context)
        nonce = os.urandom(12)
        wraps.append({"installation": installation.hex(), "tenant": tenant, "keyId": key_id.hex(), "kind": kind, "key": key.hex(),
                      "wrap": (b"\x01" + ciphertext + other + nonce + AESGCM(wrap_key).encrypt(nonce, key, context)).hex()})
    return {
        "note": "Made by make_mlkem.py. Every key here is public: never use one.", "passphrase": PASSPHRASE.decode(),
        "version": hashlib.sha256(fields(encapsulation, own)).hexdigest()[:16],
        "file": {"format": "columncrypt/1/mlkem-kek", "mlkem768": encapsulation.hex(), "p256": own.hex(), "kdf": "pbkdf2-hmac-sha256", "iterations": ITERATIONS,
                 "salt": salt.hex(), "sealed": sealed.hex()},
        "wraps": wraps,
    }


if __name__ == "__main__":
    pathlib.Path(__file__).with_name("mlkem.json").write_text(json.dumps(main(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
