#!/usr/bin/env python3
"""Forges an unpacked package as only the holder of the log's key can: forge.py BAG LOG-KEY CASE

BAG is changed as CASE says, its manifests are made again, it is signed anew with LOG-KEY, and BAG.zip is
written beside it. The log itself stays as it is, but for the cases `log-…`: there entries are changed, and a log is
written around them, with a checkpoint and proofs that hold. Whoever checks a package must refuse every case but
`none`, `segment-none` and `log-none`. Needs openssl 3.
"""
import base64, hashlib, json, os, re, subprocess, sys, tempfile, zipfile

BAG, KEY, CASE = sys.argv[1:]
BAG = BAG.rstrip("/")
NAME = os.path.basename(BAG)
RECORD = "data/records/R000001/record.json"
SEGMENT = "proof/segments/R000001.jsonl"


def read(path):
    with open(os.path.join(BAG, path), "rb") as file:
        return file.read()


def write(path, data):
    with open(os.path.join(BAG, path), "wb") as file:
        file.write(data)


def spelled(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def edit(path, change):
    value = json.loads(read(path))
    change(value)
    write(path, spelled(value))


def native():
    return json.loads(read(RECORD))["components"][0]["file"]["path"]


def decoy():
    """Other bytes under the name that people open, the true ones under another."""
    first = native()
    second = first.replace("native.", "native-02.")
    write(second, read(first))
    write(first, b"FORGED\n")
    edit(RECORD, lambda record: record["components"][0]["file"].update(path=second))


def cut(count):
    """The first `count` lines of log and proofs, instead of all."""
    for path in (native(), SEGMENT):
        write(path, b"".join(read(path).splitlines(True)[:count]))
    truthful()


def twice():
    for path in (native(), SEGMENT):
        lines = read(path).splitlines(True)
        write(path, lines[0] * len(lines))
    truthful()


def tail():
    write(native(), read(native()) + b'{"operation":"forged"}')
    truthful()


def truthful():
    """What record.json says of the first file is true again: only the log can show the difference."""
    data = read(native())
    sums = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sha512": hashlib.sha512(data).hexdigest()}
    edit(RECORD, lambda record: record["components"][0]["file"].update(sums))


def opening(kind, name):
    edit("proof/openings.json", lambda openings: openings[kind].update({name: "00" * 32}))


def says(change):
    edit(RECORD, change)


ENTRY = "proof/entries/R000001.json"


def begun():
    """The last custody entry: the one that froze the list."""
    return max(path for path in files() if path.startswith("proof/custody/") and path.endswith(".json"))


def captured(**facts):
    """Facts of the first record, in its entry, in record.json and in items.csv alike."""
    was = json.loads(read(ENTRY))["facts"]
    edit(ENTRY, lambda entry: entry["facts"].update(facts))
    edit(RECORD, lambda record: record["facts"].update(facts))
    rows = read("report/items.csv").decode().split("\r\n")
    for name, value in facts.items():
        before, after = ((json.dumps(one) if isinstance(one, bool) else str(one)) for one in (was[name], value))
        rows = [row.replace(",%s," % before, ",%s," % after, 1) if row.startswith("R000001,") else row for row in rows]
    write("report/items.csv", "\r\n".join(rows).encode())


def frozen(**facts):
    edit(begun(), lambda entry: entry["facts"].update(facts))


def spelling(path, before, after):
    data = read(path)
    assert before in data, path
    write(path, data.replace(before, after, 1))


def earlier():
    """The list was frozen before what it tells of."""
    was = json.loads(read(begun()))["at"]
    for path in (begun(), "data/custody/custody.csv", "bag-info.txt"):
        spelling(path, was.encode(), b"2026-01-01T00:00:00.000000Z")
    spelling("bag-info.txt", b"Bagging-Date: " + was[:10].encode(), b"Bagging-Date: 2026-01-01")
    for path in ("README.txt", "START-HERE.html"):
        write(path, read(path).replace(was[:19].encode() + b"Z", b"2026-01-01T00:00:00Z"))


def self_signed():
    actor = json.loads(read(begun()))["actor"]
    frozen(countersign={"approval": actor, "by": actor})


STRANGER = "\u2014 court.example %s\n" % base64.b64encode(bytes(68)).decode()


def noted(path, again, more=""):
    """The last line of a note `again`, and `more`; in every proof too."""
    was = read(path).decode()
    now = (was + again * (was.split("\n")[-2] + "\n") + more).encode()
    for other in [path] + [other for other in files() if other.endswith(".tlog-proof")]:
        write(other, read(other).replace(was.encode(), now))


CASES = {
    "none": lambda: None,
    "decoy": decoy,
    "extra": lambda: write("data/records/R000001/native-03.txt", b"FORGED\n"),
    "extra-proof": lambda: write("proof/entries/R000009.json", b"{}"),
    "at": lambda: says(lambda record: record["ledger"].update(at="2020-01-01T00:00:00.000000Z")),
    "actor": lambda: says(lambda record: record["ledger"].update(actor="00000000-0000-7000-8000-000000000000")),
    "kind": lambda: says(lambda record: record["ledger"].update(kind="amended")),
    "seq": lambda: says(lambda record: record["ledger"].update(seq=0)),
    "late": lambda: says(lambda record: record["facts"].update(late=int(record["facts"]["late"]))),
    "descriptor": lambda: says(lambda record: record.update(descriptor=None)),
    "title": lambda: says(lambda record: record["descriptor"].update(title="FORGED")),
    "original-name": lambda: says(lambda record: record["components"][0].update(original_name="forged.txt")),
    "sha256": lambda: says(lambda record: record["components"][0]["file"].update(sha256="00" * 32)),
    "member": lambda: says(lambda record: record.update(remark="FORGED")),
    "opening-component": lambda: opening("components", "00000000-0000-7000-8000-000000000000"),
    "opening-descriptor": lambda: opening("descriptors", "R000009"),
    "opening-member": lambda: edit("proof/openings.json", lambda openings: openings.update(remark={})),
    "note-twice": lambda: noted("signature.sig", 1),
    "note-stranger": lambda: noted("signature.sig", 0, STRANGER),
    "note-junk": lambda: noted("signature.sig", 0, "junk\n"),
    "note-checkpoint": lambda: noted("proof/checkpoint", 1),
    "note-witness": lambda: noted("proof/checkpoint", 0, 2 * STRANGER),
    "segment-none": lambda: None,
    "segment-first": lambda: cut(1),
    "segment-empty": lambda: cut(0),
    "segment-twice": twice,
    "segment-tail": tail,
    "log-none": lambda: None,
    "log-countersign-none": lambda: edit(begun(), lambda entry: entry["facts"].pop("countersign")),
    "log-countersign-word": lambda: frozen(countersign="whatever"),
    "log-countersign-self": self_signed,
    "log-late": lambda: captured(late=not json.loads(read(ENTRY))["facts"]["late"]),
    "log-received": lambda: captured(received_at="2099-01-01T00:00:00.000000Z"),
    "log-no-day": lambda: captured(occurred_on="2026-02-30"),
    "log-order": earlier,
    "log-kind": lambda: edit(begun(), lambda entry: entry.update(subject=json.loads(read(ENTRY))["subject"])),
    "log-blank": lambda: spelling(begun(), b'":', b'": '),
    "log-twice": lambda: spelling(begun(), b'"v":1', b'"v":1,"v":1'),
    "log-name": lambda: frozen(remark="\u738b\u82b3"),
    "log-unknown-kind": lambda: edit(begun(), lambda entry: entry.update(kind="frobbed")),
}


def files():
    found = []
    for folder, _, names in os.walk(BAG):
        found += [os.path.relpath(os.path.join(folder, name), BAG) for name in names]
    return sorted(found)


def manifests():
    payload = [path for path in files() if path.startswith("data/")]
    oxum = "Payload-Oxum: %d.%d" % (sum(len(read(path)) for path in payload), len(payload))
    write("bag-info.txt", re.sub("Payload-Oxum: .*", oxum, read("bag-info.txt").decode()).encode())
    for tag in ("", "tag"):
        for algorithm in ("sha256", "sha512"):
            listed = payload if not tag else [path for path in files() if path not in payload
                                              and not path.startswith("tagmanifest") and path != "signature.sig"]
            lines = ["%s  %s\n" % (hashlib.new(algorithm, read(path)).hexdigest(), path) for path in listed]
            write("%smanifest-%s.txt" % (tag, algorithm), "".join(lines).encode())


def sign(text):
    """A signed note with this text, by the log's key."""
    with open(KEY) as file:
        origin, key_id, key = file.read().strip()[len("PRIVATE+KEY+"):].split("+", 2)
    with tempfile.TemporaryDirectory() as place:
        key_path, text_path = os.path.join(place, "key"), os.path.join(place, "text")
        with open(key_path, "wb") as file:
            # RFC 8410: an Ed25519 private key in DER is this prefix and the 32 bytes.
            file.write(bytes.fromhex("302e020100300506032b657004220420") + base64.b64decode(key)[1:])
        with open(text_path, "w") as file:
            file.write(text)
        signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER", "-inkey", key_path,
                                    "-in", text_path], check=True, stdout=subprocess.PIPE).stdout
    line = "\u2014 %s %s\n" % (origin, base64.b64encode(bytes.fromhex(key_id) + signature).decode())
    return (text + "\n" + line).encode()


