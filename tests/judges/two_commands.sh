#!/usr/bin/env bash
# The README's first command, and the look around after it, in a bare clone, with an environment that holds nothing
# but the places of cargo, a C compiler and git. The second one, `cargo test`, .ci/run runs with PostgreSQL.
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

[ -z "$(git status --porcelain)" ] || { git status --short; echo 'the commands leave files that git sees'; exit 1; }
echo "the README's first command and the $(printf '%s\n' "$look" | grep -c .) after it work in a bare clone"
