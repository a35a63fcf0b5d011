"""Drives a Vault with hvac, a client that has nothing to do with this project: python3 drive_hvac.py ADDRESS ROOT-TOKEN."""
import base64
import sys

import hvac
from hvac import exceptions

root = hvac.Client(url=sys.argv[1], token=sys.argv[2])
text = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
context = base64.b64encode(b"tenant=1").decode()
other = base64.b64encode(b"tenant=2").decode()


def refused(kind, words, call):
    try:
        call()
    except kind as error:
        assert words in str(error), str(error)
        return
    raise AssertionError("not refused: " + words)


assert not root.sys.is_sealed()
assert root.is_authenticated()
root.sys.enable_secrets_engine("transit", path="driven")
keys = root.secrets.transit
keys.create_key("k", derived=True, mount_point="driven")
assert keys.read_key("k", mount_point="driven")["data"]["derived"] is True
assert keys.list_keys(mount_point="driven")["data"]["keys"] == ["k"]

first = keys.encrypt_data("k", text, context=context, mount_point="driven")["data"]["ciphertext"]
assert first.startswith("vault:v1:")
assert keys.decrypt_data("k", first, context=context, mount_point="driven")["data"]["plaintext"] == text
refused(exceptions.InvalidRequest, "unable to decrypt", lambda: keys.decrypt_data("k", first, context=other, mount_point="driven"))

keys.rotate_key("k", mount_point="driven")
second = keys.rewrap_data("k", first, context=context, mount_point="driven")["data"]["ciphertext"]
assert second.startswith("vault:v2:")
batch = [{"ciphertext": second, "context": context}, {"ciphertext": second, "context": other}]
results = keys.decrypt_data("k", ciphertext="", batch_input=batch, mount_point="driven")["data"]["batch_results"]
assert results[0]["plaintext"] == text and "unable to decrypt" in results[1]["error"]

keys.update_key_configuration("k", min_decryption_version=2, deletion_allowed=True, mount_point="driven")
keys.update_key_configuration("k", min_encryption_version=2, mount_point="driven")
refused(exceptions.InvalidRequest, "too old", lambda: keys.decrypt_data("k", first, context=context, mount_point="driven"))
keys.trim_key("k", 2, mount_point="driven")
assert keys.read_key("k", mount_point="driven")["data"]["min_available_version"] == 2

root.sys.create_or_update_policy("driven", policy='path "driven/encrypt/k" { capabilities = ["update"] }')
root.sys.enable_auth_method("approle", path="driven")
roles = root.auth.approle
roles.create_or_update_approle("r", token_policies=["driven"], token_ttl="60s", token_max_ttl="120s", secret_id_num_uses=1, mount_point="driven")
role = roles.read_role_id("r", mount_point="driven")["data"]["role_id"]
secret = roles.generate_secret_id("r", mount_point="driven")["data"]["secret_id"]
client = hvac.Client(url=sys.argv[1])
client.auth.approle.login(role, secret, mount_point="driven")
assert client.auth.token.lookup_self()["data"]["ttl"] == 60
client.auth.token.renew_self()
client.secrets.transit.encrypt_data("k", text, context=context, mount_point="driven")
refused(exceptions.Forbidden, "permission denied", lambda: client.secrets.transit.rotate_key("k", mount_point="driven"))
refused(exceptions.InvalidRequest, "invalid secret id", lambda: client.auth.approle.login(role, secret, mount_point="driven"))
client.auth.token.revoke_self()
refused(exceptions.Forbidden, "permission denied", lambda: client.secrets.transit.encrypt_data("k", text, context=context, mount_point="driven"))

keys.delete_key("k", mount_point="driven")
refused(exceptions.InvalidPath, "", lambda: keys.read_key("k", mount_point="driven"))
print("driven")
