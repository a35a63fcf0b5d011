#!/usr/bin/env python3
"""Makes columncrypt.json: known answers for docs/SPEC.md, from an implementation of its own.

Needs Python 3.9 and the package `cryptography`. Every key in the file is public: never use one.
"""
import base64
import datetime
import decimal
import hashlib
import hmac
import json
import pathlib
import struct
import unicodedata
import uuid
from fractions import Fraction

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


def truncate(mac, bits):
    size = (bits + 7) // 8
    return (int.from_bytes(mac[:size], "big") >> (8 * size - bits) << (8 * size - bits)).to_bytes(size, "big")


WHITE_SPACE = "".join(map(chr, [*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]))


def simple_case(letter, mapped):
    """The simple mapping of a code point: none where the full mapping gives several, nor for dotted and dotless i."""
    return letter if letter in "\u0130\u0131" or len(mapped) != 1 else mapped


def fold(text):
    text = unicodedata.normalize("NFKC", text)
    text = "".join(simple_case(c, c.upper()) for c in text)
    return unicodedata.normalize("NFKC", "".join(simple_case(c, c.lower()) for c in text))


def digits(text):
    return "".join(str(unicodedata.decimal(c)) for c in text if unicodedata.category(c) == "Nd")


def phone(text):
    first = next((c for c in text if c in "+\uff0b" or unicodedata.category(c) == "Nd"), "")
    if first and first in "+\uff0b":
        return "+" + digits(text.replace("(0)", ""))
    if not digits(text).startswith("00"):
        return digits(text)
    seen = 0
    for at, c in enumerate(text):
        seen += unicodedata.category(c) == "Nd"
        if seen == 2:
            return "+" + digits(text[at + 1:].replace("(0)", ""))


NORMALISERS = {"none@1": lambda text: text, "ci@1": fold, "digits@1": digits, "email@1": lambda text: fold(text.strip(WHITE_SPACE)).strip(WHITE_SPACE), "phone@1": phone,
               "trimmed@1": lambda text: text.strip(WHITE_SPACE)}


def make_normalisers():
    texts = {
        "ci@1": ["ZOË", "Zoe\u0308", "ﬁn", "ＡＢＣ１", "ΣΊΣΥΦΟΣ", "σίσυφος", "Straße", "STRASSE", "ẞ", "\u212aelvin", "µ", "İI\u0131i", "\U00010400", "㎏", "ǅ ǆ Ǆ", "ᾼ ᾳ",
                  "x\u0345", "ｶﾞ", "①", "\u1e9b\u0323", "ſ", "Å \u212b A\u030a", "Ꭰ ꭰ", ""],
        "digits@1": ["123-45-6789", "٣٤ x ५", "1²½", "\U0001d7d9", "none", ""],
        "email@1": [" Zoe@Example.ORG ", "z.o.e+tag@example.org", "JÖRG@BÜRO.example", "ｚ@a", "\u3000a@b\u00a0", ""],
        "phone@1": ["+44 (0)20 7946-0018", "0044 20 7946 0018", "00 44 (0)20 7946 0018", "(＋４４) 20 7946 0018", "020 7946 0018", "(0)30 1234", "tel. 1+2", "00", "+", ""],
        "trimmed@1": ["  A b\t\n", "\u00a0\u2003x\u3000\u2028\u0085", "\u200bx\u200b", "\u180ex", "\x1fx", " ", ""],
        "none@1": [" Ａ ", ""],
    }
    return [{"normaliser": name, "text": text, "form": NORMALISERS[name](text)} for name, of in texts.items() for text in of]


def words(form):
    found, word = [], ""
    for c in form + " ":
        if unicodedata.category(c)[0] in "LMN":
            word += c
        else:
            found += [word] if word and word not in found else []
            word = ""
    return found


def make_words():
    return [{"form": form, "words": words(form)} for form in
            ["chronic asthma, asthma; chronic", "l'été 2024", "well-known x_y", "e\u0301te\u0301", "東京 タワー", "a\U00010428b 🙂 c", "½ ⅷ ٣", " ", ""]]


