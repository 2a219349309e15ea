"""Creates and revokes tokens with pyartifactory, and prints what came of it as JSON."""

import json
import sys

from pyartifactory import Artifactory
from pyartifactory.exception import InvalidTokenDataError
from pydantic import SecretStr

url, admin_token, user, user_token = sys.argv[1:]
security = Artifactory(url=url, access_token=admin_token).security

kept = security.create_access_token(user_name=user, refreshable=True)
revoked = security.create_access_token(user_name=user, expires_in=120, scope="applied-permissions/groups:readers")
by_basic = Artifactory(url=url, auth=(user, SecretStr(user_token))).security.create_access_token(user_name=user)
eternal = security.create_access_token(user_name=user, expires_in=0)

assert security.revoke_access_token(revoked.access_token) is True
again = security.revoke_access_token(revoked.access_token)

try:
    security.create_access_token(user_name=user, scope="applied-permissions/everything")
    refused = "nothing"
except InvalidTokenDataError as error:
    refused = type(error).__name__

print(
    json.dumps(
        {
            "kept": kept.access_token,
            "by_basic": by_basic.access_token,
            "refresh_token": kept.refresh_token,
            "revoked": revoked.access_token,
            "revoke_again": again,
            # The model's default stands for "absent", which is how the wire says "never".
            "expires_in": [kept.expires_in, revoked.expires_in, None if "expires_in" not in eternal.model_fields_set else eternal.expires_in],
            "refused": refused,
        }
    )
)
