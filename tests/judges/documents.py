"""What documents.sh does: redacts the generated files of the corpus, and lets everybody look."""

import asyncio
import base64
import email
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
import zipfile
from email.header import decode_header, make_header

import pdfplumber
import pikepdf
import xray

muniment, dev, work = sys.argv[1:]
# Copies of these must be made; the others may be withheld, and must not leak.
MADE = """gen_auth_gb18030.txt gen_auth_lo.pdf gen_auth_rl_wqy.pdf gen_auth_typst.pdf gen_auth_zh.docx gen_auth_zh.html
gen_confirm.xml gen_confirm_utf16le.txt gen_log.json gen_log_gbk.csv gen_log_lo.pdf gen_log_zh.xlsx mail.eml""".split()
WITHHELD = "gen_auth_imgonly.pdf gen_auth_scan_ocr.pdf gen_auth_scan.jpg gen_auth_scan.png".split()
CHARSETS = ["utf-8", "utf-16-le", "utf-16-be", "gb18030", "big5"]
faults = []

values = []
for people in json.load(open(f"{dev}/gen_pii.json")).values():
    values += people.values()
terms = f"{work}/terms.txt"
with open(terms, "w") as out:
    out.write("\n".join(values) + "\n")


def plain(text):
    """Letters and digits, as whoever searches reads them."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def seen_in_text(text):
    text = plain(text)
    return [value for value in values if plain(value) in text]


def seen_in_bytes(data):
    seen = []
    for value in values:
        for writing in {value, re.sub(r"[\s()+-]", "", value)}:
            for charset in CHARSETS:
                try:
                    coded = writing.encode(charset)
                except UnicodeEncodeError:
                    continue
                if len(coded) >= 6 and coded in data:
                    seen.append(value)
    return seen


def said_by(*command):
    done = subprocess.run(command, capture_output=True, timeout=120)
    return done.stdout.decode("utf-8", "replace") + done.stdout.decode("utf-16-le", "replace")


def streams(path):
    with pikepdf.open(path) as pdf:
        for item in pdf.objects:
            if isinstance(item, pikepdf.Stream):
                try:
                    yield item.read_bytes()
                except pikepdf.PdfError:
                    yield item.read_raw_bytes()


def by_plumber(path):
    with pdfplumber.open(path) as pdf:
        return "\n".join(page.extract_text() or "" for page in pdf.pages) + str(pdf.metadata)


def by_x_ray(path):
    """Pages on which words stand under boxes; newer editions of x-ray answer later."""
    found = xray.inspect(path)
    return asyncio.run(found) if inspect.isawaitable(found) else found


def bare(path):
    out = f"{work}/bare.pdf"
    subprocess.run(["qpdf", "--qdf", "--object-streams=disable", path, out], capture_output=True, timeout=120)
    with open(out, "rb") as file:
        return file.read()


PDF_TEXT = {
    "pdftotext": lambda path: said_by("pdftotext", "-q", path, "-"),
    "pdftotext -layout": lambda path: said_by("pdftotext", "-q", "-layout", path, "-"),
    "mutool": lambda path: said_by("mutool", "draw", "-q", "-F", "txt", path),
    "pdfplumber": by_plumber,
}


def looked_through(path):
    """Who sees a value in a file: pairs of judge and value."""
    with open(path, "rb") as file:
        data = file.read()
    seen = [("bytes", value) for value in seen_in_bytes(data)]
    seen += [("exiftool", value) for value in seen_in_text(said_by("exiftool", "-a", "-u", "-G1", path))]
    if path.endswith(".pdf"):
        for name, judge in PDF_TEXT.items():
            seen += [(name, value) for value in seen_in_text(judge(path))]
        seen += [("pdfinfo", value) for value in seen_in_text(said_by("pdfinfo", path))]
        seen += [("qpdf", value) for value in seen_in_bytes(bare(path))]
        for stream in streams(path):
            seen += [("pikepdf", value) for value in seen_in_bytes(stream)]
        seen += [("x-ray", str(page)) for page in by_x_ray(path)]
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            for name in package.namelist():
                part = package.read(name)
                text = re.sub(r"<[^>]*>", "", part.decode("utf-8", "replace"))
                seen += [("parts", value) for value in seen_in_bytes(part) + seen_in_text(text)]
    else:
        for charset in ["utf-8", "utf-16", "gb18030"]:
            text = data.decode(charset, "replace")
            seen += [("text", value) for value in seen_in_text(text) + seen_in_text(re.sub(r"<[^>]*>", "", text))]
        if path.endswith(".eml"):
            for number, part in enumerate(email.message_from_bytes(data).walk()):
                content = part.get_payload(decode=True) or b""
                head = "".join(str(value) for value in part.values())
                seen += [("email", value) for value in seen_in_bytes(content) + seen_in_text(content.decode("utf-8", "replace"))]
                seen += [("email", value) for value in seen_in_text(str(make_header(decode_header(head))))]
                name = part.get_filename()
                if name:
                    with open(f"{work}/part-{number}-{name}", "wb") as out:
                        out.write(content)
                    seen += looked_through(out.name)
    return seen


def mail(path):
    """A mail with a document of Word, a table of Excel and a PDF attached."""
    names = ["gen_auth_zh.docx", "gen_log_zh.xlsx", "gen_auth_lo.pdf"]
    lines = [f"From: =?utf-8?B?{base64.b64encode(values[0].encode()).decode()}?= <{values[5]}>", "Subject: files"]
    lines += ["Content-Type: multipart/mixed; boundary=o", "", "--o", "", f"call {values[3]}"]
    for name in names:
        with open(f"{dev}/{name}", "rb") as file:
            letters = base64.encodebytes(file.read()).decode().replace("\n", "\r\n")
        lines += ["--o", f"Content-Type: application/octet-stream; name={name}", "Content-Transfer-Encoding: base64", ""]
        lines += [letters]
    with open(path, "w") as out:
        out.write("\r\n".join(lines + ["--o--", ""]))


office = shutil.which("soffice") or shutil.which("libreoffice")


def converted(path, kind):
    """What LibreOffice makes of a file, or nothing."""
    command = [office, "--headless", "--convert-to", kind, "--outdir", work, path]
    subprocess.run(command, capture_output=True, timeout=180)
    made = f"{work}/{os.path.splitext(os.path.basename(path))[0]}.{kind.split(':')[0]}"
    return made if os.path.exists(made) else None


mail(f"{work}/mail.eml")
if office and converted(f"{dev}/gen_auth_zh.docx", "rtf"):
    MADE.append("gen_auth_zh.rtf")
leaky = sorted(name for name in os.listdir(dev) if name.startswith("leaky_"))
counted = 0
for name in MADE + WITHHELD + leaky:
    path = f"{work}/{name}" if name in ("mail.eml", "gen_auth_zh.rtf") else f"{dev}/{name}"
    out, report = f"{work}/out-{name}", f"{work}/report-{name}.json"
    command = [muniment, "document", "redact", path, "--profile", "opposing-party", "--terms", terms]
    done = subprocess.run(command + ["--output", out, "--report", report, "--lang", "en"], capture_output=True)
    if done.returncode not in (0, 3):
        faults.append(f"{name}: exit code {done.returncode}: {done.stderr.decode()[-300:]}")
        continue
    if done.returncode == 3:
        if os.path.exists(out) or os.path.exists(report):
            faults.append(f"{name}: withheld, and written all the same")
        if name in MADE:
            faults.append(f"{name}: withheld: {done.stderr.decode()[-300:]}")
        continue
    if name in WITHHELD:
        # Words that nobody can check lie in its pictures.
        faults.append(f"{name}: a picture of words was given out")
    counted += 1
    for judge, value in looked_through(out):
        faults.append(f"{name}: {judge} finds value {values.index(value) if value in values else value}")
    with open(report) as file:
        told = file.read()
    if seen_in_text(told):
        faults.append(f"{name}: the report quotes a value")
    if name in MADE and not json.loads(told)["hidden"]:
        faults.append(f"{name}: nothing was hidden")
    # Rich text writes every letter in codes of its own: only LibreOffice reads it here.
    if name in MADE and name not in ("mail.eml", "gen_auth_zh.rtf") and not looked_through(path):
        faults.append(f"{name}: nobody finds a value in the original: the judges are blind")
    if office and name.endswith((".docx", ".xlsx", ".rtf")):
        kind = "csv" if name.endswith(".xlsx") else "txt:Text"
        made = converted(out, kind)
        if not made:
            faults.append(f"{name}: LibreOffice does not open the copy")
        elif seen_in_text(open(made, errors="replace").read()):
            faults.append(f"{name}: LibreOffice finds a value")
        elif name.endswith(".rtf") and not seen_in_text(open(converted(path, kind), errors="replace").read()):
            faults.append(f"{name}: LibreOffice finds nothing in the original: it is blind")

# What nobody can read leaves once somebody has looked at it; here everything is filled in.
boxes = f"{work}/boxes.json"
with open(boxes, "w") as out:
    json.dump([{"page": 1, "boxes": [{"left": 0, "top": 0, "width": 20000, "height": 20000}]}], out)
for name in WITHHELD:
    path, out = f"{dev}/{name}", f"{work}/seen-{name}{'' if name.endswith('.pdf') else '.png'}"
    command = [muniment, "document", "redact", path, "--profile", "opposing-party", "--boxes", boxes, "--output", out]
    done = subprocess.run(command, capture_output=True)
    if done.returncode != 0:
        faults.append(f"{name}: with boxes: exit code {done.returncode}: {done.stderr.decode()[-300:]}")
        continue
    counted += 1
    for judge, value in looked_through(out):
        faults.append(f"{name}: with boxes: {judge} finds value {values.index(value) if value in values else value}")

for name, judge in PDF_TEXT.items():
    if not seen_in_text(judge(f"{dev}/gen_auth_typst.pdf")):
        faults.append(f"{name} finds nothing in an original: it is blind")
for fault in faults:
    print("documents.sh:", fault, file=sys.stderr)
if faults:
    sys.exit(1)
print(f"documents.sh: {counted} copies looked through, 0 of {len(values)} values left in any")