def bucket_of(kind, value):
    start, width, count = kind.split(":")[1:]
    return max(0, min(int(count) - 1, (value - Fraction(start)) // Fraction(width)))


def day(year, month, day_of_month):
    return Fraction(datetime.date(year, month, day_of_month).toordinal() - 1)


def make_buckets():
    years, money, tenth = "bucket:693595:365:120", "bucket:-1000:0.5:4096", "bucket:0:0.1:100"
    cases = [(years, "date", str(n), Fraction(n)) for n in (0, 693594, 693595, 693959, 693960, 693595 + 365 * 119, 693595 + 365 * 120, 3652058)]
    cases += [(money, "decimal", text, Fraction(text)) for text in ("-1000.01", "-1000", "-999.51", "-999.5", "0", "0.4999999999999999999999999999", "0.5",
                                                                    "1047.9", "1048", "79228162514264337593543950335")]
    cases += [(tenth, "f64", repr(number), Fraction(number)) for number in (0.1, 0.3, 0.7, 0.1 + 0.2, 5e-324, -0.0, 9.95, 1.7976931348623157e308)]
    cases += [("bucket:0:10:3", "i64", str(n), Fraction(n)) for n in (-(2 ** 63), -1, 0, 9, 10, 29, 30, 2 ** 63 - 1)]
    cases += [("bucket:738000:0.25:100", "datetime", str(n), Fraction(n, 864_000_000_000)) for n in
              (738000 * 864_000_000_000, 738000 * 864_000_000_000 + 215_999_999_999, 738000 * 864_000_000_000 + 216_000_000_000)]
    cases += [("bucket:0:900:96", "time", str(n), Fraction(n, 10_000_000)) for n in (0, 8_999_999_999, 9_000_000_000, 863_999_999_999)]
    return [{"kind": kind, "type": name, "value": text, "bucket": int(bucket_of(kind, value))} for kind, name, text, value in cases]


def part(kind, form):
    """What of a form is indexed, or None."""
    if kind == "eq":
        return form
    if kind == "domain":
        return form.rpartition("@")[2] or None if "@" in form else None
    length = 4 if kind == "last4" else int(kind.split(":")[1])
    if len(form) < length:
        return None
    return form[-4:] if kind == "last4" else form[:length]


def index(key, purpose, kind, normaliser, version, message):
    return hmac.new(kdf(key, "columncrypt/1/index", purpose.encode(), kind.encode(), normaliser.encode(), str(version).encode()), message, hashlib.sha256).digest()


def make_index():
    key, cases = take("index key", 32), []

    def add(purpose, kind, normaliser, version, value, message):
        mac = None if message is None else index(key, purpose, kind, normaliser, version, message)
        cases.append({"purpose": purpose, "kind": kind, "normaliser": normaliser, "version": version, "value": value,
                      "message": None if message is None else message.hex(), "index": None if mac is None else mac.hex(),
                      "leftmost": None if mac is None else {str(bits): truncate(mac, bits).hex() for bits in (1, 7, 8, 13, 24, 32, 255, 256)}})

    def text(purpose, kind, normaliser, value, version=1):
        indexed = part(kind, NORMALISERS[normaliser](value))
        add(purpose, kind, normaliser, version, {"text": value}, None if indexed is None else indexed.encode())

    text("patient.ssn", "eq", "none@1", "123-45-6789")
    text("patient.ssn", "eq", "none@1", "123-45-6789", version=2)
    text("patient.ssn", "eq", "none@1", "")
    text("Größe.名前", "eq", "none@1", "😀")
    text("patient.ssn", "eq", "digits@1", "123-45-6789")
    text("patient.name", "eq", "ci@1", "Zoe\u0308 ÅNGSTRÖM")
    text("patient.email", "eq", "email@1", " Zoe@Example.org")
    text("patient.phone", "eq", "phone@1", "+44 (0)20 7946 0018")
    text("patient.note", "eq", "trimmed@1", " x ")
    text("patient.ssn", "last4", "digits@1", "123-45-6789")
    text("patient.ssn", "last4", "none@1", "a😀bc")
    text("patient.ssn", "last4", "digits@1", "12-3")
    text("patient.name", "prefix:3", "ci@1", "Zoë Ångström")
    text("patient.name", "prefix:2", "none@1", "😀😀😀")
    text("patient.name", "prefix:64", "none@1", "short")
    text("patient.email", "domain", "email@1", "Zoe@a@Example.ORG")
    text("patient.email", "domain", "email@1", "no domain")
    text("patient.email", "domain", "email@1", "none@")
    for word in words(fold("Chronic Asthma")):
        add("patient.note", "word", "ci@1", 1, {"word": word}, word.encode())
    add("patient.born", "year", "none@1", 1, {"year": 1984}, struct.pack(">i", 1984))
    add("patient.born", "bucket:693595:365:120", "none@1", 1, {"bucket": 84}, struct.pack(">i", 84))
    add("patient.name+patient.born", "composite", "ci@1,none@1", 1, {"parts": ["Zoë", 738000]}, fields("zoë".encode(), struct.pack(">i", 738000)))
    add("a+b", "composite", "none@1,none@1", 1, {"parts": ["", "ab"]}, fields(b"", b"ab"))
    add("a+b", "composite", "none@1,none@1", 1, {"parts": ["a", "b"]}, fields(b"a", b"b"))
    add("account.balance", "eq", "none@1", 1, {"decimal": "1.10"}, struct.pack(">I", 1 << 16) + (11).to_bytes(12, "big"))
    add("account.balance", "eq", "none@1", 1, {"decimal": "-0.00"}, bytes(16))
    add("account.rate", "eq", "none@1", 1, {"f64": "-0.0"}, bytes(8))
    add("patient.seen", "eq", "none@1", 1, {"datetime": "638000000000000000 utc"}, i64(638_000_000_000_000_000) + b"\0")
    add("patient.seen", "eq", "none@1", 1, {"datetimeoffset": "638000036000000000 60"}, i64(638_000_000_000_000_000) + bytes(2))
    add("patient.visits", "eq", "none@1", 1, {"i32": -7}, struct.pack(">i", -7))
    return {"indexKey": key.hex(), "cases": cases}


vectors = {
    "comment": "Known answers for docs/SPEC.md, made by make.py. Hex unless said. Every key here is public: never use one.",
    "kdf": make_kdf(), "keys": make_keys(), "values": make_values(), "refused": make_refused(), "codecs": make_codecs(),
    "rows": make_rows(), "wrapContexts": make_wrap_contexts(), "x509Wraps": make_x509_wraps(),
    "index": make_index(), "normalisers": make_normalisers(), "words": make_words(), "buckets": make_buckets(),
}
path = pathlib.Path(__file__).with_name("columncrypt.json")
path.write_text(json.dumps(vectors, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
