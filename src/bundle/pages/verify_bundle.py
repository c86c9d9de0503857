#!/usr/bin/env python3
"""Checks an unpacked Muniment bundle: verify_bundle.py FOLDER [FINGERPRINT]

FINGERPRINT is the SHA-256 of proof/vkey as it reached you by another way; colons, hyphens and blanks in it
do not matter. Needs Python 3.8 and openssl 3, nothing else. Exit status 0 if all holds; the first fault is
named otherwise, with 1; 2 if FINGERPRINT is none.
"""
import base64, collections, csv, datetime, hashlib, hmac, json, os, re, subprocess, sys, tempfile, unicodedata


LABELS = """Source-Organization External-Description Bagging-Date External-Identifier Bag-Software-Agent
BagIt-Profile-Identifier Payload-Oxum Muniment-Layout Muniment-Kind Muniment-Created Muniment-Completeness
Muniment-Items-Requested Muniment-Items-Exported Muniment-Items-Withheld Muniment-Items-Failed
Muniment-Custody-Entries Muniment-Log-Origin Muniment-Log-Size Muniment-Key-Fingerprint""".split()
FIXED = """START-HERE.html README.txt bagit.txt bag-info.txt signature.sig manifest-sha256.txt manifest-sha512.txt
tagmanifest-sha256.txt tagmanifest-sha512.txt data/custody/custody.csv report/items.csv report/exceptions.csv
report/corrections.csv proof/checkpoint proof/vkey proof/openings.json proof/VERIFY.txt proof/verify_bundle.py
""".split()
# What entries of the log can say: what happens to records, and what happens to anything else.
OF_RECORDS = """
captured amended linked segment_captured entry_erased original_read event_recorded disposition_refused
disposition_step record_sealed record_shredded redacted document_refused classified
"""
OF_OTHERS = """
archive_created case_opened case_changed case_event case_event_cancelled gap_explained party_registered
matter_opened matter_changed searched exported_begun exported_finished exported_delivered user_created
user_changed password_changed role_changed token_created token_revoked session_opened session_revoked
logins_failed refused approval_requested approval_decided job_begun job_ended keys_rotated cells_rewritten
epoch_turned keys_recovered backup_made restored index_rebuilt orphans_swept checkpoint_embedded
policy_published keys_in_force policy_drafted policy_step policy_review_held policy_acknowledged
policy_suggested policy_evaluated policy_simulated hold_placed hold_members_changed hold_reviewed
hold_released hold_noticed hold_acknowledged clock_confirmed
"""
ERASED_BECAUSE = """data_subject_request consent_withdrawn wrongly_captured court_order authority_order"""
REASONS = {"withheld": "privileged personal_data trade_secret restricted not_permitted".split(),
           "failed": "not_found destroyed key_missing damaged".split()}
# The endings that the name of an original may have: nothing that a double click would run.
ENDINGS = """
7z aac amr avi bin bmp bz2 csv doc docx dwg eml et flac flv gif gz heic jpeg jpg json jsonl log m4a m4v md mkv mov mp3
mp4 mpeg mpg msg ods odt ofd ogg opus p7m p7s pdf png ppt pptx rar rtf sig silk tar tif tiff tsv txt wav webm webp wma
wmv wps xls xlsx xml xz yaml yml zip zst
"""
# Entries of a bulk log's segment, components of a record, and whole numbers that every reader of JSON keeps.
SEGMENT_MOST, COMPONENTS_MOST, NUMBER_MOST = 16384, 64, (1 << 53) - 1
TAKES_IN = ("captured", "amended", "segment_captured")
STEERING = "[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
HAN = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af\u3005\u3007]"
UNSEEN = ("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
          "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]")
# What nobody does any more with the content of a record whose key was destroyed.
OF_CONTENT = ("amended", "original_read", "entry_erased", "redacted", "record_shredded")
DESCRIPTOR = "custom fields form language notes original_names parties source tags title v".split()
# Days after which a capture is late, and days by which clocks and zones may differ from the calendar of UTC.
LATE_AFTER, GRACE = 7, 2
DAY = datetime.timedelta(days=1)


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


def ordered(value):
    """The value with the members of every object in the order of RFC 8785."""
    if isinstance(value, dict):
        return {name: ordered(value[name]) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    return [ordered(inner) for inner in value] if isinstance(value, list) else value


def spelled(value):
    """Canonical JSON (RFC 8785) of what packages hold: texts, truths and whole numbers."""
    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def parsed(data):
    """JSON of texts, truths and whole numbers."""
    return json.loads(data, parse_float=refused, parse_constant=refused)


def is_number(value, most=NUMBER_MOST):
    """A whole number that counts something; no truth, which Python takes for 0 or 1."""
    return type(value) is int and 0 <= value <= most


def number(facts, name, what):
    check(is_number(facts[name]), "%s: %s is no number" % (what, name))
    return facts[name]


def is_digest(value):
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value)


