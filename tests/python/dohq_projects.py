"""Makes, reads, changes and deletes a project with dohq-artifactory, and prints what it read back as JSON."""

import json
import sys

from artifactory import ArtifactoryPath
from dohq_artifactory.admin import Project

url, token, key = sys.argv[1:]
server = ArtifactoryPath(f"{url}/artifactory", token=token)

made = Project(server, key, "Web shop", description="d", index_resources=False, storage_quota_bytes=1 << 40)
assert not made.read(), "there is none yet"
made.create()
read = Project(server, key)
assert read.read()
fields = ["display_name", "description", "manage_members", "manage_resources", "manage_security_assets",
          "index_resources", "allow_ignore_rules", "storage_quota_bytes"]
before = [getattr(read, field) for field in fields]
assert before == [getattr(made, field) for field in fields], "what was sent"
read.description = "e"
read.update()
after = server.find_project(key).description
read.delete()
print(json.dumps({"read": before, "changed": after, "deleted": server.find_project(key) is None}))
