"""Creates, uses and revokes a token with requests: a kept-alive connection, JSON, and an empty 200."""

import sys

import requests

url, token = sys.argv[1:]
tokens = url + "/access/api/v1/tokens"

with requests.Session() as session:
    session.headers["Authorization"] = "Bearer " + token
    made = session.post(tokens, json={"refreshable": True, "description": "requests"})
    assert made.status_code == 200, made.text
    pair = made.json()
    own = {"Authorization": "Bearer " + pair["access_token"]}
    assert session.get(tokens + "/me", headers=own).json()["description"] == "requests"
    assert session.delete(tokens + "/" + pair["token_id"]).status_code == 200
    refused = session.get(tokens + "/me", headers=own)
    assert refused.status_code == 401 and refused.json()["errors"][0]["code"] == "UNAUTHORIZED", refused.text
    assert session.delete(tokens + "/" + pair["token_id"]).status_code == 204
    assert session.get(url + "/artifactory/api/system/ping").text == "OK"

print("created, used and revoked")
