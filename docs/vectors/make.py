#!/usr/bin/env python3
"""Makes columncrypt.json: known answers for docs/SPEC.md, from an implementation of its own.

Needs Python 3.9 and the package `cryptography`. Every key in the file is public: never use one.
"""
import base64
import decimal
import hashlib
import hmac
import json
import pathlib
import struct
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SEED = b"columncrypt vectors 1"


def take(name, size):
    out = b""
    while len(out) < size:
        out += hashlib.sha256(SEED + name.encode() + struct.pack(">I", len(out))).digest()
    return out[:size]


def fields(*parts):
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def kdf(key, label, *parts):
    """NIST SP 800-108r1, section 4.1, HMAC-SHA-256, one block."""
    context = fields(*parts)
    return hmac.new(key, struct.pack(">I", 1) + label.encode() + b"\0" + context + struct.pack(">I", 256), hashlib.sha256).digest()


def commitment(key):
    return kdf(key, "columncrypt/1/key-id")


def seal(dek, purpose, plaintext, nonce):
    subkey = kdf(dek, "columncrypt/1/aead", b"\xc1", purpose.encode())
    return b"\xc1" + commitment(dek)[:16] + nonce + AESGCM(subkey).encrypt(nonce, plaintext, None)


def base64url(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def i64(number):
    return struct.pack(">q", number)


def optional_time(milliseconds):
    return b"\0" if milliseconds is None else b"\1" + i64(milliseconds)


def optional_text(text):
    return b"\0" if text is None else b"\1" + text.encode()


def make_kdf():
    cases = []
    for i, (label, parts) in enumerate([
        ("columncrypt/1/key-id", []),
        ("columncrypt/1/row-mac", []),
        ("columncrypt/1/audit", []),
        ("columncrypt/1/aead", [b"\xc1", b"patient.ssn"]),
        ("columncrypt/1/aead", [b"\xc1", "Größe.名前".encode()]),
        ("columncrypt/1/index", [b"patient.ssn", b"eq", b"none@1", b"1"]),
    ]):
        key = take(f"kdf {i}", 32)
        cases.append({"key": key.hex(), "label": label, "fields": [part.hex() for part in parts],
                      "context": fields(*parts).hex(), "out": kdf(key, label, *parts).hex()})
    return cases


def make_keys():
    return [{"key": key.hex(), "commitment": commitment(key).hex(), "keyId": commitment(key)[:16].hex()}
            for key in (take(f"key {i}", 32) for i in range(3))]


def make_values():
    cases = []
    for i, (purpose, plaintext) in enumerate([
        ("patient.ssn", b"123-45-6789"), ("patient.ssn", b""), ("patient.name", "Zoë Ångström".encode()),
        ("patient.name", b"a\0b"), ("Größe.名前", "😀".encode()), ("patient.scan", take("scan", 3000)),
    ]):
        dek, nonce = take(f"dek {i}", 32), take(f"nonce {i}", 12)
        value = seal(dek, purpose, plaintext, nonce)
        cases.append({"dek": dek.hex(), "purpose": purpose, "plaintext": plaintext.hex(), "nonce": nonce.hex(),
                      "value": value.hex(), "text": "cc1:" + base64url(value)})
    return cases


def make_refused():
    dek = take("refused", 32)
    value = seal(dek, "patient.ssn", b"123-45-6789", take("refused nonce", 12))
    flip = lambda at: value[:at] + bytes([value[at] ^ 1]) + value[at + 1:]
    cases = [("one bit of the nonce", flip(17)), ("one bit of the ciphertext", flip(30)), ("one bit of the tag", flip(len(value) - 1)),
             ("cut by a byte", value[:-1]), ("extended by a byte", value + b"\0"), ("empty", b""), ("44 bytes", value[:44]),
             ("no format mark", b"\x01" + value[1:]), ("suite 2", b"\xc2" + value[1:]),
             ("another column's", seal(dek, "patient.name", b"123-45-6789", take("refused nonce", 12))),
             ("a key that nobody owns", flip(3))]
    return {"dek": dek.hex(), "purpose": "patient.ssn", "cases": [{"why": why, "value": bad.hex()} for why, bad in cases]}


def make_codecs():
    def dec(text):
        number = decimal.Decimal(text)
        sign, digits, exponent = number.as_tuple()
        mantissa = int("".join(map(str, digits)))
        scale = -exponent
        return struct.pack(">I", (sign << 31) | (scale << 16)) + mantissa.to_bytes(12, "big")

    ticks = 638_000_000_000_000_000
    cases = [
        ("bool", "true", b"\1"), ("bool", "false", b"\0"),
        ("i8", "-2", struct.pack(">b", -2)), ("u8", "200", b"\xc8"), ("i16", "-300", struct.pack(">h", -300)), ("u16", "65535", b"\xff\xff"),
        ("i32", "-2147483648", struct.pack(">i", -2147483648)), ("u32", "4294967295", struct.pack(">I", 4294967295)),
        ("i64", "-9223372036854775808", i64(-9223372036854775808)), ("u64", "18446744073709551615", b"\xff" * 8),
        ("i128", "-1", b"\xff" * 16), ("u128", "1", b"\0" * 15 + b"\1"),
        ("f16", "1.5", struct.pack(">e", 1.5)), ("f32", "-0.15625", struct.pack(">f", -0.15625)), ("f64", "0.1", struct.pack(">d", 0.1)),
        ("decimal", "1.10", dec("1.10")), ("decimal", "-79228162514264337593543950335", dec("-79228162514264337593543950335")),
        ("char", "é", struct.pack(">H", ord("é"))), ("text", "", b""), ("text", "Zoë\0😀", "Zoë\0😀".encode()), ("bytes", "00ff", b"\0\xff"),
        ("guid", "0f8fad5b-d9cb-469f-a165-70867728950e", uuid.UUID("0f8fad5b-d9cb-469f-a165-70867728950e").bytes),
        ("datetime", f"{ticks} utc", i64(ticks) + b"\1"), ("datetime", f"{ticks} unspecified", i64(ticks) + b"\0"), ("datetime", f"{ticks} local", i64(ticks) + b"\2"),
        ("datetimeoffset", f"{ticks} -330", i64(ticks) + struct.pack(">h", -330)),
        ("date", "738000", struct.pack(">i", 738000)), ("time", "863999999999", i64(863999999999)), ("timespan", "-1", i64(-1)),
        ("bigint", "-129", (-129).to_bytes(2, "big", signed=True)), ("json", "[1,2,3]", b"[1,2,3]"),
    ]
    return [{"codec": name, "value": value, "encoded": encoded.hex()} for name, value, encoded in cases]


def make_rows():
    key = kdf(take("installation", 32), "columncrypt/1/row-mac")
    mac = lambda *parts: hmac.new(key, fields(*parts), hashlib.sha256).digest().hex()
    t0, t1 = 1_767_225_600_123, 1_767_229_200_456
    key_id, committed = commitment(take("row key", 32))[:16], commitment(take("row key", 32))
    audit_key = kdf(take("installation", 32), "columncrypt/1/audit")
    present = lambda value: b"\1" + value
    unchained = fields(b"columncrypt_audit", b"0" * 31 + b"a", b"\0", i64(t0), b"node/1", b"key.create", optional_text("Ünïcode"), present(key_id), optional_text(None),
                       b"\0")
    chained = fields(b"columncrypt_audit", b"0" * 31 + b"a", present(i64(1)), i64(t0), b"node/1", b"key.create", optional_text("Ünïcode"), present(key_id),
                     optional_text(None), present(bytes(32)))
    audit_mac = lambda encoded: hmac.new(audit_key, encoded, hashlib.sha256).digest()
    return {
        "installationKey": take("installation", 32).hex(),
        "createdAt": t0, "activatedAt": t1, "key": take("row key", 32).hex(),
        "tenantRow": mac(b"columncrypt_tenant", "Ünïcode".encode(), b"Active", optional_text(None), optional_text("audit"), i64(t0),
                         optional_time(None), optional_time(None), optional_time(None), i64(7), i64(3)),
        "keyRow": mac(b"columncrypt_key", key_id, "Ünïcode".encode(), b"data", i64(2), b"Active", i64(t0), optional_time(t1), optional_time(None),
                      optional_time(None), optional_time(None), optional_time(None), committed, i64(3)),
        "kekRow": mac(b"columncrypt_kek", b"file:kek.json", b"Active", i64(0), i64(t0), optional_time(None), optional_time(None), i64(1)),
        "columnRow": mac(b"columncrypt_column", b"clinic", b"public", b"Patients", b"Ssn", b"patient.ssn", b"text", b'["Id"]', b"[]", i64(0), i64(1)),
        "jobRow": mac(b"columncrypt_job", b"0" * 31 + b"1", b"rewrap", optional_text('{"to":"file:new.json"}'), b"Running", optional_text(None), i64(10), i64(9), i64(1),
                      optional_text("node/1"), optional_time(t1), i64(2), b"operator", i64(t0), i64(4)),
        "nodeRow": mac(b"columncrypt_node", b"0" * 31 + b"2", b"node/1", i64(t0), i64(t1), b'["file:kek.json"]'),
        "unchainedAuditRow": audit_mac(unchained).hex(),
        "auditRow": audit_mac(chained).hex(),
        "auditHash": hashlib.sha256(chained + audit_mac(chained)).hexdigest(),
    }


def make_wrap_contexts():
    cases = []
    for i, (tenant, kind) in enumerate([("acme", "data"), ("", "installation"), ("テナント", "index")]):
        installation, key_id = take(f"installation {i}", 16), take(f"wrapped {i}", 16)
        context = fields(b"columncrypt/1/wrap", installation, tenant.encode(), key_id, kind.encode())
        cases.append({"installationId": installation.hex(), "tenant": tenant, "keyId": key_id.hex(), "kind": kind,
                      "context": context.hex(), "sha256": hashlib.sha256(context).hexdigest()})
    return cases


def prime(name, bits):
    """The first probable prime after a number that the name gives (FIPS 186-5, appendix B.3.1, 64 bases)."""
    number = int.from_bytes(take(name, bits // 8), "big") | 3 << (bits - 2) | 1
    small = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n ** 0.5) + 1, 2))]
    while any(number % n == 0 for n in small) or not all(is_witness_of_primality(number, int.from_bytes(take(f"{name} base {i}", 64), "big")) for i in range(64)):
        number += 2
    return number


