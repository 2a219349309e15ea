"""Verifies a token of accessd with PyJWT: by the published JWKS and by the root certificate."""

import base64
import json
import sys
import urllib.request

import jwt
from cryptography import x509

url, token, algorithm = sys.argv[1:]


def get(path):
    request = urllib.request.Request(url + path, headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request) as response:
        return response.read()


keys = jwt.PyJWKSet.from_json(get("/.well-known/jwks.json").decode())
by_jwks = keys[jwt.get_unverified_header(token)["kid"]].key
by_certificate = x509.load_der_x509_certificate(base64.b64decode(get("/access/api/v1/cert/root"), validate=True)).public_key()

header, payload, signature = token.split(".")
claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
claims["scp"] = "applied-permissions/groups:others"
forged = ".".join([header, base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("="), signature])

for key in (by_jwks, by_certificate):
    accepted = jwt.decode(token, key, algorithms=[algorithm], audience="*@*", options={"require": ["exp", "iat", "iss", "sub", "jti"]})
    assert accepted["ext"] == '{"revocable":"true"}', accepted
    try:
        jwt.decode(forged, key, algorithms=[algorithm], audience="*@*")
    except jwt.InvalidSignatureError:
        continue
    raise SystemExit("a forged token was accepted")

print("accepted by JWKS and by certificate, forgery refused")
