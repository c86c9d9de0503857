"""How much of what pdftotext reads `muniment document text` reads too, file by file: of words, and of characters.

  recall.py PATH-TO-MUNIMENT FOLDER-OF-PDFS [PASSES-AT]

Words are compared as a multiset, folded as whoever searches reads them; Chinese, which is written without blanks, counts
character by character. Prints the files that reach less, and how many reach `PASSES-AT` (otherwise .99) by words and
by letters and digits; ends with 1 if by the latter fewer than 95 of 100 do. Needs: poppler-utils.
"""

import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter

muniment, folder = sys.argv[1:3]
HAN = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
passes_at = float(sys.argv[3]) if len(sys.argv) > 3 else 0.99


def said_by(*command):
    """What a program prints; nothing where it fails or takes more than a minute."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=60)
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def words(text):
    return Counter(re.findall(f"[{HAN}]|[^\\W{HAN}]+", unicodedata.normalize("NFKC", text).lower()))


def letters(text):
    return Counter(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())


def recall(theirs, ours):
    return sum((theirs & ours).values()) / sum(theirs.values())


read = by_words = by_letters = 0
for name in sorted(os.listdir(folder)):
    path = os.path.join(folder, name)
    with open(path, "rb") as file:
        if not file.read(1024).lstrip().startswith(b"%PDF"):
            continue
    theirs = said_by("pdftotext", "-q", path, "-")
    if not words(theirs):
        continue
    read += 1
    ours = said_by(muniment, "document", "text", path)
    of_words, of_letters = recall(words(theirs), words(ours)), recall(letters(theirs), letters(ours))
    by_words += of_words >= passes_at
    by_letters += of_letters >= passes_at
    if min(of_words, of_letters) < passes_at:
        print(f"{name}: words {of_words:.4f}, characters {of_letters:.4f}")
print(f"of {read} files with text, {by_words} reach {passes_at} of pdftotext's words, {by_letters} of its letters and digits")
sys.exit(0 if by_letters >= 0.95 * read else 1)
