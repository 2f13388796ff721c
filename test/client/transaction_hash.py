"""Computes the `txn` of a transaction. It needs Python 3.9 or newer and only the standard library.

    from transaction_hash import transaction_hash
    transaction_hash({"payee": "ACME GmbH", "amount": "42.00"})

This command checks it against a file of vectors: python3 transaction_hash.py transaction-vectors.json
"""

import base64
import hashlib
import json
import sys
from decimal import Decimal

MAX_BYTES = 1024
MAX_DEPTH = 16
MAX_SAFE_INTEGER = 2**53 - 1


def transaction_hash(transaction: dict) -> str:
    """Returns the SHA-256 of the canonical form (RFC 8785) in base64url. Raises ValueError without such a form."""
    if not isinstance(transaction, dict):
        raise ValueError("transaction must be an object")
    data = canonical(transaction).encode()
    if len(data) > MAX_BYTES:
        raise ValueError(f"transaction must have at most {MAX_BYTES} bytes")
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def canonical(value, depth: int = 0) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, (int, float)):
        return number(value)
    if depth >= MAX_DEPTH:
        raise ValueError(f"must not nest deeper than {MAX_DEPTH} levels")
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(canonical(item, depth + 1) for item in value) + "]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        # RFC 8785 section 3.2.3 sorts keys by their UTF-16 code units.
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        members = (text(key) + ":" + canonical(value[key], depth + 1) for key in keys)
        return "{" + ",".join(members) + "}"
    raise ValueError("is not a value that JSON can express")


def text(value: str) -> str:
    value.encode()  # raises UnicodeEncodeError, a ValueError, for half a surrogate pair
    return json.dumps(value, ensure_ascii=False)


def number(value) -> str:
    """Writes a number as ECMAScript does (RFC 8785 section 3.2.2.3). Both find the same shortest digits."""
    if not abs(value) <= MAX_SAFE_INTEGER:
        raise ValueError("must be a finite number within 2^53 - 1; write others as text")
    if value == int(value):
        return str(int(value))
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits))
    point = len(shown) + exponent  # the position of the decimal point in `shown`
    if point > 0:
        shown = shown[:point] + "." + shown[point:]
    elif point > -6:
        shown = "0." + "0" * -point + shown
    else:
        shown = shown[0] + ("." + shown[1:] if len(shown) > 1 else "") + f"e{point - 1}"
    return "-" * sign + shown


def check(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    for vector in vectors["accepted"]:
        transaction = json.loads(vector["json"])
        assert canonical(transaction) == vector["canonical"], vector["name"]
        assert transaction_hash(transaction) == vector["hash"], vector["name"]
    for vector in vectors["refused"]:
        try:
            transaction_hash(json.loads(vector["json"]))
        except ValueError:
            continue
        raise AssertionError(vector["name"])
    counts = [len(vectors["accepted"]), len(vectors["refused"])]
    assert all(counts), "no vectors"
    print("transaction_hash.py: %d hashes and %d refusals are as expected" % tuple(counts))


if __name__ == "__main__":
    check(sys.argv[1])
