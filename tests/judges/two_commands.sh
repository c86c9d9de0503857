#!/usr/bin/env bash
# The README's two commands, and the look around after the first, in a bare clone, with an environment that
# holds nothing but the places of cargo, a C compiler and git.
#   two_commands.sh TARGET_DIRECTORY
set -euo pipefail
target="$(mkdir -p "$1" && cd "$1" && pwd)"
root="$(cd "$(dirname "$0")/../.." && pwd)"
work="$(mktemp -d)"
server=""
stop() {
    # The program that cargo started is a child of cargo.
    [ -z "$server" ] || { pkill -P "$server" || true; kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
    server=""
}
trap 'stop; rm -rf "$work"' EXIT
bare=(env -i "HOME=$HOME" "PATH=$(dirname "$(command -v cargo)"):/usr/bin:/bin" "CARGO_TARGET_DIR=$target" LANG=C.UTF-8)

git clone --quiet "$root" "$work/muniment"
cd "$work/muniment"

block() { # the commands of the README's fenced block that begins with the given line, with their place
    awk -v first="$1" '/^```/ { inside = !inside; if (!inside) { if (hit) exit; kept = "" } next }
        inside { kept = kept $0 "\n"; if (index($0, first) == 1) hit = 1 } END { if (hit) printf "%s", kept }' README.md
}
start="$(block 'cargo run --release -- demo')"
look="$(block 'target/release/muniment case list')"
tests="$(block 'cargo test')"
[ -n "$start" ] && [ "$tests" = 'cargo test' ] && [ "$(printf '%s' "$look" | grep -c muniment-demo)" -ge 6 ] || { echo 'the README has other commands'; exit 1; }

"${bare[@]}" bash -c "exec $start" >"$work/demo.log" 2>&1 &
server=$!
for ((i = 0; ; i++)); do
    curl --silent --fail --output /dev/null http://127.0.0.1:8420/readyz && break
    kill -0 "$server" 2>/dev/null || { cat "$work/demo.log"; echo 'the demonstration has ended'; exit 1; }
    [ "$i" -lt 2400 ] || { tail -n 5 "$work/demo.log"; echo 'the demonstration is not ready'; exit 1; }
    sleep 1
done
for page in /healthz /openapi.json /docs; do
    curl --silent --show-error --fail --output /dev/null "http://127.0.0.1:8420$page"
done
printf '%s\n' "$look" | sed "s,^target/,$target/," >"$work/look.sh"
"${bare[@]}" bash -euo pipefail "$work/look.sh" >"$work/look.log" 2>&1 || { cat "$work/look.log"; exit 1; }
grep -q 'SC-\|TW-' "$work/look.log"
stop
for ((i = 0; ; i++)); do
    curl --silent --output /dev/null http://127.0.0.1:8420/healthz || break
    [ "$i" -lt 30 ] || { echo 'the demonstration does not end'; exit 1; }
    sleep 1
done

# All tests are built, and those that need nothing but the processor are run. The whole second command takes as long
# as it took with PostgreSQL, before this.
"${bare[@]}" bash -c "$tests --no-run && exec $tests --lib -- base:: record:: ledger:: seal:: access:: policy::" \
    >"$work/tests.log" 2>&1 </dev/null || { tail -n 200 "$work/tests.log"; echo 'the second command fails'; exit 1; }
passed="$(sed -n 's/^test result: ok\. \([0-9]*\) passed; 0 failed; 0 ignored; .*/\1/p' "$work/tests.log" | paste -sd+)"
[ -n "$passed" ] && [ "$((passed))" -ge 300 ] || { tail -n 20 "$work/tests.log"; echo 'too few tests ran'; exit 1; }

[ -z "$(git status --porcelain)" ] || { git status --short; echo 'the commands leave files that git sees'; exit 1; }
echo "the README's first command, the $(printf '%s\n' "$look" | grep -c .) after it, and the second with $((passed)) of its tests work in a bare clone"
