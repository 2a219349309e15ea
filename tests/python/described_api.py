"""Schemathesis on its arguments: makes requests out of the OpenAPI description, and looks at the answers."""

from schemathesis.cli import schemathesis

schemathesis()