def is_control(letter):
    return unicodedata.category(letter) == "Cc"


def is_label(text, most):
    """One line as the archive keeps names: trimmed, composed, nothing that steers and nothing that nobody sees."""
    def joins(letter):
        return letter > "\x7f" and not re.fullmatch(HAN, letter) and not re.fullmatch(UNSEEN, letter)
    around = zip(" " + text, text, text[1:] + " ")
    loose = [here for before, here, after in around if here in "\u200c\u200d"
             and not ((joins(before) or before == "\ufe0f") and joins(after))]
    return (0 < len(text) <= most and text == text.strip() and unicodedata.normalize("NFC", text) == text and not loose
            and not any(map(is_control, text)) and not re.search(STEERING, text)
            and any(not letter.isspace() and not re.fullmatch(UNSEEN, letter)
                    and not unicodedata.category(letter).startswith("M") for letter in text))


def unhex(text):
    check(re.fullmatch("[0-9a-f]{64}", text), "not 64 hexadecimal digits: %s" % text)
    return bytes.fromhex(text)


def refused(text):
    raise ValueError("there are whole numbers only, not " + text)


def is_id(text):
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text)


def instant(text, what):
    """An instant as the ledger writes it."""
    check(isinstance(text, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{6}Z", text),
          what + " is no instant")
    return calendar(text, "%Y-%m-%dT%H:%M:%S.%fZ", what)


def made_by(value, at, what):
    """An id that tells when it was made (version 7) was made by then, or a clock apart."""
    digits = value.replace("-", "")
    made = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=min(int(digits[:12], 16), 1 << 47))
    check(digits[12] != "7" or made <= at + GRACE * DAY, what + " has an id that was made after it")


def calendar(text, form, what):
    try:
        return datetime.datetime.strptime(text, form)
    except ValueError:
        raise ValueError("%s: no calendar has %s" % (what, text))


def fenced(value, depth, path):
    """Facts are ids, whole numbers, dates and closed words: never a name, a title or a sentence."""
    check(depth <= 32, path + " is nested too deeply")
    if isinstance(value, dict):
        check(all(re.fullmatch("[!-~]*", name) for name in value), path + " has a fact of another name than a word")
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            fenced(inner, depth + 1, path)
    elif isinstance(value, str):
        check(re.fullmatch("[!-~]*", value), path + " has a fact that is no word")
    else:
        check(value is None or abs(value) < 1 << 53, path + " has a number beyond 2^53")


def ledger_entry(data, path):
    """What the entry says, if it is spelled and fenced in as the ledger's format has it."""
    check(len(data) <= 65535 and re.fullmatch(b"[!-~]+", data), path + " is not ASCII without blanks, or too long")
    told = parsed(data)
    check(isinstance(told, dict) and set(told) == {"actor", "at", "facts", "kind", "subject", "v"},
          path + " has other fields than an entry")
    check(spelled(told) == data, path + " is not spelled as entries are")
    check(type(told["v"]) is int and told["v"] == 1 and isinstance(told["facts"], dict), path + " is no entry")
    check(told["actor"] == "system" or is_id(told["actor"]), path + ": nobody acted")
    check(isinstance(told["subject"], str) and 1 <= len(told["subject"]) <= 120
          and re.fullmatch("[!-~]+", told["subject"]), path + " is about nothing")
    check(told["kind"] in OF_RECORDS.split() + OF_OTHERS.split(), "%s says %s" % (path, told["kind"]))
    check(instant(told["at"], path + ": at").year < 9999, path + ": at the end of the calendar")
    fenced(told["facts"], 0, path)
    return told


def manifests():
    """The paths of all files, after checking their digests."""
    found = set()
    for folder, folders, files in os.walk(ROOT):
        for name in folders + files:
            check(not os.path.islink(os.path.join(folder, name)), os.path.join(folder, name) + " is a link")
        found |= {os.path.relpath(os.path.join(folder, name), ROOT).replace(os.sep, "/") for name in files}
    for algorithm in ("sha256", "sha512"):
        listed = {}
        for name in ("manifest-%s.txt" % algorithm, "tagmanifest-%s.txt" % algorithm):
            lines = read(name).decode().split("\n")
            check(lines.pop() == "", name + " does not end with its last line")
            for line in lines:
                check(re.fullmatch("[0-9a-f]+  [!-~]+", line), name + ": not a digest, two blanks and a path")
                value, path = line.split("  ")
                check(path not in listed, path + " is listed twice")
                check(path.startswith("data/") == name.startswith("manifest"), path + " is in the wrong manifest")
                listed[path] = value
        for path, value in listed.items():
            check(path in found, path + " is missing")
            check(digest(path, algorithm).hexdigest() == value, path + " has another " + algorithm)
        outside = {"tagmanifest-sha256.txt", "tagmanifest-sha512.txt", "signature.sig"}
        check(found - set(listed) == outside, "not listed: %s" % sorted(found - set(listed) - outside))
    return found


