#!/usr/bin/env bash
# An exported ledger, judged by a program that is not ours: docs/formats/check_ledger.py must accept it
# and refuse every copy with one changed, missing or added file. Needs python3 with `cryptography`.
# usage: ledger.sh MUNIMENT-BINARY
set -euo pipefail
binary=$(realpath "$1")
judge=$(realpath "$(dirname "$0")/../../docs/formats/check_ledger.py")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export LANG=C.UTF-8
"$binary" init --data archive >/dev/null 2>&1
for number in $(seq 1 300); do printf 'file %s\n' "$number" >"f$number.txt"; done
"$binary" capture --data archive --kind ticket --case JUDGE-1 --occurred 2026-03-01 f*.txt >ids 2>/dev/null
"$binary" ledger export --data archive --output ledger --record "$(sed -n 1p ids)" --record "$(sed -n 300p ids)" 2>/dev/null
vkey=archive-keys/log.vkey
first=$(sed -n 1p ids) last=$(sed -n 300p ids)
python3 "$judge" ledger "$vkey" | tee said
for record in "$first" "$last"; do grep -qx "proved: an entry about $record" said || { echo "does not say that $record was proved"; exit 1; }; done
cp -r ledger copy && rm -r copy/proof
python3 "$judge" copy "$vkey" >said
grep -q '^NO RECORD WAS PROVED' said || { echo "without a proof it says only: $(cat said)"; exit 1; }

refused=0
must_refuse() {
    if python3 "$judge" copy "$vkey" >said 2>&1; then
        echo "accepted although $1: $(cat said)"
        exit 1
    fi
    grep -q '^REFUSED: ' said || { echo "no clear refusal although $1:"; cat said; exit 1; }
    refused=$((refused + 1))
}
fresh() { rm -rf copy; cp -r ledger copy; }
while read -r file; do
    size=$(stat -c %s "ledger/$file")
    for at in 0 $((size / 2)) $((size - 1)); do
        fresh
        python3 - "copy/$file" "$at" <<'PY'
import sys
path, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(path, "rb").read())
data[at] ^= 1
open(path, "wb").write(data)
PY
        # A blank at the end of the key is the same key.
        [ "$file" = vkey ] && [ "$at" = $((size - 1)) ] && continue
        must_refuse "byte $at of $file was changed"
    done
    # Proofs may be left out; nothing else may.
    case $file in proof/*.tlog-proof) continue ;; esac
    fresh; rm "copy/$file"
    must_refuse "$file was taken away"
done < <(cd ledger && find . -type f | sed 's|^\./||' | sort)
fresh; echo more >copy/tile/entries/more
must_refuse "a file was added"
fresh; cp "copy/proof/$first.json" "copy/proof/$last.json"
must_refuse "an entry was put in another's place"
for ending in json tlog-proof; do mv "copy/proof/$first.$ending" "copy/proof/$last.$ending"; done
must_refuse "an entry and its proof were put in another record's place"
"$binary" init --data other >/dev/null 2>&1
if python3 "$judge" ledger other-keys/log.vkey >said 2>&1; then echo "accepted under another key"; exit 1; fi
echo "refused $refused tampered ledgers"
