"""Validates documents: a schema on the first line of standard input, then a document a line, all as JSON.

Prints a line for each document: a list of its faults, each a path and a message, the most telling one first.
The first line of the output is about the schema itself, by the metaschema that it names.
"""

import json
import sys

from jsonschema.validators import validator_for
from jsonschema.exceptions import best_match


def leaves(error):
    """The faults below an alternative that is nearest."""
    found = best_match([error])
    return ["/".join(str(part) for part in found.absolute_path), found.message[:200]]


def main():
    lines = iter(sys.stdin)
    schema = json.loads(next(lines))
    kind = validator_for(schema)
    meta = kind(kind.META_SCHEMA)
    print(json.dumps([leaves(it) for it in meta.iter_errors(schema)]), flush=True)
    validator = kind(schema)
    for line in lines:
        print(json.dumps([leaves(it) for it in validator.iter_errors(json.loads(line))]), flush=True)


main()
