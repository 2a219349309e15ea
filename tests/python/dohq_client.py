"""Manages users, groups, API keys and tokens with dohq-artifactory, and prints what came of it as JSON.

Usage: dohq_client.py URL ADMIN_TOKEN NAME PASSWORD
"""

import json
import sys

import requests
from artifactory import ArtifactoryPath
from dohq_artifactory import Group, Token, User
from dohq_artifactory.exception import ArtifactoryException

url, admin_token, name, password = sys.argv[1:]
url += "/artifactory"
admin = ArtifactoryPath(url, token=admin_token)


def raises(kind, call):
    try:
        call()
    except kind:
        return True
    return False


group = Group(admin, f"{name}-team")
group.description = "of the test"
group.create()
user = User(admin, name, "frog@example.org", password)
user.add_to_group(group)
user.create()
assert admin.find_user(name).email == "frog@example.org"
assert [found.name for found in user.groups] == [group.name]
assert name in [found.name for found in admin.get_users(lazy=True)]
assert group.name in [found.name for found in admin.get_groups(lazy=True)]
user.profile_updatable = False
user.update()
assert not admin.find_user(name).profile_updatable
assert admin.find_user(f"{name}-who-is-nobody") is None

user.password = password
assert user.api_key.get() == ""
key = user.api_key.create()
assert user.api_key.get() == key
fresh = user.api_key.regenerate()
assert fresh != key
assert raises(ArtifactoryException, user.api_key.create)
by_key = ArtifactoryPath(url, apikey=fresh)
assert by_key.session.get(f"{url}/api/system/version", auth=by_key.auth).status_code == 200
user.api_key.revoke()
assert by_key.session.get(f"{url}/api/system/version", auth=by_key.auth).status_code == 401
assert raises(ArtifactoryException, lambda: user.encrypted_password)

frog = ArtifactoryPath(url, auth=(name, password))
token = Token(frog, username=name, refreshable=True)
token.create()
named = Token(frog, username=name, scope=f"member-of-groups:{group.name}", expires_in=60)
named.create()
assert raises(requests.HTTPError, Token(frog, username=name, expires_in=7200).create)
listed = Token(admin, username=name)
listed.read()
assert token.token_id in listed.tokens and listed.tokens[named.token_id]["subject"].endswith(f"/users/{name}")

Token(frog, username=name, jwt_token=named.jwt_token).delete()
live = ArtifactoryPath(url, token=token.jwt_token)
dead = ArtifactoryPath(url, token=named.jwt_token)
assert live.session.get(f"{url}/api/system/version", auth=live.auth).status_code == 200
assert dead.session.get(f"{url}/api/system/version", auth=dead.auth).status_code == 401

group.delete()
user.delete()
assert live.session.get(f"{url}/api/system/version", auth=live.auth).status_code == 401
print(json.dumps({"token": token.token["access_token"]}))