def note(text, vkey, alone):
    """The text of a C2SP signed note, after checking its signature by the log's key. No key signs twice; `alone`: and
    no other key signs, since nothing vouches for such a line."""
    name, key_id, key = vkey.split("+", 2)
    key = base64.b64decode(key, validate=True)
    check(len(key) == 33 and key[0] == 1, "not an Ed25519 key")
    check(hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() == key_id, "the key's id is wrong")
    body, blank, signatures = text.rpartition("\n\n")
    check(blank and re.fullmatch("[^\0-\x09\x0b-\x1f]*\n", text), "not a signed note")
    body += "\n"
    signed = {}
    for line in signatures[:-1].split("\n"):
        parts = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/]+=*)", line)
        check(parts, "not a signed note: a line is no signature")
        blob = base64.b64decode(parts[2], validate=True)
        check(len(blob) > 4 and base64.b64encode(blob).decode() == parts[2], "not a signed note: a line is no signature")
        by = (parts[1], blob[:4].hex())
        check(by not in signed, "a key signed twice")
        signed[by] = blob[4:]
    check((name, key_id) in signed, "not signed by the log's key")
    check(len(signed) == 1 or not alone and len(signed) <= 100, "somebody signed for whom nothing vouches")
    with tempfile.TemporaryDirectory() as place:
        paths = [os.path.join(place, part) for part in ("key", "signature", "text")]
        # RFC 8410: an Ed25519 public key in DER is this prefix and the 32 bytes.
        prefix, blob = bytes.fromhex("302a300506032b6570032100"), signed[name, key_id]
        for path, data in zip(paths, (prefix + key[1:], blob, body.encode())):
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
    data, index, way = read(path), int(lines[1][6:]), [base64.b64decode(line, validate=True) for line in lines[2:]]
    again = ["c2sp.org/tlog-proof@v1", "index %d" % index] + [base64.b64encode(node).decode() for node in way]
    check(lines == again, proof + " is not spelled as proofs are")
    included(hashlib.sha256(b"\x00" + data).digest(), index, int(size), way, base64.b64decode(root), path)
    return index, ledger_entry(data, path)


def commitment(key, value):
    return hmac.new(unhex(key), b"muniment/commit/v1" + value, "sha256").hexdigest()


def lines_of(path):
    lines = read(path).split(b"\n")
    check(lines.pop() == b"", path + " does not end with its last line")
    return lines


def ordinals(entries, most):
    """The numbers that "0-3,7" stands for."""
    numbers = []
    for part in entries.split(","):
        check(re.fullmatch("[0-9]{1,9}(-[0-9]{1,9})?", part), "no list of entries: " + entries)
        first, last = int(part.split("-")[0]), int(part.split("-")[-1])
        check((numbers[-1] if numbers else -1) < first <= last < most, "no list of this log's entries: " + entries)
        numbers += range(first, last + 1)
    again = []
    for number in numbers:
        if again and again[-1][1] == number - 1:
            again[-1][1] = number
        else:
            again.append([number, number])
    check(entries == ",".join("%d" % first if first == last else "%d-%d" % (first, last) for first, last in again),
          "a list of entries that is not spelled as lists are: " + entries)
    return numbers


def log_entries(item, entries, segment, path):
    """Each line of a file is, by its own proof, the entry of the segment that the list asks for in its place."""
    proofs, lines = lines_of("proof/segments/%s.jsonl" % item), lines_of(path)
    check(0 < segment["entries"] <= SEGMENT_MOST, path + ": more entries than a log has")
    numbers = ordinals(entries, segment["entries"])
    check(len(numbers) == len(lines) == len(proofs), path + ": not one line and one proof for each of " + entries)
    for number, line, text in zip(numbers, lines, proofs):
        proof, what = parsed(text), "%s, entry %d" % (path, number)
        check(text == spelled({"key": proof["key"], "ordinal": number, "proof": proof["proof"]}),
              what + ": the proof is another entry's, or not spelled as proofs are")
        leaf = unhex(commitment(proof["key"], hashlib.sha256(line).digest()))
        included(hashlib.sha256(b"\x00" + leaf).digest(), number, segment["entries"],
                 [unhex(sibling) for sibling in proof["proof"]], unhex(segment["root"]), what)


