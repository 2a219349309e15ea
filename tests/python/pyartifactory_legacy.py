"""Manages users, groups and API keys with pyartifactory on the older paths, and prints what came of it as JSON.

Usage: pyartifactory_legacy.py URL ADMIN_TOKEN NAME PASSWORD
"""

import json
import sys

import requests
from pyartifactory import Artifactory
from pyartifactory.exception import GroupAlreadyExistsError, GroupNotFoundError, UserAlreadyExistsError, UserNotFoundError
from pyartifactory.models.group import Group
from pyartifactory.models.user import NewUser, User
from pydantic import SecretStr

url, admin_token, name, password = sys.argv[1:]
url += "/artifactory"
admin = Artifactory(url=url, access_token=admin_token)


def raises(kind, call):
    try:
        call()
    except kind:
        return True
    return False


group = admin.groups.create(Group(name=f"{name} team", description="of the test"))
user = admin.users.create(
    NewUser(name=name, email="frog@example.org", password=SecretStr(password), groups=[group.name], disableUIAccess=True)
)
assert user.groups == [group.name] and user.disableUIAccess and not user.admin, user
assert raises(UserAlreadyExistsError, lambda: admin.users.create(NewUser(name=name, email="f@example.org", password=SecretStr(password))))
assert raises(GroupAlreadyExistsError, lambda: admin.groups.create(group))
assert name in [listed.name for listed in admin.users.list()]
assert group.name in [listed.name for listed in admin.groups.list()]
assert admin.groups.get(group.name).userNames == [name]
changed = admin.users.update(User(name=name, email="toad@example.org", groups=[group.name], profileUpdatable=False))
assert changed.email == "toad@example.org" and not changed.profileUpdatable and changed.groups == [group.name], changed
group.description = "changed"
group.userNames = []
assert admin.groups.update(group).description == "changed"
assert admin.users.get(name).groups == []
admin.users.unlock(name)
admin.users.unlock(f"{name}-who-is-nobody")

own = Artifactory(url=url, auth=(name, SecretStr(password)))
key = own.security.create_api_key().apiKey
assert own.security.get_api_key().apiKey == key
fresh = own.security.regenerate_api_key().apiKey
assert fresh != key
by_key = Artifactory(url=url, auth=(name, fresh))
assert by_key.security.get_api_key().apiKey == fresh
assert raises(requests.HTTPError, lambda: own.security.create_api_key())
admin.security.revoke_user_api_key(name)
assert raises(requests.HTTPError, lambda: by_key.security.get_api_key())
own.security.revoke_api_key()
assert raises(requests.HTTPError, lambda: own.security.get_encrypted_password())

admin.groups.delete(group.name)
admin.users.delete(name)
assert raises(UserNotFoundError, lambda: admin.users.get(name))
assert raises(GroupNotFoundError, lambda: admin.groups.get(group.name))
print(json.dumps({"key": fresh.get_secret_value()}))
