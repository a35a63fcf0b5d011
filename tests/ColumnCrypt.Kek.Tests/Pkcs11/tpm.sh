#!/bin/bash
# A TPM 2.0 in software with a PKCS#11 token in front of it: tpm.sh FOLDER PIN. Ends, with what it has started, when it is told to.
set -e
folder=$1 pin=$2
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; exit 0' TERM INT
mkdir -p "$folder/state" "$folder/store"
# It wants two ports side by side, below those that the system gives away by itself.
for _ in $(seq 20); do
    port=$((20000 + RANDOM % 12000))
    swtpm socket --tpm2 --tpmstate dir="$folder/state" --server type=tcp,port="$port",bindaddr=127.0.0.1 --ctrl type=tcp,port=$((port + 1)),bindaddr=127.0.0.1 \
        --flags not-need-init,startup-clear &
    server=$!
    for _ in $(seq 50); do
        kill -0 "$server" 2>/dev/null || break
        (exec 3<>"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null && break 2
        sleep 0.1
    done
done
pids+=("$server")
dbus-daemon --session --nofork --address=unix:path="$folder/bus" &
pids+=($!)
for _ in $(seq 100); do [ -S "$folder/bus" ] && break; sleep 0.1; done
tpm2-abrmd --allow-root --session --tcti=swtpm:host=127.0.0.1,port="$port" &
pids+=($!)
for _ in $(seq 100); do tpm2_getcap properties-fixed >/dev/null 2>&1 && break; sleep 0.1; done
tpm2_dictionarylockout --setup-parameters --max-tries=32 --recovery-time=60 --lockout-recovery-time=60
tpm2_ptool init --path "$folder/store" >/dev/null
tpm2_ptool addtoken --pid=1 --label=columncrypt --sopin=officer --userpin="$pin" --path "$folder/store" >/dev/null
for label in kek another; do
    tpm2_ptool addkey --algorithm=rsa2048 --label=columncrypt --key-label="$label" --userpin="$pin" --path "$folder/store" >/dev/null
done
touch "$folder/ready"
wait
