// The client of the vendor, @azure/keyvault-keys, against the double. Reads one request as JSON from its input, writes one answer.
'use strict';
const dns = require('node:dns');
const { readFileSync } = require('node:fs');

// The double is on this machine, whatever its hosts are called.
dns.lookup = (name, options, callback) => {
    const done = callback ?? options;
    return options?.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
};

const { KeyClient, CryptographyClient } = require('@azure/keyvault-keys');

const credential = {
    getToken: async scopes => ({ token: `application|${[scopes].flat().join()}|vendor`, expiresOnTimestamp: Date.now() + 3_600_000 }),
};
const bytes = text => Buffer.from(text, 'base64');
const text = value => Buffer.from(value).toString('base64');

async function make({ vault, hsm, name, inner, key, aad }) {
    const rsa = await new KeyClient(vault, credential).createRsaKey(name, { keySize: 3072 });
    const oct = await new KeyClient(hsm, credential).createOctKey(name, { keySize: 256, hsm: true });
    const wrap = await new CryptographyClient(rsa, credential).wrapKey('RSA-OAEP-256', bytes(inner));
    const sealed = await new CryptographyClient(oct, credential).encrypt({ algorithm: 'A256GCM', plaintext: bytes(key), additionalAuthenticatedData: bytes(aad) });
    return {
        rsa: rsa.properties.version,
        oct: oct.properties.version,
        enabled: rsa.properties.enabled,
        recovery: rsa.properties.recoveryLevel,
        wrap: text(wrap.result),
        iv: text(sealed.iv),
        ciphertext: text(sealed.result),
        tag: text(sealed.authenticationTag),
    };
}

async function open({ vault, hsm, name, wrap, iv, ciphertext, tag, aad }) {
    const rsa = await new KeyClient(vault, credential).getKey(name);
    const oct = await new KeyClient(hsm, credential).getKey(name);
    const unwrapped = await new CryptographyClient(rsa, credential).unwrapKey('RSA-OAEP-256', bytes(wrap));
    const opened = await new CryptographyClient(oct, credential).decrypt({
        algorithm: 'A256GCM', ciphertext: bytes(ciphertext), iv: bytes(iv), authenticationTag: bytes(tag), additionalAuthenticatedData: bytes(aad),
    });
    return { inner: text(unwrapped.result), key: text(opened.result) };
}

async function disable({ vault, name, wrap }) {
    const client = new KeyClient(vault, credential);
    const rsa = await client.getKey(name);
    const versions = [];
    for await (const version of client.listPropertiesOfKeyVersions(name)) {
        versions.push(version.version);
    }

    const updated = await client.updateKeyProperties(name, rsa.properties.version, { enabled: false });
    const error = await new CryptographyClient(rsa.id, credential).unwrapKey('RSA-OAEP-256', bytes(wrap)).then(() => null, failure => failure);
    return { enabled: updated.properties.enabled, versions, status: error?.statusCode, code: error?.details?.error?.innerError?.code ?? error?.code };
}

const { verb, ...request } = JSON.parse(readFileSync(0, 'utf8'));
({ make, open, disable })[verb](request).then(
    answer => process.stdout.write(JSON.stringify(answer)),
    error => {
        process.stderr.write(`${error.stack}\n`);
        process.exitCode = 1;
    });
