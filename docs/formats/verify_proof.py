#!/usr/bin/env python3
"""Checks that an entry lies in a Muniment log: verify_proof.py PROOF.tlog-proof ENTRY.json VKEY

VKEY is the log's verifier key (name+id+base64) or a file that holds it. Needs Python 3.8 and,
for the signature, either the package `cryptography` or the program `openssl` 3. Formats:
c2sp.org/tlog-proof, c2sp.org/tlog-checkpoint, c2sp.org/signed-note. Exit status 0 if all holds.
"""
import base64, hashlib, os, re, subprocess, sys, tempfile

def check(holds, otherwise):
    if not holds:
        raise ValueError(otherwise)

def unbase64(text):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data

def signed(public, signature, text):
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        with tempfile.TemporaryDirectory() as place:
            paths = [os.path.join(place, name) for name in ("key", "signature", "text")]
            # RFC 8410: an Ed25519 public key in DER is this prefix and the 32 bytes.
            for path, data in zip(paths, (bytes.fromhex("302a300506032b6570032100") + public, signature, text)):
                with open(path, "wb") as file:
                    file.write(data)
            command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
                       "-inkey", paths[0], "-sigfile", paths[1], "-in", paths[2]]
            return subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0
    try:
        return Ed25519PublicKey.from_public_bytes(public).verify(signature, text) is None
    except InvalidSignature:
        return False

def main(proof_path, entry_path, vkey):
    vkey = (open(vkey, encoding="utf-8").read() if os.path.exists(vkey) else vkey).strip()
    proof = open(proof_path, encoding="utf-8", newline="").read()
    leaf = hashlib.sha256(b"\x00" + open(entry_path, "rb").read()).digest()
    head, _, note = proof.partition("\n\n")
    lines = [line for line in head.split("\n") if not line.startswith("extra ")]
    check(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index "), "not a proof")
    check(re.fullmatch("0|[1-9][0-9]*", lines[1][6:]), "not a position")
    index, path = int(lines[1][6:]), [unbase64(line) for line in lines[2:]]
    # The signature over the checkpoint.
    name, key_id, key = vkey.split("+", 2)
    key = unbase64(key)
    check(key[0] == 1 and len(key) == 33, "not an Ed25519 key")
    check(hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id, "the key's id is wrong")
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    mine = "\u2014 %s " % name
    blobs = [unbase64(line[len(mine):]) for line in signatures.split("\n") if line.startswith(mine)]
    blobs = [blob[4:] for blob in blobs if blob[:4].hex() == key_id]
    check(blobs and all(signed(key[1:], blob, text.encode()) for blob in blobs), "the signature is wrong")
    origin, size, root = text.split("\n")[:3]
    check(origin == name, "a checkpoint of another log")
    # The way from the leaf to the root (RFC 9162, 2.1.3.2).
    node, last = index, int(size) - 1
    check(0 <= node <= last and all(len(sibling) == 32 for sibling in path), "no such entry")
    for sibling in path:
        check(last > 0, "the proof is too long")
        left = node & 1 or node == last
        leaf = hashlib.sha256(b"\x01" + (sibling + leaf if left else leaf + sibling)).digest()
        while left and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    check(last == 0 and leaf == unbase64(root), "the entry is not in the log")
    print("entry %d of %s is in the log under its signed checkpoint of size %s" % (index, origin, size))

if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (ValueError, OSError, TypeError, IndexError) as error:
        sys.exit("REFUSED: %s" % error)