def is_witness_of_primality(number, base):
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    power = pow(base, odd, number)
    return power in (1, number - 1) or any((power := pow(power, 2, number)) == number - 1 for _ in range(twos - 1))


def mgf1(seed, size):
    return b"".join(hashlib.sha256(seed + struct.pack(">I", i)).digest() for i in range(-(-size // 32)))[:size]


def oaep(n, e, message, seed):
    """RFC 8017, section 7.1.1, SHA-256 and MGF1 with SHA-256, no label."""
    size = (n.bit_length() + 7) // 8
    block = hashlib.sha256(b"").digest() + bytes(size - len(message) - 66) + b"\1" + message
    masked = bytes(a ^ b for a, b in zip(block, mgf1(seed, len(block))))
    masked_seed = bytes(a ^ b for a, b in zip(seed, mgf1(masked, 32)))
    return pow(int.from_bytes(b"\0" + masked_seed + masked, "big"), e, n).to_bytes(size, "big")


def make_x509_wraps():
    p, q, e = prime("rsa p", 1536), prime("rsa q", 1536), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    private = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, p * q)).private_key()
    spki = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    cases = []
    for i, context in enumerate(make_wrap_contexts()):
        key, seed = take(f"x509 key {i}", (32, 32, 64)[i]), take(f"x509 seed {i}", 32)
        inner = key + bytes.fromhex(context["sha256"])
        wrap = oaep(p * q, e, inner, seed)
        assert private.decrypt(wrap, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)) == inner
        cases.append({"context": context["context"], "key": key.hex(), "inner": inner.hex(), "wrap": wrap.hex()})
    return {"privateKey": private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).hex(),
            "publicKey": spki.hex(), "version": hashlib.sha256(spki).hexdigest()[:16], "cases": cases}


vectors = {
    "comment": "Known answers for docs/SPEC.md, made by make.py. Hex unless said. Every key here is public: never use one.",
    "kdf": make_kdf(), "keys": make_keys(), "values": make_values(), "refused": make_refused(), "codecs": make_codecs(),
    "rows": make_rows(), "wrapContexts": make_wrap_contexts(), "x509Wraps": make_x509_wraps(),
}
path = pathlib.Path(__file__).with_name("columncrypt.json")
path.write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
