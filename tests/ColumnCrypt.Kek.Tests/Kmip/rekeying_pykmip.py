#!/usr/bin/python3
"""PyKMIP's server with the Re-key operation (KMIP 1.4, section 4.4), which it lacks: a new key takes over the names of the former one.
Usage: PyKMIP's own arguments."""
import ctypes
import os
import signal
import time

from kmip.core import enums, exceptions
from kmip.core.messages import payloads
from kmip.pie import objects
from kmip.services.server import server
from kmip.services.server.engine import KmipEngine

others = KmipEngine._process_operation


def process(self, operation, payload):
    if operation != enums.Operation.REKEY:
        return others(self, operation, payload)
    former = self._get_object_with_access_controls(payload.unique_identifier, enums.Operation.REKEY)
    if former.state != enums.State.ACTIVE:
        raise exceptions.PermissionDenied("The key is not active.")
    value = self._cryptography_engine.create_symmetric_key(former.cryptographic_algorithm, former.cryptographic_length)["value"]
    key = objects.SymmetricKey(former.cryptographic_algorithm, former.cryptographic_length, value, masks=list(former.cryptographic_usage_masks))
    key.names = list(former.names)
    former.names[:] = []
    key.operation_policy_name = former.operation_policy_name
    key._owner = self._client_identity[0]
    key.initial_date = int(time.time())
    self._data_session.add(key)
    self._data_session.commit()
    return payloads.RekeyResponsePayload(unique_identifier=str(key.unique_identifier))


KmipEngine._process_operation = process

# PyKMIP's helper processes end with it, even where it is killed (PR_SET_PDEATHSIG).
libc = ctypes.CDLL(None)
os.register_at_fork(after_in_child=lambda: libc.prctl(1, signal.SIGKILL))
server.main()
