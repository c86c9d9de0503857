#!/usr/bin/env bash
# Public tools accept an evidence package: bagit.py (PyPI) validates it as a BagIt bag, unzip -t and
# Python's zipfile read it to the end, and so does the checker that the package brings along; a package in
# which one byte was changed is refused by them and by muniment verify; and one that the holder of the log's
# key forged and signed anew (forge.py) is refused by the checker and by muniment verify.
#
#   bagit.sh PATH-TO-MUNIMENT
#
# Needs: unzip, openssl 3, python3 with venv; from PyPI: bagit (and setuptools, which it imports). Never skips.
set -euo pipefail
umask 077
muniment=$(realpath "${1:?path to the built muniment}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "bagit.sh: $*" >&2; exit 1; }
command -v unzip >/dev/null || fail "unzip is not installed"

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'setuptools<81' bagit
python=$work/venv/bin/python
"$python" -c 'import bagit' || fail "bagit cannot be imported"

data=$work/data
"$muniment" init --data "$data" >/dev/null 2>&1
mkdir "$work/in"
printf '兹授权贵公司处理数据\n' >"$work/in/授权书.txt"
head -c 200000 /dev/urandom >"$work/in/附件.bin"
for i in $(seq 1 200); do
    printf '{"at":"2026-03-01T08:%02d:00+08:00","operation":"use","purpose":"售后","data_category":"联系方式","system":"CRM","actor":"op","count":%d}\n' $((i % 60)) "$i"
done >"$work/in/log.jsonl"
take() { "$muniment" capture --data "$data" --case SC-2026-001 --occurred 2026-03-01 --party customer=青禾样例 "$@" >/dev/null 2>"$work/err" || fail "capture: $(cat "$work/err")"; }
take --kind authorization "$work/in/授权书.txt"
take --kind ticket --title 断网 "$work/in/附件.bin"
"$muniment" capture --data "$data" --case SC-2026-001 --kind processing_log --entries "$work/in/log.jsonl" >"$work/log-id" 2>"$work/err" || fail "entries: $(cat "$work/err")"
# Entries about something else, in whose places stories are told below.
for number in 1 2 3 4 5 6; do
    "$muniment" capture --data "$data" --case SC-2026-002 --occurred 2026-03-01 --kind ticket --title "另案 $number" "$work/in/附件.bin" >/dev/null 2>"$work/err" || fail "capture: $(cat "$work/err")"
done
"$muniment" export evidence --data "$data" --case SC-2026-001 --purpose 仲裁举证 --output "$work/out" >/dev/null 2>"$work/err" || fail "export: $(cat "$work/err")"
package=$(echo "$work"/out/*.zip)
[ -s "$package" ] || fail "no package was written"

unzip -tq "$package" >/dev/null || fail "unzip -t refuses the package"
"$python" -m zipfile -t "$package" | grep -q 'Done testing' || fail "zipfile refuses the package"
"$muniment" verify "$package" >/dev/null || fail "muniment verify refuses the package"
mkdir "$work/bag"
unzip -q "$package" -d "$work/bag"
bag=$(echo "$work"/bag/*)
"$python" -m bagit --validate "$bag" 2>"$work/err" || fail "bagit.py refuses the bag: $(cat "$work/err")"
fingerprint=$(sha256sum "$work/data-keys/log.vkey" | cut -d' ' -f1)
[ "$(sha256sum "$bag/proof/vkey" | cut -d' ' -f1)" = "$fingerprint" ] || fail "the package has another key than the archive"
other=$(printf other | sha256sum | cut -d' ' -f1)
verdict() { "$muniment" verify "$package" --json "$@" | "$python" -c 'import json, sys; print(json.load(sys.stdin)["verdict"])'; }
[ "$(verdict)" = consistent ] || fail "without a known key the verdict is $(verdict)"
[ "$(verdict --fingerprint "$fingerprint")" = verified ] || fail "the fingerprint is not taken for the key's"
status=0; verdict --fingerprint "$other" >"$work/said" || status=$?
[ "$(cat "$work/said")" = refused ] || fail "another fingerprint gives $(cat "$work/said")"

# The checker is run from a copy: the one in the bag is changed below like every other file.
cp "$bag/proof/verify_bundle.py" "$work/checker.py"
checker() { "$python" "$work/checker.py" "$bag" "$@" >"$work/said" 2>&1; }
checker || fail "the package's own checker refuses it: $(cat "$work/said")"
grep -q 'SIGNER UNKNOWN' "$work/said" || fail "the checker names a signer although none is known"
checker "$fingerprint" || fail "the checker refuses the fingerprint: $(cat "$work/said")"
if checker "$other"; then fail "the checker accepts another fingerprint"; fi
# As people write it down: with colons, in capitals, in groups.
colons=$(echo "$fingerprint" | tr a-f A-F | sed 's/../&:/g; s/:$//')
checker "$colons" || fail "the checker refuses the fingerprint with colons: $(cat "$work/said")"
# shellcheck disable=SC2046 # Each group is a word of its own.
checker $(echo "$fingerprint" | sed 's/..../& /g') || fail "the checker refuses the fingerprint in groups: $(cat "$work/said")"
[ "$(verdict --fingerprint "$colons")" = verified ] || fail "verify refuses the fingerprint with colons"
status=0; checker "${fingerprint%?}" || status=$?
[ "$status" -eq 2 ] || fail "the checker takes what is no fingerprint, or calls the package refused for it: $status"

# One changed byte in a payload file, wherever it lies, is refused by every one of them.
count=0
while IFS= read -r file; do
    [ -s "$file" ] || continue
    cp "$file" "$work/kept"
    "$python" -c '
import sys
path = sys.argv[1]
content = bytearray(open(path, "rb").read())
content[len(content) // 2] ^= 1
open(path, "wb").write(content)' "$file"
    # The signature lies outside of what BagIt covers.
    if [ "$file" != "$bag/signature.sig" ] && "$python" -m bagit --validate "$bag" 2>/dev/null; then fail "bagit.py accepts a changed ${file#"$bag"/}"; fi
    if checker; then fail "the checker accepts a changed ${file#"$bag"/}"; fi
    grep -q '^REFUSED: ' "$work/said" || fail "the checker gives no clear refusal: $(cat "$work/said")"
    cp "$work/kept" "$file"
    count=$((count + 1))
done < <(find "$bag/data" "$bag/proof" "$bag/report" "$bag"/*.txt "$bag"/*.html "$bag"/*.sig -type f | grep -v '/tagmanifest-' | sort)
[ "$count" -ge 20 ] || fail "only $count files were tried"
"$python" -m bagit --validate "$bag" 2>/dev/null || fail "the bag was not put back"
"$python" - "$package" "$work" <<'PYTHON'
import sys
package, work = sys.argv[1:]
content = open(package, "rb").read()
for number, at in enumerate(range(40, len(content), max(1, len(content) // 40))):
    changed = bytearray(content)
    changed[at] ^= 1
    open(f"{work}/tampered-{number}.zip", "wb").write(changed)
PYTHON
for tampered in "$work"/tampered-*.zip; do
    status=0
    "$muniment" verify "$tampered" >/dev/null 2>&1 || status=$?
    [ "$status" -eq 1 ] || fail "$(basename "$tampered"): verify ended with $status, not 1"
done

# The holder of the key as forger: everything is signed anew, only the log is as it was.
forge=$(realpath "$(dirname "$0")/forge.py")
sed 's/$/.0/;p;s/0$/2/' "$work/log-id" >"$work/ids"
"$muniment" export evidence --data "$data" --ids "$work/ids" --purpose 部分条目 --output "$work/part" >/dev/null 2>"$work/err" || fail "export of entries: $(cat "$work/err")"
forged=0
forge() {
    rm -rf "$work/forged" && mkdir "$work/forged" && unzip -q "$1" -d "$work/forged"
    bag=$(echo "$work"/forged/*)
    "$python" "$forge" "$bag" "$work/data-keys/log.key" "$2" >"$work/says" || fail "$2 cannot be forged"
}
must_hold() {
    forge "$1" "$2"
    checker "$fingerprint" || fail "the checker refuses what was only signed anew: $(cat "$work/said")"
    "$muniment" verify "$bag.zip" --fingerprint "$fingerprint" >"$work/said" 2>&1 || fail "verify refuses what was only signed anew: $(cat "$work/said")"
}
must_refuse() {
    forge "$1" "$2"
    if checker "$fingerprint"; then fail "the checker accepts the forgery $2: $(cat "$work/said")"; fi
    grep -q '^REFUSED: ' "$work/said" || fail "the checker gives no clear refusal of $2: $(cat "$work/said")"
    grep -qF -- "$(cat "$work/says")" "$work/said" || fail "the checker refuses $2 for something else: $(cat "$work/said")"
    status=0
    "$muniment" verify "$bag.zip" --fingerprint "$fingerprint" >/dev/null 2>&1 || status=$?
    [ "$status" -eq 1 ] || fail "verify ended with $status, not 1, at the forgery $2"
    forged=$((forged + 1))
}
must_hold "$package" none
for case in decoy extra extra-proof at actor kind seq late descriptor title original-name sha256 member opening-component opening-descriptor opening-member \
    signature-{garbage,no-end,bits} exceptions-{column,breaks,mark,tail} \
    organization-{return,escape,next,lines} ending reference; do
    must_refuse "$package" "$case"
done
# Of what is signed once, by the log alone, nobody makes a second signature.
for case in twice stranger junk checkpoint witness; do must_refuse "$package" "note-$case"; done
# And of a log that it wrote anew, with proofs that hold.
must_hold "$package" log-none
for case in countersign-none countersign-word countersign-self late received no-day order kind blank twice name unknown-kind \
    custody-short superseded corrections begun-system bytes-true media-type component-id components-none components-many \
    segment-{zero,huge,upper,null} version-true received-0 \
    descriptor-{missing,upper,text,nan,number,half,deep,keys,names,names-null}; do
    must_refuse "$package" "log-$case"
done
# And stories that cannot be true. (The tables for people are not made again: the checker does not look at them.)
forge "$package" log-story-none
checker "$fingerprint" || fail "the checker refuses a story that can be true: $(cat "$work/said")"
grep -q '1 items are not the newest version' "$work/said" || fail "the checker does not say that a version is superseded"
grep -q '1 versions of these records are not here' "$work/said" || fail "the checker does not say that a version is left out"
for case in version{,-text,-true,-below} segment-{null,text,entries} shredded unsealed read-sealed read-later amended-later hidden-version left short \
    never no-record no-lines twice; do
    must_refuse "$package" "log-story-$case"
done
part=$(echo "$work"/part/*.zip)
must_hold "$part" segment-none
for case in segment-first segment-empty segment-twice segment-tail log-items-true log-custody-true; do must_refuse "$part" "$case"; done
echo "bagit.sh: bagit.py, unzip, zipfile and the package's own checker accept the package; $count changed files and $(ls "$work"/tampered-*.zip | wc -l) changed packages are refused, and $forged forgeries signed anew"
