#!/usr/bin/env python3
"""Checks an exported Muniment ledger: check_ledger.py DIRECTORY [VKEY]

DIRECTORY is what `muniment ledger export` wrote. VKEY is the log's public key (name+id+base64) or a
file that holds it, from a source that you trust; without it the key in the directory is taken, and
the answer is only that everything agrees with that key. Checked are the signature of the checkpoint,
every entry and every tile against the signed root, and every proof: proof/<record>.json must be an entry
about that record. The records that were proved are printed. Needs Python 3.8 and the package
`cryptography`. Formats: c2sp.org/tlog-tiles, tlog-checkpoint, tlog-proof, signed-note. Exit status 0
if all holds.
"""
import base64, hashlib, json, os, re, sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH = 256

def check(holds, otherwise):
    if not holds:
        raise ValueError(otherwise)

def read(directory, path):
    with open(os.path.join(directory, *path.split("/")), "rb") as file:
        return file.read()

def unbase64(text):
    data = base64.b64decode(text, validate=True)
    check(base64.b64encode(data).decode() == text, "base64 in another spelling")
    return data

def number(text):
    check(re.fullmatch("0|[1-9][0-9]{0,18}", text), "not a number")
    return int(text)

def leaf_of(entry):
    return hashlib.sha256(b"\x00" + entry).digest()

def node_of(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()

def place(index, width):
    """A tile's or bundle's name: groups of three digits, all but the last with an x."""
    name = "%03d" % (index % 1000)
    while index >= 1000:
        index //= 1000
        name = "x%03d/%s" % (index % 1000, name)
    return name if width == WIDTH else "%s.p/%d" % (name, width)

def open_checkpoint(note, vkey):
    """Size and root of a signed note, once the signature holds."""
    name, key_id, key = vkey.split("+", 2)
    key = unbase64(key)
    check(len(key) == 33 and key[0] == 1, "not an Ed25519 key")
    check(hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id, "the key's id is wrong")
    text, parted, signatures = note.rpartition("\n\n")
    check(parted and signatures.endswith("\n"), "not a signed note")
    text += "\n"
    mine = "\u2014 %s " % name
    blobs = [unbase64(line[len(mine):]) for line in signatures.split("\n") if line.startswith(mine)]
    blobs = [blob[4:] for blob in blobs if blob[:4].hex() == key_id]
    check(blobs, "the checkpoint is not signed by this key")
    for blob in blobs:
        try:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(blob, text.encode())
        except InvalidSignature:
            raise ValueError("the checkpoint's signature is wrong")
    lines = text.split("\n")
    check(len(lines) == 4 and lines[0] == name, "a checkpoint of another log")
    root = unbase64(lines[2])
    check(len(root) == 32, "not a root")
    return number(lines[1]), root

def root_of(hashes):
    """The root over these hashes (RFC 6962, 2.1)."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_of(root_of(hashes[:split]), root_of(hashes[split:]))

def read_bundle(directory, path, count):
    data, entries = read(directory, path), []
    while data:
        check(len(data) >= 2, "%s ends within an entry" % path)
        length = int.from_bytes(data[:2], "big")
        check(len(data) >= 2 + length, "%s ends within an entry" % path)
        entries.append(data[2:2 + length])
        data = data[2 + length:]
    check(len(entries) == count, "%s has %d entries, not %d" % (path, len(entries), count))
    return entries

def check_tree(directory, size, root, known):
    """Every entry against the tiles of level 0, every tile against the level below, the whole against the root."""
    leaves, entries = [], {}
    for start in range(0, size, WIDTH):
        count = min(WIDTH, size - start)
        path = "tile/entries/" + place(start // WIDTH, count)
        known.add(path)
        for offset, entry in enumerate(read_bundle(directory, path, count)):
            leaves.append(leaf_of(entry))
            entries[start + offset] = leaves[-1]
    level, hashes = 0, leaves
    while hashes:
        above = []
        for start in range(0, len(hashes), WIDTH):
            part = hashes[start:start + WIDTH]
            path = "tile/%d/%s" % (level, place(start // WIDTH, len(part)))
            known.add(path)
            check(read(directory, path) == b"".join(part), "%s is not what the entries give" % path)
            if len(part) == WIDTH:
                above.append(root_of(part))
        level, hashes = level + 1, above
    check(root_of(leaves) == root, "the entries do not have the signed root")
    return entries

def check_proof(directory, path, vkey, size, entries, known):
    """The record that the entry is about, once the entry is in the tree."""
    text = read(directory, path).decode()
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    check(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index "), "%s is no proof" % path)
    index, way = number(lines[1][6:]), [unbase64(line) for line in lines[2:]]
    under, root = open_checkpoint(note, vkey)
    check(under == size, "%s is of another checkpoint" % path)
    entry_path = path[:-len(".tlog-proof")] + ".json"
    known.add(entry_path)
    entry = read(directory, entry_path)
    node, last, hash = index, size - 1, leaf_of(entry)
    check(entries.get(index) == hash, "%s: the entry is not the one at %d" % (path, index))
    # From the leaf to the root (RFC 9162, 2.1.3.2).
    for sibling in way:
        check(last > 0 and len(sibling) == 32, "%s is too long" % path)
        left = node & 1 or node == last
        hash = node_of(sibling, hash) if left else node_of(hash, sibling)
        while left and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    check(last == 0 and hash == root, "%s does not lead to the root" % path)
    told = json.loads(entry)
    subject, kind = told["subject"], told["kind"]
    # The capture has the record's name alone; an erasure of entries of a log has its position too.
    name = "%s.%d" % (subject, index) if kind == "entry_erased" else subject
    check(path == "proof/%s.tlog-proof" % name, "%s: the entry is about %s" % (path, subject))
    return "%s, entry_erased at %d" % (subject, index) if kind == "entry_erased" else subject

def main(directory, vkey=None):
    given = vkey is not None
    if not given:
        vkey = os.path.join(directory, "vkey")
    if os.path.exists(vkey):
        with open(vkey, encoding="utf-8") as file:
            vkey = file.read()
    vkey = vkey.strip()
    known = {"checkpoint", "vkey"}
    check(read(directory, "vkey").decode().strip() == vkey, "the directory names another key")
    size, root = open_checkpoint(read(directory, "checkpoint").decode(), vkey)
    entries = check_tree(directory, size, root, known)
    proved = []
    folder = os.path.join(directory, "proof")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if name.endswith(".tlog-proof"):
            known.add("proof/" + name)
            proved.append(check_proof(directory, "proof/" + name, vkey, size, entries, known))
    for at, _, names in os.walk(directory):
        for name in names:
            path = os.path.relpath(os.path.join(at, name), directory).replace(os.sep, "/")
            check(path in known, "%s belongs to no ledger" % path)
    whose = "the key that you gave" if given else "the key in the directory: compare it with one that you trust"
    entries = "1 entry holds" if size == 1 else "%d entries hold" % size
    print("%s under %s" % (entries, whose))
    for subject in proved:
        print("proved: an entry about %s" % subject)
    if not proved:
        print("NO RECORD WAS PROVED: there is no proof in this directory")

if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (ValueError, OSError, TypeError, IndexError, KeyError, RecursionError) as error:
        sys.exit("REFUSED: %s" % error)
