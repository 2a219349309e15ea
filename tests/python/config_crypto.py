"""Encrypts and decrypts secrets of jf's configuration independently of jf: base64(nonce || AES-GCM(text) || tag).

config_crypto.py encrypt KEY TEXT
config_crypto.py decrypt KEY TEXT
config_crypto.py golden FOLDER    writes vN-encrypted.json beside each vN-plain.json of crates/jf/tests/golden
"""

import base64
import hashlib
import json
import os
import pathlib
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

GOLDEN_KEY = "0123456789abcdef0123456789ABCDEF"
SECRETS = ("password", "sshPassphrase", "accessToken", "refreshToken", "artifactoryRefreshToken")


def encrypt(key, text, nonce):
    return base64.b64encode(nonce + AESGCM(key.encode()).encrypt(nonce, text.encode(), None)).decode()


def decrypt(key, text):
    sealed = base64.b64decode(text, validate=True)
    return AESGCM(key.encode()).decrypt(sealed[:12], sealed[12:], None).decode()


def encrypt_file(plain):
    config = json.loads(plain.read_text(encoding="utf-8"))
    servers = config.get("servers") or config.get("artifactory") or []
    for number, server in enumerate(servers if isinstance(servers, list) else [servers]):
        for field in SECRETS:
            if server.get(field):
                # The same with every run. Only golden files may do so: a nonce must never come twice.
                nonce = hashlib.sha256(f"{plain.name} {number} {field}".encode()).digest()[:12]
                server[field] = encrypt(GOLDEN_KEY, server[field], nonce)
    config["enc"] = True
    encrypted = plain.with_name(plain.name.replace("plain", "encrypted"))
    encrypted.write_text(json.dumps(config, indent=2), encoding="utf-8")


match sys.argv[1:]:
    case ["encrypt", key, text]:
        print(encrypt(key, text, os.urandom(12)))
    case ["decrypt", key, text]:
        print(decrypt(key, text))
    case ["golden", folder]:
        for plain in sorted(pathlib.Path(folder).glob("v*-plain.json")):
            encrypt_file(plain)
    case _:
        raise SystemExit(__doc__)
