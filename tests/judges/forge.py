#!/usr/bin/env python3
"""Forges an unpacked package as only the holder of the log's key can: forge.py BAG LOG-KEY CASE

BAG is changed as CASE says, its manifests are made again, it is signed anew with LOG-KEY, and BAG.zip is
written beside it. The log itself stays as it is, but for the cases `log-…`: there entries are changed, and a log is
written around them, with a checkpoint and proofs that hold. Whoever checks a package must refuse every case but
`none`, `segment-none` and `log-none`; the checker that lies in the package must hold `log-story-none` too (its tables
for people are not made again). What the checker must say of a case is printed. Needs openssl 3.
"""
import base64, hashlib, hmac, json, os, re, subprocess, sys, tempfile, zipfile

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
    was = {**dict.fromkeys(facts), **json.loads(read(ENTRY))["facts"]}
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


def component(**facts):
    """Facts of the first component, in the entry and in record.json alike."""
    was = json.loads(read(ENTRY))["facts"]["components"][0]["component"]
    edit(ENTRY, lambda entry: entry["facts"]["components"][0].update(facts))
    edit(RECORD, lambda record: record["components"][0].update(facts))
    if "component" in facts:
        edit("proof/openings.json", lambda all: all["components"].update({facts["component"]: all["components"].pop(was)}))


def lacks(name):
    edit(ENTRY, lambda entry: entry["facts"].pop(name))
    edit(RECORD, lambda record: record["facts"].pop(name))


def many():
    """A hundred and twenty components, all of the same bytes."""
    entry, record, opened = json.loads(read(ENTRY)), json.loads(read(RECORD)), json.loads(read("proof/openings.json"))
    first, told, data = entry["facts"]["components"][0], record["components"][0], read(native())
    key = opened["components"].pop(first["component"])
    entry["facts"]["components"], record["components"] = [], []
    for number in range(120):
        one = {**first, "component": first["component"][:24] + "%012x" % number}
        path = told["file"]["path"] if number == 0 else told["file"]["path"].replace("native.", "native-%02d." % (number + 1))
        write(path, data)
        opened["components"][one["component"]] = key
        entry["facts"]["components"].append(one)
        record["components"].append({**told, **one, "file": {**told["file"], "path": path}})
    for path, value in ((ENTRY, entry), (RECORD, record), ("proof/openings.json", opened)):
        write(path, spelled(value))


def described(change):
    """Another descriptor, to which the entry is committed."""
    value = json.loads(read(RECORD))["descriptor"]
    value = change(value)
    key = bytes.fromhex(json.loads(read("proof/openings.json"))["descriptors"]["R000001"])
    text = b"muniment/commit/v1" + hashlib.sha256(spelled(value)).digest()
    committed = hmac.new(key, text, "sha256").hexdigest()
    edit(ENTRY, lambda entry: entry["facts"]["descriptor"].update(commitment=committed))
    record = json.loads(read(RECORD))
    record["facts"]["descriptor"]["commitment"] = committed
    record["descriptor"] = value
    write(RECORD, spelled(record))


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def exceptions(change):
    write("report/exceptions.csv", change(read("report/exceptions.csv")))


