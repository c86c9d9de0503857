#!/usr/bin/env bash
# Redacted copies hold none of the values that they should not, whoever looks: poppler (pdftotext in two modes,
# pdfinfo), mutool, exiftool, qpdf, pikepdf, x-ray, pdfplumber, unzip, and a search through the bytes in five encodings. LibreOffice opens
# the copies of Word and Excel where it is installed. Each judge must first find the values in the originals.
#
#   documents.sh PATH-TO-MUNIMENT [CORPUS]
#
# Needs: poppler-utils, mupdf-tools, libimage-exiftool-perl, qpdf, unzip, python3 with venv; from PyPI: pikepdf,
# pdfplumber, x-ray. Fails where one is missing. Says so, and ends well, only where the corpus is not there.
set -euo pipefail
umask 077
muniment=$(realpath "${1:?path to the built muniment}")
root=$(cd "$(dirname "$0")/../.." && pwd)
corpus=${2:-${MUNIMENT_CORPUS:-$root/../shared/corpus}}
if [ ! -f "$corpus/dev/gen_pii.json" ]; then
    echo "documents.sh: no corpus at $corpus: its files are not looked through (set MUNIMENT_CORPUS)"
    exit 0
fi
fail() { echo "documents.sh: $*" >&2; exit 1; }
for tool in pdftotext pdfinfo mutool exiftool qpdf unzip python3; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=${JUDGES_PYTHON:-}
if [ -z "$python" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check pikepdf pdfplumber x-ray
    python=$work/venv/bin/python
fi
"$python" -c 'import pikepdf, pdfplumber, xray' || fail "pikepdf, pdfplumber or x-ray cannot be imported"
"$python" "$root/tests/judges/documents.py" "$muniment" "$corpus/dev" "$work"
