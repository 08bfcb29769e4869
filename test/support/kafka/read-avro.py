"""Reads Avro values with fastavro: JSON of [{schema, value in base64}] in, JSON of what they say out."""

import base64
import io
import json
import sys

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form


def body_of(value, schema):
    """What follows the frame: Confluent's zero and schema number, or Avro's mark and fingerprint."""
    if value[:1] == b"\x00":
        return value[5:]
    assert value[:2] == b"\xc3\x01", "neither of the two frames"
    own = bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))
    assert value[2:10] == own, f"another schema: {value[2:10].hex()} is not {own.hex()}"
    return value[10:]


def read(written):
    value = base64.b64decode(written["value"])
    body = io.BytesIO(body_of(value, written["schema"]))
    found = fastavro.schemaless_reader(body, fastavro.parse_schema(written["schema"]))
    assert body.read() == b"", "bytes are left"
    return found


def plain(value):
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


json.dump([read(written) for written in json.load(sys.stdin)], sys.stdout, default=plain)
