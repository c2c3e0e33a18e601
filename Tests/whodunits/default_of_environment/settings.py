"""What the environment says."""

import os

REGION = os.environ.get("REGION", "eu")
WORKERS = int(os.environ.get("WORKERS", "4") or 0)
VERBOSE = bool(os.environ.get("VERBOSE"))
