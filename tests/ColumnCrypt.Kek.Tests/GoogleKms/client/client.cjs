// The client of the vendor, @google-cloud/kms, by REST against the double. Reads one request as JSON from its input, writes one answer.
'use strict';
const { readFileSync } = require('node:fs');
const { OAuth2Client } = require('google-auth-library');
const { KeyManagementServiceClient } = require('@google-cloud/kms');

const bytes = text => Buffer.from(text, 'base64');
const text = value => Buffer.from(value).toString('base64');

// Bit by bit, of the reflected polynomial 0x1EDC6F41.
function crc32c(data) {
    let crc = 0xffffffff;
    for (const byte of data) {
        crc ^= byte;
        for (let bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
        }
    }

    return (crc ^ 0xffffffff) >>> 0;
}

function connect({ port }) {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 'application', expiry_date: Date.now() + 3_600_000 });
    return new KeyManagementServiceClient({ fallback: true, apiEndpoint: '127.0.0.1', port, protocol: 'http', authClient });
}

async function make(client, { location, ring, key, plaintext, aad }) {
    const [made] = await client.createKeyRing({ parent: location, keyRingId: ring });
    const [cryptoKey] = await client.createCryptoKey({
        parent: made.name,
        cryptoKeyId: key,
        cryptoKey: { purpose: 'ENCRYPT_DECRYPT', rotationPeriod: { seconds: 7_776_000 }, nextRotationTime: { seconds: 1_900_000_000 }, destroyScheduledDuration: { seconds: 2_592_000 } },
    });
    const [result] = await client.encrypt({
        name: cryptoKey.name,
        plaintext: bytes(plaintext),
        plaintextCrc32c: { value: crc32c(bytes(plaintext)) },
        additionalAuthenticatedData: bytes(aad),
        additionalAuthenticatedDataCrc32c: { value: crc32c(bytes(aad)) },
    });
    return {
        name: cryptoKey.name,
        purpose: cryptoKey.purpose,
        state: cryptoKey.primary.state,
        version: result.name,
        ciphertext: text(result.ciphertext),
        verified: result.verifiedPlaintextCrc32c && result.verifiedAdditionalAuthenticatedDataCrc32c,
        whole: Number(result.ciphertextCrc32c.value) === crc32c(result.ciphertext),
    };
}

async function open(client, { name, ciphertext, aad }) {
    const [result] = await client.decrypt({
        name,
        ciphertext: bytes(ciphertext),
        ciphertextCrc32c: { value: crc32c(bytes(ciphertext)) },
        additionalAuthenticatedData: bytes(aad),
        additionalAuthenticatedDataCrc32c: { value: crc32c(bytes(aad)) },
    });
    return { plaintext: text(result.plaintext), whole: Number(result.plaintextCrc32c.value) === crc32c(result.plaintext) };
}

async function end(client, { name, ciphertext, aad }) {
    const [version] = await client.updateCryptoKeyVersion({ cryptoKeyVersion: { name: `${name}/cryptoKeyVersions/1`, state: 'DISABLED' }, updateMask: { paths: ['state'] } });
    const error = await open(client, { name, ciphertext, aad }).then(() => null, failure => failure);
    const [destroyed] = await client.destroyCryptoKeyVersion({ name: version.name });
    return { state: version.state, code: error?.code, then: destroyed.state };
}

const { verb, ...request } = JSON.parse(readFileSync(0, 'utf8'));
({ make, open, end })[verb](connect(request), request).then(
    answer => process.stdout.write(JSON.stringify(answer)),
    error => {
        process.stderr.write(`${error.stack}\n`);
        process.exitCode = 1;
    });
