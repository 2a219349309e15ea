"""Introspects, verifies and revokes tokens with Authlib, which knows the standards and nothing of accessd."""

import json
import sys
import urllib.request

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6750.errors import InsufficientScopeError, InvalidTokenError
from authlib.oauth2.rfc7662 import IntrospectTokenValidator
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

url, issuer, checker, checker_token, user, token, refresh_token, algorithm = sys.argv[1:]


def get(path):
    with urllib.request.urlopen(url + path) as response:
        return json.load(response)


metadata = AuthorizationServerMetadata(get("/.well-known/oauth-authorization-server"))
metadata.validate()
assert metadata["issuer"] == issuer, metadata


def endpoint(name):
    """Where the operator's address of the service leads in this test."""
    address = metadata[name]
    assert address.startswith(issuer + "/"), address
    return url + address[len(issuer) :]


# Signatures, by the published keys. The wire's tokens have `ver` in their header, which no standard knows.
registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
keys = KeySet.import_key_set(get(endpoint("jwks_uri")[len(url) :]))
decoded = jwt.decode(token, keys, algorithms=[algorithm], registry=registry)
claims = jwt.JWTClaimsRegistry(exp={"essential": True}, aud={"essential": True, "value": "*@*"}, sub={"essential": True})
claims.validate(decoded.claims)
head, payload, signature = token.split(".")
try:
    jwt.decode(".".join([head, payload, signature[:-8] + "AAAAAAAA"]), keys, algorithms=[algorithm], registry=registry)
    raise SystemExit("a forged signature was accepted")
except BadSignatureError:
    pass

# Introspection, with a token in the place of the client secret.
session = OAuth2Session(checker, checker_token)


def introspect(text, hint=None):
    response = session.introspect_token(endpoint("introspection_endpoint"), token=text, token_type_hint=hint)
    assert response.status_code == 200, response.text
    return response.json()


told = introspect(token, "access_token")
assert told["active"] is True and told["username"] == user, told
for name in ("exp", "iat", "sub", "aud", "iss", "jti"):
    assert told[name] == decoded.claims[name], (name, told)
assert introspect(refresh_token, "refresh_token")["active"] is True


class Validator(IntrospectTokenValidator):
    """A protected resource of Authlib."""

    def introspect_token(self, token_string):
        return introspect(token_string)


validator = Validator()


def admitted(text, scopes):
    try:
        validator.validate_token(validator.authenticate_token(text), scopes, None)
        return "yes"
    except InvalidTokenError:
        return "invalid"
    except InsufficientScopeError:
        return "scope"


assert admitted(token, ["applied-permissions/user"]) == "yes"
assert admitted(token, ["applied-permissions/admin"]) == "scope"

# Revocation by the owner: the refresh token takes the access token with it.
owner = OAuth2Session(user, token)
response = owner.revoke_token(endpoint("revocation_endpoint"), token=refresh_token, token_type_hint="refresh_token")
assert response.status_code == 200, response.text
assert introspect(token) == introspect(refresh_token) == introspect("nonsense") == {"active": False}
assert admitted(token, ["applied-permissions/user"]) == "invalid"
again = session.revoke_token(endpoint("revocation_endpoint"), token=refresh_token)
assert again.status_code == 200, again.text

print("metadata, keys, introspection and revocation are as the standards say")