def captured(told, what):
    """An entry that took a version of a record in has what such entries have."""
    facts, at = told["facts"], instant(told["at"], what)
    check(is_id(told["subject"]), what + " is about no record")
    check(number(facts, "version", what) > 0, what + " brings no version")
    made_by(told["subject"], at, what)
    components = facts["components"]
    check(isinstance(components, list) and 0 < len(components) <= COMPONENTS_MOST, what + " has no list of components")
    for component in components:
        check(isinstance(component, dict) and is_id(component["component"]) and is_number(component["bytes"])
              and isinstance(component["media_type"], str) and is_digest(component["commitment"]),
              what + " has a component that is none")
        made_by(component["component"], at, what)
    ids = [component["component"] for component in components]
    check(len(set(ids)) == len(ids), what + " has a component twice")
    check(isinstance(facts["descriptor"], dict) and is_digest(facts["descriptor"]["commitment"]),
          what + " commits to no descriptor")
    check(("segment" in facts) == (told["kind"] == "segment_captured"), what + ": what is no log has a segment")
    if "segment" in facts:
        segment = facts["segment"]
        check(isinstance(segment, dict) and 0 < number(segment, "entries", what) <= SEGMENT_MOST
              and is_digest(segment["root"]) and len(components) == 1, what + " has a segment that is none")


def corrects(told):
    """The records that an entry of a capture says it corrects."""
    links = told["facts"].get("links")
    links = [link for link in (links if isinstance(links, list) else []) if isinstance(link, dict)]
    return {(link["to"], told["subject"]) for link in links if link.get("kind") == "corrects" and is_id(link.get("to"))}


def plain(value, depth, what):
    """Texts, truths and whole numbers, in lists and objects."""
    check(depth <= 8 and value is not None, what + " is of a form that no archive seals")
    if isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            plain(inner, depth + 1, what)
    elif isinstance(value, str):
        check(not any(is_control(letter) and letter not in "\t\n\r" for letter in value),
              what + " has a control character")
    else:
        check(isinstance(value, bool) or abs(value) <= NUMBER_MOST, what + " has a number beyond 2^53")


def descriptor_form(value, what):
    def line(text):
        return isinstance(text, str) and text and not any(map(is_control, text))
    check(isinstance(value, dict) and set(value) <= set(DESCRIPTOR) and type(value["v"]) is int and value["v"] == 1
          and line(value["title"]) and len(value["title"]) <= 300, what + " is no descriptor")
    names = value.get("original_names", [])
    check(isinstance(names, list) and all(map(line, names)), what + ": original_names is no list of names")
    plain(value, 0, what)


def record(item, listed, openings, used, checkpoint):
    """The position and the entry of an item, and the paths of its files, after making record.json again from them."""
    files = ["data/records/%s/record.json" % item, "proof/entries/%s.json" % item, "proof/%s.tlog-proof" % item]
    told = parsed(read(files[0]))
    index, ledger = entry(files[1], files[2], checkpoint)
    facts = ledger["facts"]
    check(ledger["kind"] in TAKES_IN, item + ": the entry took no record in")
    captured(ledger, item)
    check((ledger["subject"], str(facts["version"])) == listed[:2], item + ": the entry is about another record")
    descriptor, components, natives = told["descriptor"], [], []
    reference = told["case_reference"]
    check(reference is None or isinstance(reference, str) and is_label(reference, 120),
          item + ": no reference of a case")
    if descriptor is not None:
        descriptor_form(descriptor, item + ": the descriptor")
        used.add(item)
        check(item in openings["descriptors"], item + ": the descriptor has no opening")
        check(commitment(openings["descriptors"][item], hashlib.sha256(spelled(descriptor)).digest())
              == facts["descriptor"]["commitment"], item + ": another descriptor")
    check(len(told["components"]) == len(facts["components"]), item + ": components are missing or too many")
    for number, known in enumerate(facts["components"]):
        path = told["components"][number]["file"]["path"]
        stem = "native" if number == 0 else "native-%02d" % (number + 1)
        before, _, ending = path.rpartition(".")
        check(before == "data/records/%s/%s" % (item, stem) and ending in ENDINGS.split(),
              "%s: %s is no path of this original" % (item, path))
        sha256, size = digest(path, "sha256"), os.path.getsize(os.path.join(ROOT, path))
        natives.append(path)
        components.append({**known, "file": {"bytes": size, "path": path, "sha256": sha256.hexdigest(),
                                             "sha512": digest(path, "sha512").hexdigest()}})
        names = (descriptor or {}).get("original_names", [])
        if number < len(names):
            components[number]["original_name"] = names[number]
        if listed[2] == "*":
            used.add(known["component"])
            check(size == known["bytes"], path + " has another size than its entry says")
            check(known["component"] in openings["components"], path + " has no opening")
            check(commitment(openings["components"][known["component"]], sha256.digest()) == known["commitment"],
                  path + " is not what the ledger committed to")
    if listed[2] != "*":
        check(len(natives) == 1, item + ": a part of what is no log")
        log_entries(item, listed[2], facts["segment"], natives[0])
        files.append("proof/segments/%s.jsonl" % item)
    again = {"v": 2, "item": item, "record": ledger["subject"], "version": facts["version"], "entries": listed[2],
             "case_reference": reference, "descriptor": descriptor, "components": components,
             "facts": {name: value for name, value in facts.items() if name != "components"},
             "ledger": {"actor": ledger["actor"], "at": ledger["at"], "kind": ledger["kind"], "seq": index,
                        "entry": files[1], "proof": files[2], "origin": checkpoint.split("\n")[0]}}
    for name in sorted(set(again) | set(told)):
        check(name in again and name in told and spelled(told[name]) == spelled(again[name]),
              "%s: %s in record.json is not what the entry and the files give" % (item, name))
    check(read(files[0]) == spelled(again), files[0] + " is not spelled as it is written")
    return (index, ledger), files + natives


