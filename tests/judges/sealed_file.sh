#!/usr/bin/env bash
# Public tools open what the archive sealed: docs/formats/open_record.py takes header and payload out of
# key files, database and blobs; age opens them joined, with the service identity and with the recovery
# identity; after a rotation only with the new ones. A second implementation (pyrage) must agree.
#
#   sealed_file.sh PATH-TO-MUNIMENT
#
# Needs: age (Debian: age), python3 with venv; from PyPI: cryptography, pyrage. Never skips.
set -euo pipefail
umask 077
muniment=$(realpath "${1:?path to the built muniment}")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "sealed_file.sh: $*" >&2; exit 1; }
command -v age >/dev/null || fail "age is not installed"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cryptography pyrage
python=$work/venv/bin/python

data=$work/data keys=$work/data-keys
"$muniment" init --data "$data" >/dev/null 2>&1
printf '兹授权贵公司处理数据\n' >"$work/short.txt"
head -c 300000 /dev/urandom >"$work/long.bin"
chunk=$((64 * 1024))
head -c $chunk /dev/urandom >"$work/chunk.bin"
declare -A original
for name in short.txt long.bin chunk.bin; do
    id=$("$muniment" capture --data "$data" --kind ticket --occurred 2026-03-01 --title "工单 $name" "$work/$name" 2>/dev/null)
    [ -n "$id" ] || fail "$name was not captured"
    original[$id]=$work/$name
done

pyrage_opens() { # IDENTITY-FILE SEALED-FILE OUTPUT
    "$python" - "$@" <<'PYTHON'
import sys, pyrage
identity, sealed, output = sys.argv[1:]
lines = [line.strip() for line in open(identity) if line.startswith("AGE-SECRET-KEY-")]
keys = [pyrage.x25519.Identity.from_str(line) for line in lines]
open(output, "wb").write(pyrage.decrypt(open(sealed, "rb").read(), keys))
PYTHON
}

opens() { # IDENTITY-FILE: every record, by both tools
    local id out component
    for id in "${!original[@]}"; do
        out=$(mktemp -d -p "$work")
        "$python" "$root/docs/formats/open_record.py" --data "$data" --keys "$keys" --identity "$1" \
            --output "$out" "$id" >"$out/list" || fail "open_record.py refuses $id with $(basename "$1")"
        component=$(cat "$out/list")
        cat "$out/$component.header" "$out/$component.payload" >"$out/whole.age"
        age -d -i "$1" "$out/whole.age" >"$out/by-age" || fail "age refuses"
        cmp "$out/by-age" "${original[$id]}" || fail "age gives other bytes"
        pyrage_opens "$1" "$out/whole.age" "$out/by-pyrage" || fail "pyrage refuses"
        cmp "$out/by-pyrage" "${original[$id]}" || fail "pyrage gives other bytes"
        cmp "$out/$component.plain" "${original[$id]}" || fail "open_record.py gives other bytes"
        grep -q '工单' "$out/descriptor.json" || fail "the descriptor does not open"
        cp "$out/whole.age" "$work/last.age"
    done
}

refuses() { # IDENTITY-FILE SEALED-FILE
    if age -d -i "$1" "$2" >/dev/null 2>&1; then fail "$(basename "$1") still opens it"; fi
}

cp "$keys/service.identity" "$work/old-service"
cp "$keys/recovery.identity" "$work/old-recovery"
opens "$keys/service.identity"
opens "$keys/recovery.identity"

# One flipped bit is refused by both.
"$python" -c '
import sys
sealed = bytearray(open(sys.argv[1], "rb").read())
sealed[-1] ^= 1
open(sys.argv[2], "wb").write(sealed)' "$work/last.age" "$work/flipped.age"
refuses "$keys/service.identity" "$work/flipped.age"

"$muniment" keys rotate --data "$data" >/dev/null 2>&1 || fail "keys rotate"
opens "$keys/service.identity"
opens "$keys/recovery.identity"
refuses "$work/old-service" "$work/last.age"
refuses "$work/old-recovery" "$work/last.age"
"$muniment" keys turn-epoch --data "$data" >/dev/null 2>&1 || fail "keys turn-epoch"
opens "$keys/service.identity"
refuses "$work/old-service" "$work/last.age"
"$muniment" verify --data "$data" --deep >/dev/null || fail "the archive does not verify"
echo "sealed_file.sh: ${#original[@]} records open with age and pyrage, before and after rotation and epoch turn"
