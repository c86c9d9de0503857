#!/usr/bin/env python3
"""Checks an unpacked Muniment bundle: verify_bundle.py FOLDER [FINGERPRINT]

FINGERPRINT is the SHA-256 of proof/vkey as it reached you by another way. Needs Python 3.8 and
openssl 3, nothing else. Exit status 0 if all holds; the first fault is named otherwise.
"""
import base64, csv, hashlib, hmac, json, os, subprocess, sys, tempfile


def check(holds, otherwise):
    if not holds:
        raise ValueError(otherwise)


def read(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()


def digest(path, algorithm):
    value = hashlib.new(algorithm)
    with open(os.path.join(ROOT, path), "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            value.update(chunk)
    return value


def manifests():
    found = set()
    for folder, _, files in os.walk(ROOT):
        check(not os.path.islink(folder), folder + " is a link")
        found |= {os.path.relpath(os.path.join(folder, name), ROOT).replace(os.sep, "/") for name in files}
    for algorithm in ("sha256", "sha512"):
        listed = {}
        for name in ("manifest-%s.txt" % algorithm, "tagmanifest-%s.txt" % algorithm):
            for line in read(name).decode().splitlines():
                value, path = line.split("  ", 1)
                check(path not in listed, path + " is listed twice")
                check(path.startswith("data/") == name.startswith("manifest"), path + " is in the wrong manifest")
                listed[path] = value
        for path, value in listed.items():
            check(path in found, path + " is missing")
            check(digest(path, algorithm).hexdigest() == value, path + " has another " + algorithm)
        outside = {"tagmanifest-sha256.txt", "tagmanifest-sha512.txt", "signature.sig"}
        check(found - set(listed) == outside, "not listed: %s" % sorted(found - set(listed) - outside))


def note(text, vkey):
    """The text of a C2SP signed note, after checking its signature by the log's key."""
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    check(len(key) == 33 and key[0] == 1, "not an Ed25519 key")
    check(hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id, "the key's id is wrong")
    body, _, signatures = text.rpartition("\n\n")
    body += "\n"
    mine = "\u2014 %s " % name
    blobs = [base64.b64decode(line[len(mine):]) for line in signatures.split("\n") if line.startswith(mine)]
    blobs = [blob[4:] for blob in blobs if blob[:4].hex() == key_id]
    check(blobs, "not signed by the log's key")
    with tempfile.TemporaryDirectory() as place:
        paths = [os.path.join(place, part) for part in ("key", "signature", "text")]
        for blob in blobs:
            # RFC 8410: an Ed25519 public key in DER is this prefix and the 32 bytes.
            for path, data in zip(paths, (bytes.fromhex("302a300506032b6570032100") + key[1:], blob, body.encode())):
                with open(path, "wb") as file:
                    file.write(data)
            done = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey",
                                   paths[0], "-sigfile", paths[1], "-in", paths[2]], stdout=subprocess.DEVNULL)
            check(done.returncode == 0, "the signature is wrong")
    return body


def included(leaf, index, size, path, root, what):
    """RFC 9162, 2.1.3.2."""
    node, last = index, size - 1
    check(0 <= node <= last, what + ": no such position")
    for sibling in path:
        check(last > 0 and len(sibling) == 32, what + ": the proof has the wrong length")
        left = node & 1 or node == last
        leaf = hashlib.sha256(b"\x01" + (sibling + leaf if left else leaf + sibling)).digest()
        while left and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1
    check(last == 0 and leaf == root, what + " is not in the log")


def entry(path, proof, checkpoint):
    """The position of an entry that is in the log, and the entry."""
    head, _, signed = read(proof).decode().partition("\n\n")
    check(signed == checkpoint, proof + " belongs to another checkpoint")
    lines = head.split("\n")
    check(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("index "), proof + " is no proof")
    size, root = checkpoint.split("\n")[1:3]
    data, index = read(path), int(lines[1][6:])
    included(hashlib.sha256(b"\x00" + data).digest(), index, int(size),
             [base64.b64decode(line, validate=True) for line in lines[2:]], base64.b64decode(root), path)
    return index, json.loads(data)


def commitment(key, value):
    return hmac.new(bytes.fromhex(key), b"muniment/commit/v1" + value, "sha256").hexdigest()