def countersign(told, alone, what):
    """A second person agreed, by an approval; `alone`: or the entry says that there was none."""
    check(told["actor"] != "system", what + ": nobody acted")
    fact = told["facts"].get("countersign")
    if alone and fact == "not_countersigned":
        return
    check(isinstance(fact, dict) and set(fact) == {"approval", "by"} and all(map(is_id, fact.values())),
          what + " is neither countersigned nor marked as not countersigned")
    check(fact["by"] != told["actor"], what + ": the second person is the one who acted")


def dates(told, what):
    """The dates of a captured version exist and do not contradict one another, nor the instant of the entry. Days
    are counted by the calendar of UTC, with grace for zones and clocks."""
    facts, entered = told["facts"], instant(told["at"], what)
    check(instant(facts.get("received_at"), what + ": received_at") <= entered + GRACE * DAY,
          what + ": received_at lies after the entry")
    on = facts.get("occurred_on")
    check(isinstance(on, str) and re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", on), what + ": occurred_on is no date")
    on = calendar(on, "%Y-%m-%d", what + ": occurred_on").date()
    check(1900 <= on.year <= 9998, what + ": occurred_on is no date of evidence")
    if facts.get("occurred_at") is not None:
        occurred = instant(facts["occurred_at"], what + ": occurred_at")
        check(not 1901 <= occurred.year < 9997 or abs((occurred.date() - on).days) <= 1,
              what + ": occurred_at is of another day")
    days = (entered.date() - on).days
    check(told["kind"] == "segment_captured" or days >= -GRACE - 1, what + ": occurred_on lies after the entry")
    late = facts.get("late")
    check(late is True and days > LATE_AFTER - GRACE or late is False and days <= LATE_AFTER + GRACE,
          what + ": late is not what the dates give")


def history(entries, begun):
    """Whether what the entries tell can be true together. The newest version of each record, its log with what was
    erased of it, and the records whose key was destroyed; `entries` by position."""
    latest, versions, logs, shredded, approvals, sealed = "", {}, {}, set(), set(), set()
    for index, told in sorted({**entries, begun[0]: begun[1]}.items()):
        what, kind, facts, about = "entry %d" % index, told["kind"], told["facts"], told["subject"]
        check(told["at"] >= latest, what + " bears an earlier instant than one before it")
        latest = told["at"]
        countersigned = facts.get("countersign")
        if kind in ("entry_erased", "exported_begun") and isinstance(countersigned, dict):
            check(countersigned["approval"] not in approvals, what + " uses an approval that was used before")
            approvals.add(countersigned["approval"])
        if index == begun[0]:
            continue
        check(kind in OF_RECORDS.split(), "%s says %s of a record" % (what, kind))
        if kind in TAKES_IN:
            captured(told, what)
            check((about in versions) == (kind == "amended"), what + " does not fit the record's history")
            versions[about] = versions.get(about, 0) + 1
            check(facts["version"] == versions[about], what + ": the version does not follow the one before")
            dates(told, what)
            if "segment" in facts:
                logs[about] = {"entries": facts["segment"]["entries"], "gone": set(), "count": 0}
        check(about in versions, what + " came before the record was captured")
        check(about not in shredded or kind not in OF_CONTENT, what + " came after the record's key was destroyed")
        check(kind not in OF_CONTENT or (about in sealed) == (kind == "record_shredded"),
              what + " does not fit how the record was sealed for its destruction")
        if kind == "record_sealed":
            sealed.add(about)
        if kind == "disposition_step" and facts.get("step") == "restored":
            sealed.discard(about)
        if kind == "record_shredded":
            shredded.add(about)
        if kind == "entry_erased":
            countersign(told, False, what)
            gone, log = facts["entries"], logs.get(about)
            check(log and isinstance(gone, list) and gone and all(type(number) is int for number in gone)
                  and gone == sorted(set(gone)) and 0 <= gone[0] and gone[-1] < log["entries"]
                  and not log["gone"] & set(gone), what + ": these entries cannot have been erased")
            log["gone"] |= set(gone)
            log["count"] += 1
            check(number(facts, "number", what) == log["count"]
                  and number(facts, "left", what) == log["entries"] - len(log["gone"])
                  and facts["reason"] in ERASED_BECAUSE.split(), what + " contradicts the log, or earlier erasures")
    return versions, logs, shredded


def listed_so(tables, outcomes, reasons, covered, told):
    """Whether the items are such as the entries have: each of a record, a version and entries that there were, what
    was destroyed neither here nor called otherwise, nothing asked for twice. The items that are called destroyed,
    and of whose destruction no entry here tells."""
    versions, logs, shredded = told
    unshown, asked = [], {}
    for item, (record, version, entries) in sorted(tables.items()):
        log = logs.get(record, {"gone": set(), "entries": 0})
        numbers = None if entries == "*" else set(ordinals(entries, SEGMENT_MOST))
        gone = log["gone"] if numbers is None else log["gone"] & numbers
        if outcomes[item] == "exported" or (outcomes[item] == "failed" and reasons[item] != "not_found"):
            check(record in versions, item + ": no entry tells that there was this record")
            check(int(version) <= versions[record], item + ": no entry tells that there was this version")
            check(numbers is None or max(numbers) < log["entries"], item + ": the log never had these entries")
        if outcomes[item] == "exported":
            check(not gone, "%s: entries are here that were erased: %s" % (item, sorted(gone)))
            check(record not in shredded, item + " is here, although the key of its record was destroyed")
        else:
            check(not gone or reasons[item] == "destroyed",
                  item + " lists erased entries, and does not call them destroyed")
            shown = record in shredded or (gone and len(gone) == (log["entries"] if numbers is None else len(numbers)))
            if reasons[item] == "destroyed" and not shown:
                unshown.append(item)
        before = asked.setdefault((record, version), [])
        check(not any(None in (other, numbers) or other & numbers for other in before), item + " is asked for twice")
        before.append(numbers)
    return unshown


def standing(facts, tables, covered, versions, entries):
    """What the package says of versions and corrections is what was frozen, and what the entries tell."""
    with open(os.path.join(ROOT, "report/corrections.csv"), encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    table = "\ufeff" + "".join(",".join(row) + "\r\n" for row in rows)
    pairs = [tuple(row) for row in rows[1:]]
    check(rows[:1] == [["record", "corrected_by"]] and read("report/corrections.csv") == table.encode()
          and all(len(pair) == 2 and all(map(is_id, pair)) for pair in pairs) and pairs == sorted(set(pairs)),
          "report/corrections.csv is not spelled as it is written")
    listed = {}
    for record, version, _ in tables.values():
        if record in covered:
            listed.setdefault(record, []).append(int(version))
    superseded = sum(version < versions[record] for record, here in listed.items() for version in here)
    left = sum(versions[record] - len(set(here)) for record, here in listed.items())
    digest_of = hashlib.sha256("".join("%s %s\n" % pair for pair in pairs).encode()).hexdigest()
    for name, value in (("superseded", superseded), ("versions_left", left), ("corrections", len(pairs))):
        check(number(facts, name, "exported_begun") == value, "exported_begun says another number: %s" % name)
    check(facts["corrections_digest"] == digest_of and all(record in covered for record, _ in pairs),
          "the corrections are not those that were frozen in the log")
    told = {pair for _, entry in entries if entry["kind"] in TAKES_IN for pair in corrects(entry)}
    check(all(pair in pairs for pair in told if pair[0] in covered),
          "an entry here tells of a correction that is not listed")
    return superseded, left, len(pairs)


def bag_info(found, name, vkey, checkpoint):
    """The labels of bag-info.txt and their values; those that follow from other files are compared with them."""
    check(read("bagit.txt") == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
          "bagit.txt says something else")
    pairs = [line.decode().split(": ", 1) for line in lines_of("bag-info.txt")]
    info = dict(pairs)
    check(info["Muniment-Layout"] == "3",
          "a package of layout %s, which this checker does not know" % info["Muniment-Layout"])
    payload = [path for path in found if path.startswith("data/")]
    origin, size = checkpoint.split("\n")[:2]
    follows = {
        "Bagging-Date": info["Muniment-Created"][:10], "External-Identifier": name, "Bag-Software-Agent": "Muniment",
        "BagIt-Profile-Identifier": "urn:muniment:bagit-profile:evidence:3",
        "Muniment-Layout": "3", "Muniment-Kind": "evidence",
        "Payload-Oxum": "%d.%d" % (sum(os.path.getsize(os.path.join(ROOT, path)) for path in payload), len(payload)),
        "Muniment-Completeness": "complete" if info["Muniment-Items-Failed"] == "0" else "PARTIAL",
        "Muniment-Log-Origin": origin, "Muniment-Log-Size": size, "Muniment-Key-Fingerprint": vkey}
    for label, value in follows.items():
        check(info[label] == value, "bag-info.txt: %s is not %s" % (label, value))
    labels = [label for label in LABELS if label in info or label != "External-Description"]
    check([label for label, _ in pairs] == labels, "bag-info.txt has other labels, or in another order")
    for label, most in (("Source-Organization", 300), ("External-Description", 4000)):
        check(label not in info or is_label(info[label], most), "bag-info.txt: %s is no line as it is kept" % label)
    return info


def main(fingerprint=None):
    files = manifests()
    key = digest("proof/vkey", "sha256").hexdigest()
    check(fingerprint is None or fingerprint == key, "another key than the one you know")
    vkey = read("proof/vkey").decode().strip()
    checkpoint = read("proof/checkpoint").decode()
    origin = note(checkpoint, vkey, False).split("\n")[0]
    check(origin == vkey.split("+")[0], "a checkpoint of another log")
    told = note(read("signature.sig").decode(), vkey, True).splitlines()
    check(len(told) == 3 and told == ["muniment-bundle/v1", told[1],
                   "%s  tagmanifest-sha512.txt" % digest("tagmanifest-sha512.txt", "sha512").hexdigest()],
          "the signature is over something else")
    check(re.fullmatch("MUN-EXP-[0-9]{4}-[0-9]{6}", told[1]) and 1980 <= int(told[1][8:12]) <= 2107
          and told[1][13:] != "000000", "a package of another name than packages have")
    info = bag_info(files, told[1], key, checkpoint)
    tables, covered, outcomes, reasons, absent = {}, set(), {}, {}, []
    for name in ("report/items.csv", "report/exceptions.csv"):
        with open(os.path.join(ROOT, name), encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                outcome, line = row.get("outcome", "exported"), (row["record"], row["version"], row["entries"])
                check(tables.setdefault(row["item"], line) == line, row["item"] + " is listed twice")
                check(is_id(row["record"]), row["item"] + " is about no record")
                check(re.fullmatch("[1-9][0-9]*", row["version"]), row["item"] + " has no version")
                check(row["entries"] == "*" or ordinals(row["entries"], SEGMENT_MOST), row["item"] + " lists nothing")
                if "outcome" in row:
                    check(row["reason"] in REASONS.get(outcome, []), row["item"] + ": no such reason")
                    check(row["item"] not in reasons, row["item"] + " is not here twice")
                    reasons[row["item"]] = row["reason"]
                    absent.append((row["item"], *line, outcome, row["reason"]))
                check(outcomes.setdefault(row["item"], outcome) == outcome, row["item"] + " is here and is not")
                if outcome != "withheld" and row.get("reason") != "not_found":
                    covered.add(row["record"])
    again = "\ufeffitem,record,version,entries,outcome,reason\r\n"
    for line in absent:
        again += ('%s,%s,%s,"%s",%s,%s\r\n' if "," in line[3] else "%s,%s,%s,%s,%s,%s\r\n") % line
    check(read("report/exceptions.csv") == again.encode() and absent == sorted(absent),
          "report/exceptions.csv is not spelled as it is written")
    items = sorted(tables)
    check(items, "the list has no item")
    check(items == ["R%06d" % (number + 1) for number in range(len(items))], "an item is missing")
    records = os.path.join(ROOT, "data/records")
    exported = sorted(os.listdir(records)) if os.path.isdir(records) else []
    check(exported == [item for item in items if outcomes[item] == "exported"], "items.csv lists other items")
    check(set(outcomes.values()) <= {"exported", "withheld", "failed"}, "exceptions.csv has an unknown outcome")
    for outcome in ("exported", "withheld", "failed"):
        counted = list(outcomes.values()).count(outcome)
        check(info["Muniment-Items-" + outcome.capitalize()] == str(counted), "the count of items %s" % outcome)
    check(info["Muniment-Items-Requested"] == str(len(items)), "the count of items requested")
    openings = parsed(read("proof/openings.json"))
    used, named, entries, begun = set(), set(FIXED), [], []
    for item in exported:
        told, own = record(item, tables[item], openings, used, checkpoint)
        entries.append(told)
        named.update(own)
    parts = {"v": 1, "components": openings["components"], "descriptors": openings["descriptors"]}
    check(read("proof/openings.json") == spelled(parts), "proof/openings.json is not spelled as it is written")
    check(used == set(openings["components"]) | set(openings["descriptors"]),
          "an opening opens nothing in this package")
    custody = sorted(name[:-5] for name in os.listdir(os.path.join(ROOT, "proof/custody")) if name.endswith(".json"))
    check(custody == ["C%06d" % (number + 1) for number in range(len(custody))], "a custody entry is missing")
    last = -1
    for name in custody:
        own = ["proof/custody/%s.json" % name, "proof/custody/%s.tlog-proof" % name]
        named.update(own)
        told = entry(own[0], own[1], checkpoint)
        check(told[0] > last, own[0] + " is out of the log's order")
        last = told[0]
        of_this = told[1]["kind"] == "exported_begun" and told[1]["facts"].get("bundle") == info["External-Identifier"]
        (begun if of_this else entries).append(told)
    check(files == named, "no part of this package: %s" % sorted(files - named))
    check(info["Muniment-Custody-Entries"] == str(len(custody)), "the count of custody entries")
    frozen = hashlib.sha256("".join("%s %s %s\n" % tables[item] for item in items).encode()).hexdigest()
    check(len(begun) == 1, "not exactly one entry froze this package in the log")
    facts = begun[0][1]["facts"]
    check(number(facts, "items", "exported_begun") == len(items) and facts["items_digest"] == frozen,
          "the list of items is not the one that was frozen in the log")
    check(begun[0][1]["at"] == info["Muniment-Created"], "the package says that it was made at another time")
    check(number(facts, "custody_size", "exported_begun") == begun[0][0],
          "the entry that froze this package says that the log had other entries than those before it")
    check(all(told["subject"] in covered for _, told in entries), "a custody entry is about another record")
    check(begun[0][1]["subject"] not in covered, "the entry that froze this package is about a record")
    countersign(begun[0][1], True, "the entry that froze this package")
    made = instant(begun[0][1]["at"], "the entry that froze this package")
    # Packages are numbered by the year that clocks in China show.
    years = [(made + datetime.timedelta(hours=8) - before).year for before in (0 * DAY, DAY)]
    check(int(info["External-Identifier"][8:12]) in years, "the name is of another year than the package")
    check(max(collections.Counter(index for index, _ in entries[len(exported):]).values(), default=1) == 1
          and not {index for index, _ in entries[:len(exported)]} & {index for index, _ in entries[len(exported):]},
          "an entry lies here twice")
    told = history(dict(entries), begun[0])
    unshown = listed_so(tables, outcomes, reasons, covered, told)
    besides = standing(facts, tables, covered, told[0], entries)
    positions = sorted({index for index, _ in entries})
    listed = hashlib.sha256("".join("%d\n" % index for index in positions).encode()).hexdigest()
    check(all(index < facts["custody_size"] for index in positions), "a custody entry came after the list was frozen")
    check(number(facts, "custody_entries", "exported_begun") == len(positions) and facts["custody_digest"] == listed,
          "the custody entries are not those that were frozen in the log")
    print("consistent: %s, %s: %d of %d items, %d lines of custody, log %s of size %s" % (
        info["External-Identifier"], info["Muniment-Completeness"], len(exported), len(items), len(positions) + 1,
        origin, checkpoint.split("\n")[1]))
    for line in absent:
        print("not here: item %s, record %s, version %s, entries %s: %s, %s" % line)
    if unshown:
        print("called destroyed by the holder, and shown by no entry here: %s" % ", ".join(unshown))
    for count, what in zip(besides, ("items are not the newest version of their record",
                                     "versions of these records are not here",
                                     "corrections of these records by others: see report/corrections.csv")):
        if count:
            print("%d %s" % (count, what))
    if fingerprint is None:
        print("SIGNER UNKNOWN: anybody can make such a package with a key of his own. Compare this fingerprint")
        print("with the one that the holder of the archive gave you by another way than this package:")
        print(key)


if __name__ == "__main__":
    ROOT, GIVEN = (sys.argv[1:2] or ["."])[0], re.sub("[\\s:-]", "", "".join(sys.argv[2:])).lower()
    if sys.argv[2:] and not re.fullmatch("[0-9a-f]{64}", GIVEN):
        print("Nothing was checked: FINGERPRINT is 64 hexadecimal digits, as sha256sum prints them.", file=sys.stderr)
        sys.exit(2)
    try:
        main(GIVEN or None)
    except KeyError as error:
        sys.exit("REFUSED: %s is missing" % error)
    except (ValueError, OSError, TypeError, IndexError, AttributeError, RecursionError, OverflowError,
            csv.Error) as error:
        sys.exit("REFUSED: %s" % error)
