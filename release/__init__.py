"""What a release consists of: packages, manifests for hosts and registries, and install links.

Every published name comes from `[tool.incident-desk.publish]` in pyproject.toml, and every key and
tool from the catalogue.
"""