def story(*deeds, items=(), **facts):
    """Entries about the first record, between its capture and the list; then the list is frozen again, as if all of
    it were true, but for the facts that are given. `items` are rows of exceptions.csv without their numbers."""
    capture = json.loads(read(ENTRY))
    index = {path: int(read(path).decode().split("\n")[1][6:]) for path in files() if path.endswith(".tlog-proof")}
    last = max(index.values())
    free = [at for at in range(index["proof/R000001.tlog-proof"] + 1, last) if at not in index.values()]
    assert len(deeds) <= len(free), "no room in the log"
    for number, (kind, told) in enumerate(deeds):
        path = "proof/custody/C%06d" % (900000 + number)
        entry = {"v": 1, "kind": kind, "subject": capture["subject"], "actor": capture["actor"], "at": capture["at"],
                 "facts": told(capture["facts"]) if callable(told) else told}
        write(path + ".json", spelled(entry))
        write(path + ".tlog-proof", b"c2sp.org/tlog-proof@v1\nindex %d\n" % free[number])
        index[path + ".tlog-proof"] = free[number]
    entries = {at: path for path, at in index.items()}
    instants = ""
    for at in sorted(entries):
        path = entries[at] if "/custody/" in entries[at] else entries[at].replace("proof/", "proof/entries/")
        path = path.replace(".tlog-proof", ".json")
        if json.loads(read(path))["at"] < instants:
            edit(path, lambda entry: entry.update(at=instants))
        instants = json.loads(read(path))["at"]
    renumbered = sorted((at, path) for path, at in index.items() if "/custody/" in path)
    held = [(read(path), read(path.replace(".tlog-proof", ".json"))) for _, path in renumbered]
    for _, path in renumbered:
        os.remove(os.path.join(BAG, path))
        os.remove(os.path.join(BAG, path.replace(".tlog-proof", ".json")))
    for number, (proof, entry) in enumerate(held):
        write("proof/custody/C%06d.tlog-proof" % (number + 1), proof)
        write("proof/custody/C%06d.json" % (number + 1), entry)
    listed = [json.loads(read(path)) for path in files() if path.endswith("/record.json")]
    lines = ["%s %d %s" % (record["record"], record["version"], record["entries"]) for record in listed]
    assert read("report/exceptions.csv").count(b"\r\n") == 1, "the package to begin with is complete"
    for record, version, entries, outcome, reason in items:
        record = record or capture["subject"]
        row = "R%06d,%s,%s,%s,%s,%s\r\n" % (len(lines) + 1, record, version, entries, outcome, reason)
        lines.append("%s %s %s" % (record, version, entries))
        write("report/exceptions.csv", read("report/exceptions.csv") + row.encode())
        label("Muniment-Items-" + outcome.capitalize(), sum(item[3] == outcome for item in items))
    label("Muniment-Items-Requested", len(lines))
    label("Muniment-Completeness", "PARTIAL" if any(item[3] == "failed" for item in items) else "complete")
    label("Muniment-Custody-Entries", len(held))
    kinds = [kind for kind, _ in deeds]
    versions = 1 + kinds.count("amended")
    told = {at for at in index.values() if at != last}
    again = {"items": len(lines), "items_digest": digest("".join(line + "\n" for line in lines)),
             "custody_entries": len(told), "custody_digest": digest("".join("%d\n" % at for at in sorted(told))),
             "superseded": 1 if versions > 1 else 0, "versions_left": versions - 1}
    at = json.loads(read(begun()))["at"]
    label("Muniment-Created", at)
    edit(begun(), lambda entry: entry["facts"].update({**again, **facts}))


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def label(name, value):
    write("bag-info.txt", re.sub("%s: .*" % name, "%s: %s" % (name, value), read("bag-info.txt").decode()).encode())


def own_label(name, value):
    data = read("bag-info.txt").decode()
    was = next(line for line in data.split("\n") if line.startswith(name))
    write("bag-info.txt", data.replace(was, "%s: %s" % (name, value)).encode())


def second(**change):
    """A second version of the first record, of which something is otherwise."""
    def told(facts):
        told = {**facts, "version": 2, **change}
        return {name: value for name, value in told.items() if value is not ...}
    return ("amended", told)


def signature(change):
    """What is done to the signature last of all."""
    global AFTER
    AFTER = change


