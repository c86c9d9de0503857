#!/usr/bin/env python3
"""Opens a record of a Muniment archive without Muniment.

    open_record.py --data DIR --keys DIR --identity FILE --output DIR RECORD

Needs Python 3.9 or newer, the package `cryptography`, and the program `age` or `rage`; reads the
embedded database only. For every component of the record's current version it writes `<id>.header` and
`<id>.payload`, which together are an age file, decrypts that file with the program into `<id>.plain`,
and checks it against the commitment. The descriptor is written as `descriptor.json`. The format:
sealed-file.md, beside this file. Whoever uses this leaves no trace in the archive's ledger.
"""

import argparse
import base64
import hashlib
import hmac
import pathlib
import shutil
import sqlite3
import subprocess
import sys

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305


def age_program():
    for name in ("age", "rage"):
        if shutil.which(name):
            return name
    sys.exit("neither age nor rage is installed")


def age_open(identity, sealed):
    done = subprocess.run(
        [age_program(), "-d", "-i", str(identity)], input=sealed, capture_output=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"the identity does not open it: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def epoch_key(keys, identity, number):
    text = age_open(identity, (keys / f"epoch-{number}.age").read_bytes()).decode()
    title, _archive, epoch, key = text.splitlines()
    if title != "muniment epoch key v1" or epoch != f"epoch {number}":
        sys.exit(f"epoch-{number}.age is not the key file of epoch {number}")
    return base64.b64decode(key.removeprefix("key "), validate=True)


def length_and(text):
    return len(text.encode()).to_bytes(4, "big") + text.encode()


def aead_open(key, sealed, additional):
    return ChaCha20Poly1305(key).decrypt(sealed[:12], sealed[12:], additional)


class Archive:
    def __init__(self, data, keys, identity):
        self.data, self.keys, self.identity, self.epochs = data, keys, identity, {}
        self.database = sqlite3.connect(f"file:{data / 'archive.sqlite'}?mode=ro", uri=True)

    def rows(self, sql, *values):
        return self.database.execute(sql, values).fetchall()

    def cell(self, owner, part):
        found = self.rows("SELECT epoch, sealed FROM cells WHERE owner = ? AND part = ?", owner, part)
        if not found:
            sys.exit(f"{owner}/{part}: its keys are not there (destroyed, or no such record)")
        epoch, sealed = found[0]
        if epoch not in self.epochs:
            self.epochs[epoch] = epoch_key(self.keys, self.identity, epoch)
        place = b"muniment/cell/v1" + length_and(owner) + length_and(part) + epoch.to_bytes(4, "big")
        return aead_open(self.epochs[epoch], sealed, place)

    def payload(self, component, place):
        if place == "inline":
            return self.rows("SELECT bytes FROM payloads WHERE component_id = ?", component)[0][0]
        # The last two bytes of the id name the folders.
        return (self.data / "blobs" / component[-4:-2] / component[-2:] / component).read_bytes()


def open_record(archive, record, output):
    current = archive.rows("SELECT version FROM records WHERE id = ?", record)
    if not current:
        sys.exit(f"{record}: no such record")
    version = current[0][0]
    keys = archive.cell(record, f"version:{version}")
    sealed = archive.rows(
        "SELECT descriptor FROM versions WHERE record_id = ? AND version = ?", record, version
    )[0][0]
    context = b"muniment/under/v1" + length_and(f"descriptor/{record}/{version}")
    (output / "descriptor.json").write_bytes(aead_open(keys[:32], sealed, context))
    components = archive.rows(
        "SELECT id, place, commitment FROM components WHERE record_id = ? AND version = ? ORDER BY ordinal",
        record,
        version,
    )
    for component, place, commitment in components:
        cell = archive.cell(record, component)
        commitment_key, header = cell[:32], cell[32:]
        payload = archive.payload(component, place)
        (output / f"{component}.header").write_bytes(header)
        (output / f"{component}.payload").write_bytes(payload)
        plain = age_open(archive.identity, header + payload)
        digest = hashlib.sha256(plain).digest()
        made = hmac.new(commitment_key, b"muniment/commit/v1" + digest, hashlib.sha256).digest()
        if made != commitment:
            sys.exit(f"{component}: it is not what the ledger commits to")
        (output / f"{component}.plain").write_bytes(plain)
        print(component)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--keys", type=pathlib.Path, required=True)
    parser.add_argument("--identity", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("record")
    words = parser.parse_args()
    words.output.mkdir(mode=0o700, parents=True, exist_ok=True)
    open_record(Archive(words.data, words.keys, words.identity), words.record, words.output)


if __name__ == "__main__":
    main()
