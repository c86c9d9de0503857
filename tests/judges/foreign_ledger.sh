#!/usr/bin/env bash
# An exported ledger, judged by Go's own transparency log library (golang.org/x/mod/sumdb/note and tlog, as
# Debian packages them): tests/judges/foreign_ledger must accept three states of one log, each as the
# continuation of those before, and refuse every copy in which one bit was flipped, a file is missing, added or
# moved, or history was written anew. The Go program that evidence packages bring along is run too.
#
#   foreign_ledger.sh PATH-TO-MUNIMENT
#
# Needs: Go and its library (Debian: golang-go, golang-golang-x-mod-dev), python3. Never skips.
set -euo pipefail
umask 077
muniment=$(realpath "${1:?path to the built muniment}")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "foreign_ledger.sh: $*" >&2; exit 1; }
command -v go >/dev/null || fail "Go is not installed"
sources=/usr/share/gocode
[ -d "$sources/src/golang.org/x/mod/sumdb/tlog" ] || fail "golang-golang-x-mod-dev is not installed"
export LANG=C.UTF-8
cd "$work"
compile() ( # OUTPUT FOLDER: from the installed sources alone
    cd "$2"
    env -u GOROOT GO111MODULE=off GOPATH="$sources" GOCACHE="$work/cache" GOFLAGS= GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0 \
        go build -o "$1" .
)
judge=$work/judge
compile "$judge" "$root/tests/judges/foreign_ledger"
# The program in proof/VERIFY.txt of every evidence package, as people copy it from there.
mkdir page
awk '/^    package main$/ { on = 1 } on && /^[^ ]/ { exit } on { sub(/^    /, ""); print }' "$root/src/bundle/pages/verify.txt" >page/main.go
compile "$work/page-judge" "$work/page"

"$muniment" init --data archive >/dev/null 2>&1
vkey=archive-keys/log.vkey
size_of() { sed -n 2p "$1/checkpoint"; }
made=0
capture() { # ARCHIVE COUNT: so many new files, an entry each
    local files=() number
    for ((number = 0; number < $2; number++)); do
        made=$((made + 1))
        printf 'file %s\n' "$made" >"in/$made.txt"
        files+=("in/$made.txt")
    done
    "$muniment" capture --data "$1" --kind ticket --case JUDGE-1 --occurred 2026-03-01 "${files[@]}" 2>/dev/null
}
export_of() { # ARCHIVE OUTPUT RECORD...
    local archive=$1 output=$2 records=() id
    shift 2
    for id in "$@"; do records+=(--record "$id"); done
    "$muniment" ledger export --data "$archive" --output "$output" "${records[@]}" >/dev/null 2>&1
}
mkdir in
capture archive 300 >ids
first=$(sed -n 1p ids) last=$(sed -n 300p ids)
export_of archive early "$first"
# A tree of full tiles alone has no unfinished one at level 0.
capture archive $((512 - $(size_of early))) >/dev/null
export_of archive even "$first"
cp -r archive fork && cp -r archive-keys fork-keys
capture archive 194 >/dev/null
export_of archive ledger "$first" "$last"
# Another history under the same key.
capture fork 194 >/dev/null
export_of fork forked
"$muniment" init --data other >/dev/null 2>&1
export_of other others
[ "$(size_of early)" -gt 256 ] && [ "$(size_of even)" = 512 ] && [ "$(size_of ledger)" = 706 ] || fail "the logs have other sizes"
[ -f even/tile/0/001 ] && [ ! -e even/tile/0/002.p ] && [ -f ledger/tile/0/002.p/194 ] || fail "the tiles are others"

"$judge" ledger early "$vkey"
"$judge" ledger even "$vkey" early/checkpoint
"$judge" ledger forked "$vkey" early/checkpoint even/checkpoint
"$judge" ledger ledger "$vkey" early/checkpoint even/checkpoint ledger/checkpoint | tee said
for record in "$first" "$last"; do grep -qx "proved: an entry about $record" said || fail "$record was not proved"; done
[ "$(grep -c '^goes on from the kept checkpoint' said)" = 3 ] || fail "not every kept checkpoint was held against the log"
for at in early even ledger; do
    "$judge" entry "$at/proof/$first.tlog-proof" "$at/proof/$first.json" "$vkey" >said
    ./page-judge "$at/proof/$first.tlog-proof" "$at/proof/$first.json" "$vkey" | cmp - said || fail "the page's program says something else"
done

fresh() { rm -rf copy; cp -r "${1:-ledger}" copy; }
fresh && rm -r copy/proof
"$judge" ledger copy "$vkey" | grep -q '^NO RECORD WAS PROVED' || fail "without a proof it does not say so"