def padded(note):
    """The same bytes of signature, spelled with other bits behind its end."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    end = len(note.rstrip(b"=\n")) - 1
    return note[:end] + bytes([letters[letters.index(note[end]) ^ 1]]) + note[end + 1:]


AFTER = None
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
    "signature-garbage": lambda: signature(lambda note: note[:-1] + b" garbage!!\n"),
    "signature-no-end": lambda: signature(lambda note: note[:-1]),
    "signature-bits": lambda: signature(padded),
    "exceptions-column": lambda: exceptions(lambda data: data[:-2] + b",note\r\n"),
    "exceptions-breaks": lambda: exceptions(lambda data: data.replace(b"\r\n", b"\n")),
    "exceptions-mark": lambda: exceptions(lambda data: data[3:]),
    "exceptions-tail": lambda: exceptions(lambda data: data + b"\r\n\r\n"),
    "organization-return": lambda: own_label("Source-Organization", "X\rKey  00000"),
    "organization-escape": lambda: own_label("Source-Organization", "X\x0bKey 0\x1b[2J"),
    "organization-next": lambda: own_label("Source-Organization", "X\u0085Key 0000"),
    "organization-lines": lambda: own_label("Source-Organization", "X\u2028Verified: by the court\u202e"),
    "ending": lambda: (write(native().rpartition(".")[0] + ".exe", read(native())), os.remove(os.path.join(BAG, native())),
                       says(lambda record: record["components"][0]["file"].update(path=native().rpartition(".")[0] + ".exe"))),
    "reference": lambda: says(lambda record: record.update(case_reference="SC-1\nSC-2")),
    "log-items-true": lambda: frozen(items=True),
    "log-custody-true": lambda: frozen(custody_entries=True),
    "log-custody-short": lambda: frozen(custody_size=json.loads(read(begun()))["facts"]["custody_size"] - 1),
    "log-superseded": lambda: frozen(superseded=1),
    "log-corrections": lambda: frozen(corrections=1),
    "log-begun-system": lambda: edit(begun(), lambda entry: entry.update(actor="system")),
    "log-bytes-true": lambda: component(bytes=True),
    "log-media-type": lambda: component(media_type=5),
    "log-component-id": lambda: component(component="x"),
    "log-components-none": lambda: (edit(ENTRY, lambda entry: entry["facts"].update(components=[])),
                                    says(lambda record: record.update(components=[]))),
    "log-components-many": many,
    "log-segment-zero": lambda: captured(segment={"entries": 0, "root": "00" * 32}),
    "log-segment-huge": lambda: captured(segment={"entries": 99999, "root": "00" * 32}),
    "log-segment-upper": lambda: captured(segment={"entries": 5, "root": "AB" * 32}),
    "log-segment-null": lambda: captured(segment=None),
    "log-version-true": lambda: captured(version=True),
    "log-descriptor-missing": lambda: (lacks("descriptor"), says(lambda record: record.update(descriptor=None))),
    "log-descriptor-upper": lambda: captured(descriptor={"commitment": "AB" * 32}),
    "log-descriptor-text": lambda: described(lambda _: "a text"),
    "log-descriptor-nan": lambda: described(lambda value: {**value, "fields": {"x": float("nan")}}),
    "log-descriptor-number": lambda: described(lambda value: {**value, "fields": {"x": 1 << 60}}),
    "log-descriptor-half": lambda: described(lambda value: {**value, "fields": {"x": 1.5}}),
    "log-descriptor-deep": lambda: described(lambda value: {**value, "fields": {"x": nested(200)}}),
    "log-descriptor-keys": lambda: described(lambda value: {**value, "fields": {"\U00010000": 1, "\uffff": 2}}),
    "log-descriptor-names": lambda: described(lambda value: {**value, "original_names": "abc"}),
    "log-descriptor-names-null": lambda: described(lambda value: {**value, "original_names": [None]}),
    "log-received-0": lambda: captured(received_at="0000-01-01T00:00:00.000000Z"),
    "log-story-none": lambda: story(("original_read", {}), second()),
    "log-story-version": lambda: story(second(version=...)),
    "log-story-version-text": lambda: story(second(version="x")),
    "log-story-version-true": lambda: story(second(version=True)),
    "log-story-version-below": lambda: story(second(version=-1)),
    "log-story-segment-null": lambda: story(second(segment=None)),
    "log-story-segment-text": lambda: story(second(segment="x")),
    "log-story-segment-entries": lambda: story(second(segment={"entries": "x"})),
    "log-story-shredded": lambda: story(("record_sealed", {}), ("record_shredded", {})),
    "log-story-unsealed": lambda: story(("record_shredded", {})),
    "log-story-read-sealed": lambda: story(("record_sealed", {}), ("original_read", {})),
    "log-story-read-later": lambda: story(("record_sealed", {}), ("record_shredded", {}), ("original_read", {})),
    "log-story-amended-later": lambda: story(("record_sealed", {}), ("record_shredded", {}), second()),
    "log-story-hidden-version": lambda: story(second(), superseded=0),
    "log-story-left": lambda: story(second(), versions_left=0),
    "log-story-short": lambda: story(("original_read", {}), custody_size=2),
    "log-story-never": lambda: story(items=[(None, 9, "*", "failed", "destroyed")]),
    "log-story-no-record": lambda: story(items=[("00000000-0000-7000-8000-000000000001", 1, "*", "failed", "destroyed")]),
    "log-story-no-lines": lambda: story(items=[(None, 1, "100-200", "failed", "destroyed")]),
    "log-story-twice": lambda: story(items=[(None, 1, "*", "failed", "damaged")]),
    "log-unknown-kind": lambda: edit(begun(), lambda entry: entry.update(kind="frobbed")),
}


# What the checker says of a forgery, where another fault could hide it.
SAYS = {
    "log-story-version": "'version' is missing", "log-story-version-text": "version is no number",
    "log-story-version-true": "version is no number", "log-story-version-below": "version is no number",
    "log-story-segment-null": "what is no log has a segment", "log-story-segment-text": "what is no log has a segment",
    "log-story-segment-entries": "what is no log has a segment", "log-story-shredded": "the key of its record was destroyed",
    "log-story-unsealed": "how the record was sealed", "log-story-read-sealed": "how the record was sealed",
    "log-story-read-later": "after the record's key was destroyed", "log-story-amended-later": "after the record's key was destroyed",
    "log-story-hidden-version": "another number: superseded", "log-story-left": "another number: versions_left",
    "log-story-short": "other entries than those before it", "log-story-never": "there was this version",
    "log-story-no-record": "there was this record", "log-story-no-lines": "never had these entries",
    "log-story-twice": "asked for twice", "log-custody-short": "other entries than those before it",
    "log-begun-system": "nobody acted", "log-components-none": "no list of components", "log-components-many": "no list of components",
    "log-media-type": "a component that is none", "log-component-id": "a component that is none",
    "log-bytes-true": "a component that is none", "log-items-true": "items is no number",
    "log-descriptor-upper": "commits to no descriptor", "log-descriptor-names": "no list of names",
    "log-descriptor-deep": "a form that no archive seals", "log-descriptor-number": "beyond 2^53",
    "log-descriptor-half": "whole numbers only", "log-descriptor-nan": "whole numbers only",
    "organization-return": "no line as it is kept", "organization-escape": "no line as it is kept",
    "organization-next": "no line as it is kept", "organization-lines": "no line as it is kept",
    "ending": "no path of this original", "reference": "no reference of a case",
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
if not CASE.endswith("none") and AFTER is None and {path: read(path) for path in files()} == before:
    sys.exit("forge.py: %s changes nothing" % CASE)
if CASE.startswith("log-"):
    relog()
manifests()
if CASE not in ("note-twice", "note-stranger", "note-junk"):
    sign_bag()
if AFTER is not None:
    write("signature.sig", AFTER(read("signature.sig")))
print(SAYS.get(CASE, ""))
with zipfile.ZipFile(BAG + ".zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for path in ["START-HERE.html"] + [path for path in files() if path != "START-HERE.html"]:
        entry = zipfile.ZipInfo("%s/%s" % (NAME, path), (2026, 3, 1, 8, 30, 0))
        entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
        archive.writestr(entry, read(path))