def record(item, listed, openings, checkpoint):
    """The position and the entry of an item whose files are those that the entry commits to."""
    facts = json.loads(read("data/records/%s/record.json" % item))
    check((facts["record"], str(facts["version"]), facts["entries"]) == listed, item + ": items.csv lists another")
    index, ledger = entry("proof/entries/%s.json" % item, "proof/%s.tlog-proof" % item, checkpoint)
    check(ledger["subject"] == facts["record"] and ledger["facts"]["version"] == facts["version"],
          item + ": the entry is about another record")
    check({**ledger["facts"], "components": 0} == {**facts["facts"], "components": 0}, item + ": the facts differ")
    if facts["descriptor"] is not None:
        spelled = json.dumps(facts["descriptor"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        check(commitment(openings["descriptors"][item], hashlib.sha256(spelled.encode()).digest())
              == ledger["facts"]["descriptor"]["commitment"], item + ": another descriptor")
    check(len(facts["components"]) == len(ledger["facts"]["components"]), item + ": components are missing")
    for told, known in zip(facts["components"], ledger["facts"]["components"]):
        path = told["file"]["path"]
        check(all(told.get(name) == value for name, value in known.items()), path + ": the facts differ")
        if facts["entries"] == "*":
            value = digest(path, "sha256").digest()
            check(commitment(openings["components"][known["component"]], value) == known["commitment"],
                  path + " is not what the ledger committed to")
            continue
        segment = ledger["facts"]["segment"]
        lines = read(path).split(b"\n")[:-1]
        proofs = [json.loads(line) for line in read("proof/segments/%s.jsonl" % item).splitlines()]
        check(len(lines) == len(proofs), path + ": lines and proofs do not match")
        for line, proof in zip(lines, proofs):
            leaf = bytes.fromhex(commitment(proof["key"], hashlib.sha256(line).digest()))
            included(hashlib.sha256(b"\x00" + leaf).digest(), proof["ordinal"], segment["entries"],
                     [bytes.fromhex(sibling) for sibling in proof["proof"]], bytes.fromhex(segment["root"]),
                     "%s, entry %d" % (path, proof["ordinal"]))
    return index, ledger


def main(fingerprint=None):
    manifests()
    found = digest("proof/vkey", "sha256").hexdigest()
    check(fingerprint is None or "".join(fingerprint.split()).lower() == found, "another key than the one you know")
    vkey = read("proof/vkey").decode().strip()
    checkpoint = read("proof/checkpoint").decode()
    origin = note(checkpoint, vkey).split("\n")[0]
    check(origin == vkey.split("+")[0], "a checkpoint of another log")
    info = dict(line.split(": ", 1) for line in read("bag-info.txt").decode().splitlines())
    told = note(read("signature.sig").decode(), vkey).splitlines()
    check(told == ["muniment-bundle/v1", info["External-Identifier"],
                   "%s  tagmanifest-sha512.txt" % digest("tagmanifest-sha512.txt", "sha512").hexdigest()],
          "the signature is over something else")
    tables, covered, outcomes = {}, set(), {}
    for name in ("report/items.csv", "report/exceptions.csv"):
        with open(os.path.join(ROOT, name), encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                outcome, line = row.get("outcome", "exported"), (row["record"], row["version"], row["entries"])
                check(tables.setdefault(row["item"], line) == line, row["item"] + " is listed twice")
                check(outcomes.setdefault(row["item"], outcome) == outcome, row["item"] + " is here and is not")
                if outcome != "withheld" and row.get("reason") != "not_found":
                    covered.add(row["record"])
    items = sorted(tables)
    check(items == ["R%06d" % (number + 1) for number in range(len(items))], "an item is missing")
    exported = sorted(os.listdir(os.path.join(ROOT, "data/records")))
    check(exported == [item for item in items if outcomes[item] == "exported"], "items.csv lists other items")
    for outcome in ("exported", "withheld", "failed"):
        counted = list(outcomes.values()).count(outcome)
        check(info["Muniment-Items-" + outcome.capitalize()] == str(counted), "the count of items %s" % outcome)
    check(info["Muniment-Items-Requested"] == str(len(items)), "the count of items requested")
    openings = json.loads(read("proof/openings.json"))
    entries = [record(item, tables[item], openings, checkpoint) for item in exported]
    begun = []
    custody = sorted(name[:-5] for name in os.listdir(os.path.join(ROOT, "proof/custody")) if name.endswith(".json"))
    for name in custody:
        told = entry("proof/custody/%s.json" % name, "proof/custody/%s.tlog-proof" % name, checkpoint)
        if told[1]["kind"] == "exported_begun" and told[1]["facts"].get("bundle") == info["External-Identifier"]:
            begun.append(told)
        else:
            entries.append(told)
    check(info["Muniment-Custody-Entries"] == str(len(custody)), "the count of custody entries")
    frozen = hashlib.sha256("".join("%s %s %s\n" % tables[item] for item in items).encode()).hexdigest()
    check(len(begun) == 1, "not exactly one entry froze this package in the log")
    facts = begun[0][1]["facts"]
    check(facts["items"] == len(items) and facts["items_digest"] == frozen,
          "the list of items is not the one that was frozen in the log")
    check(begun[0][1]["at"] == info["Muniment-Created"], "the package says that it was made at another time")
    check(facts["custody_size"] <= begun[0][0], "the entry that froze this package speaks of later ones")
    check(all(told["subject"] in covered for _, told in entries), "a custody entry is about another record")
    positions = sorted({index for index, _ in entries})
    listed = hashlib.sha256("".join("%d\n" % index for index in positions).encode()).hexdigest()
    check(all(index < facts["custody_size"] for index in positions), "a custody entry came after the list was frozen")
    check(facts["custody_entries"] == len(positions) and facts["custody_digest"] == listed,
          "the custody entries are not those that were frozen in the log")
    print("consistent: %d of %d items, %d custody entries, log %s of size %s" % (
        len(exported), len(items), len(custody), origin, checkpoint.split("\n")[1]))
    if fingerprint is None:
        print("SIGNER UNKNOWN: anybody can make such a package with a key of his own. Compare this fingerprint")
        print("with the one that the holder of the archive gave you by another way than this package:")
        print(found)


if __name__ == "__main__":
    ROOT = sys.argv[1] if len(sys.argv) > 1 else "."
    try:
        main(*sys.argv[2:])
    except (ValueError, OSError, KeyError, TypeError, IndexError) as error:
        sys.exit("REFUSED: %s" % error)