refused=0
must_refuse() { # WHY ARGUMENT...
    local why=$1 status=0
    shift
    "$judge" "$@" >said 2>&1 || status=$?
    [ "$status" != 0 ] || fail "accepted although $why: $(cat said)"
    [ "$status" = 1 ] && [ "$(head -c 9 said)" = 'REFUSED: ' ] || fail "no clear refusal although $why: $(cat said)"
    refused=$((refused + 1))
}
ledger_refused() { must_refuse "$1" ledger copy "$vkey"; }
while read -r file; do
    # Proofs may be left out; nothing else may.
    case $file in proof/*.tlog-proof) continue ;; esac
    fresh; rm "copy/$file"
    ledger_refused "$file was taken away"
    fresh; truncate -s -1 "copy/$file"
    ledger_refused "$file lacks its last byte"
    fresh; printf '\0' >>"copy/$file"
    ledger_refused "$file is longer"
done < <(cd ledger && find . -type f | sed 's|^\./||' | sort)
swap() { mv "copy/$1" held; mv "copy/$2" "copy/$1"; mv held "copy/$2"; }
fresh; echo more >copy/tile/entries/more
ledger_refused "a file was added"
fresh; mkdir copy/tile/2; cp copy/tile/1/000.p/2 copy/tile/2/000
ledger_refused "a tile was added"
fresh; swap tile/0/000 tile/0/001
ledger_refused "two tiles changed places"
fresh; swap tile/entries/000 tile/entries/001
ledger_refused "two bundles of entries changed places"
fresh; swap tile/0/000 tile/0/001; swap tile/entries/000 tile/entries/001
ledger_refused "two bundles and their tiles changed places"
fresh; cp "copy/proof/$first.json" "copy/proof/$last.json"
ledger_refused "an entry was put in another's place"
fresh; cp "copy/proof/$first.json" "copy/proof/$last.json"
for ending in json tlog-proof; do cp "copy/proof/$first.$ending" "copy/proof/$last.$ending"; done
ledger_refused "an entry and its proof were put in another record's place"
fresh; cp "even/proof/$first.tlog-proof" copy/proof/
ledger_refused "a proof is of an earlier checkpoint"
fresh; cp even/checkpoint copy/
ledger_refused "the checkpoint is an earlier one"
fresh even; cp ledger/checkpoint copy/
ledger_refused "the log was cut"
fresh; cp forked/checkpoint copy/
ledger_refused "the checkpoint is that of another history"
fresh; { cat ledger/checkpoint; tail -n 1 others/checkpoint; } >copy/checkpoint
ledger_refused "somebody else's signature was added"
# The C2SP text allows this line in a proof, and nothing vouches for it.
sed '1a extra bm90aGluZw==' "ledger/proof/$first.tlog-proof" >extra.tlog-proof
"$judge" entry extra.tlog-proof "ledger/proof/$first.json" "$vkey" >/dev/null || fail "a proof with a line of extra data is refused"

# An entry is written anew, with its leaf, and then with every hash above it that lies in a tile.
rewrite() { # ENTRY leaf|all
    python3 - copy "$@" <<'PY'
import hashlib, os, sys
folder, index, how = sys.argv[1], int(sys.argv[2]), sys.argv[3]

def place(kind, number):
    path = "%s/tile/%s/%03d" % (folder, kind, number)
    return path if os.path.isfile(path) else "%s.p/%s" % (path, os.listdir(path + ".p")[0])

def put(path, at, hash):
    data = bytearray(open(path, "rb").read())
    data[32 * at:32 * at + 32] = hash
    open(path, "wb").write(data)
    return bytes(data)

bundle, at = place("entries", index // 256), index % 256
data, entries = open(bundle, "rb").read(), []
while data:
    end = 2 + int.from_bytes(data[:2], "big")
    entries.append(data[2:end])
    data = data[end:]
written = entries[at].replace(b'"v":1}', b'"v":2}')
assert written != entries[at]
entries[at] = written
open(bundle, "wb").write(b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries))
tile = put(place("0", index // 256), at, hashlib.sha256(b"\0" + written).digest())
if how == "all" and len(tile) == 8192:
    hashes = [tile[i:i + 32] for i in range(0, len(tile), 32)]
    while len(hashes) > 1:
        hashes = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(hashes[::2], hashes[1::2])]
    put(place("1", 0), index // 256, hashes[0])
PY
}
for entry in 0 3 255 256 511 512 705; do
    for how in leaf all; do
        fresh; rm -r copy/proof; rewrite "$entry" "$how"
        ledger_refused "entry $entry was written anew ($how)"
    done
done

must_refuse "the key is another" ledger ledger other-keys/log.vkey
fresh; cp others/checkpoint copy/
ledger_refused "the checkpoint is another log's"
must_refuse "the log is shorter than it was" ledger even "$vkey" ledger/checkpoint
must_refuse "the log was forked" ledger forked "$vkey" ledger/checkpoint
must_refuse "the log was forked" ledger ledger "$vkey" forked/checkpoint
must_refuse "the kept checkpoint is another log's" ledger ledger "$vkey" others/checkpoint
must_refuse "the entry is another" entry "ledger/proof/$first.tlog-proof" "ledger/proof/$last.json" "$vkey"
must_refuse "the key is another" entry "ledger/proof/$first.tlog-proof" "ledger/proof/$first.json" other-keys/log.vkey
for pair in "$first $last $vkey" "$first $first other-keys/log.vkey"; do
    read -r proof entry key <<<"$pair"
    ! ./page-judge "ledger/proof/$proof.tlog-proof" "ledger/proof/$entry.json" "$key" >said 2>&1 || fail "the page's program accepts: $(cat said)"
done

# Bits that the C2SP texts leave free: none. RFC 4648 leaves it to the reader whether the unused bits at the
# end of base64 must be zero; here, as in Muniment, they must.
fresh; rm "copy/proof/$last."*
"$judge" flip copy "$vkey" | tee said
grep -Eq '^([0-9]{4,}) bits flipped, \1 refused, ' said || fail "bits were flipped that nobody refused"
diff -r --exclude="$last.*" ledger copy || fail "the flipped ledger was not put back"
echo "refused $refused ledgers and proofs that were changed in other ways"
