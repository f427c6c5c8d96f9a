# What schemathesis must know about the service beside doc/openapi.yaml.
# SPDX-License-Identifier: BSD-2-Clause
import pathlib
import re
import uuid

import schemathesis
import yaml

DOCUMENT = pathlib.Path(__file__).parents[2] / "doc" / "openapi.yaml"
with open(DOCUMENT, encoding="utf-8") as file:
    KEY = re.compile(yaml.safe_load(file)["components"]["parameters"]
                     ["idempotencyKey"]["schema"]["pattern"])


@schemathesis.hook
def before_call(context, case, kwargs):
    """
    A key that came with other content before is refused, as it should be:
    so whoever sends a right one sends a new one.
    """
    key = (case.headers or {}).get("Idempotency-Key")
    if key and KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = f'"{uuid.uuid4()}"'
