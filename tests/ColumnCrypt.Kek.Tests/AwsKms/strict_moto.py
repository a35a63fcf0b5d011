#!/usr/bin/python3
"""moto's KMS, made to behave like AWS where it does not: key states, the KeyId of Decrypt, the encryption context, ciphertexts that
are none, and faults that a test asks for. Usage: strict_moto.py FAULT_FILE, then moto's own arguments."""
import base64
import json
import os
import sys

from moto.core.exceptions import JsonRESTError
from moto.kms import models, responses, utils

FAULT_FILE = sys.argv.pop(1)


class AwsError(JsonRESTError):
    def __init__(self, kind, message="", code=400):
        super().__init__(kind, message)
        self.code = code


def demand_usable(backend, key_id):
    key = backend.keys[backend.any_id_to_key_id(key_id)]
    if key.key_state == "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" or not key.enabled:
        raise AwsError("DisabledException", f"{key.arn} is disabled.")


def demand_source(handler, blob_name, key_name):
    blob = handler._get_param(blob_name)
    blob = base64.b64decode(blob) if isinstance(blob, str) else blob
    backend = handler.kms_backend
    try:
        key_id = utils._deserialize_ciphertext_blob(ciphertext_blob=blob).key_id
    except Exception:
        raise AwsError("InvalidCiphertextException")
    if key_id not in backend.keys:
        raise AwsError("InvalidCiphertextException")
    wanted = handler._get_param(key_name)
    handler._validate_key_id(wanted)
    if backend.any_id_to_key_id(wanted) != key_id:
        raise AwsError("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
    demand_usable(backend, key_id)


def demand_target(name):
    def check(handler):
        handler._validate_key_id(handler._get_param(name))
        demand_usable(handler.kms_backend, handler._get_param(name))
    return check


def raise_fault(handler):
    if os.path.exists(FAULT_FILE):
        kind, code = open(FAULT_FILE).read().split()
        raise AwsError(kind, "A fault that the test asked for.", int(code))


def guard(name, *checks, opens=False):
    original = getattr(responses.KmsResponse, name)

    def guarded(self):
        raise_fault(self)
        for check in checks:
            check(self)
        try:
            body = original(self)
        except JsonRESTError:
            raise
        except Exception:
            if not opens:
                raise
            # moto's decryption ends with errors of its library where a ciphertext was changed.
            raise AwsError("InvalidCiphertextException")
        return "{}" if body == "null" else body
    setattr(responses.KmsResponse, name, guarded)


# moto joins the pairs of a context without lengths.
utils._serialize_encryption_context = lambda encryption_context: json.dumps(sorted(encryption_context.items())).encode()
guard("describe_key")
guard("encrypt", demand_target("KeyId"))
guard("decrypt", lambda handler: demand_source(handler, "CiphertextBlob", "KeyId"), opens=True)
guard("re_encrypt", lambda handler: demand_source(handler, "CiphertextBlob", "SourceKeyId"), demand_target("DestinationKeyId"), opens=True)
for name in ("disable_key", "enable_key", "create_alias", "update_alias", "enable_key_rotation", "cancel_key_deletion"):
    guard(name)

if __name__ == "__main__":
    from moto.server import main
    main(sys.argv[1:])