def sign_bag():
    digest = hashlib.sha512(read("tagmanifest-sha512.txt")).hexdigest()
    write("signature.sig", sign("muniment-bundle/v1\n%s\n%s  tagmanifest-sha512.txt\n" % (NAME, digest)))


def root(leaves):
    """RFC 6962, 2.1."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def way(index, leaves):
    if len(leaves) == 1:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return way(index, leaves[:half]) + [root(leaves[half:])]
    return way(index - half, leaves[half:]) + [root(leaves[:half])]


def relog():
    """Another log around the entries as they are now: what is not in the package is filled up."""
    origin, size = read("proof/checkpoint").decode().split("\n")[:2]
    entries, proofs = [b"{%d}" % number for number in range(int(size))], {}
    for path in (path for path in files() if path.endswith(".tlog-proof")):
        proofs[path] = int(read(path).decode().split("\n")[1][len("index "):])
        entry = path.replace(".tlog-proof", ".json")
        entries[proofs[path]] = read(entry if "/custody/" in entry else entry.replace("proof/", "proof/entries/"))
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    note = sign("%s\n%s\n%s\n" % (origin, size, base64.b64encode(root(leaves)).decode()))
    write("proof/checkpoint", note)
    for path, index in proofs.items():
        lines = ["c2sp.org/tlog-proof@v1", "index %d" % index]
        lines += [base64.b64encode(node).decode() for node in way(index, leaves)]
        write(path, "\n".join(lines).encode() + b"\n\n" + note)


before = {path: read(path) for path in files()}
CASES[CASE]()
if not CASE.endswith("none") and {path: read(path) for path in files()} == before:
    sys.exit("forge.py: %s changes nothing" % CASE)
if CASE.startswith("log-"):
    relog()
manifests()
if CASE not in ("note-twice", "note-stranger", "note-junk"):
    sign_bag()
with zipfile.ZipFile(BAG + ".zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for path in ["START-HERE.html"] + [path for path in files() if path != "START-HERE.html"]:
        entry = zipfile.ZipInfo("%s/%s" % (NAME, path), (2026, 3, 1, 8, 30, 0))
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
        archive.writestr(entry, read(path))
