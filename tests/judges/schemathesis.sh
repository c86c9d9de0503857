#!/usr/bin/env bash
# Lets schemathesis (https://schemathesis.readthedocs.io) judge the HTTP API: whatever it sends, no
# answer may be a fault of the program, and every answer must be one that the reference describes.
#
# usage: tests/judges/schemathesis.sh [EXAMPLES]
#   MUNIMENT       the binary (default: the debug build in CARGO_TARGET_DIR or target)
#   SCHEMATHESIS   the judge (default: schemathesis on the PATH). Nothing is installed here.
# Ends with 0 if nothing was found, 1 if something was, 2 if it could not be run. At most 170 seconds.
set -euo pipefail
cd "$(dirname "$0")/../.."

examples="${1:-12}"
muniment="${MUNIMENT:-${CARGO_TARGET_DIR:-target}/debug/muniment}"
judge="$(command -v "${SCHEMATHESIS:-schemathesis}" || true)"
[ -x "$muniment" ] || { echo "no binary at $muniment: run cargo build first" >&2; exit 2; }
muniment="$(realpath "$muniment")"
[ -n "$judge" ] || { echo "schemathesis is not installed" >&2; exit 2; }

folder="$(mktemp -d)"
server=""
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    cd /
    rm -rf "$folder"
}
trap finish EXIT

"$muniment" init --data "$folder/data" --json >"$folder/init.json"
token="$(sed -n 's/.*"token":"\([^"]*\)".*/\1/p' "$folder/init.json")"
[ -n "$token" ] || { echo "init gave no token" >&2; exit 2; }
"$muniment" serve --data "$folder/data" --listen 127.0.0.1:0 >"$folder/address" 2>"$folder/log" &
server=$!
for _ in $(seq 1 200); do
    grep -q '^listening on ' "$folder/address" && break
    kill -0 "$server" 2>/dev/null || { cat "$folder/log" >&2; exit 2; }
    sleep 0.1
done
url="$(sed -n 's/^listening on //p' "$folder/address")"
[ -n "$url" ] || { echo "the service does not listen" >&2; exit 2; }

# What an archivist may do is judged with an archivist's token; what another role may do answers 403 in
# the form that the reference gives. Which of many valid requests the archive takes is a matter of its
# rules (cases, links, digests), so acceptance is not judged.
# The judge keeps notes where it runs: not in the tree.
cd "$folder"
status=0
timeout 170 "$judge" run "$url/openapi.json" \
    --header "Authorization: Bearer $token" \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method,allow_header_conformance \
    --phases examples,coverage,fuzzing \
    --max-examples "$examples" --max-time 150 --workers 2 --request-timeout 30 \
    --generation-deterministic --no-shrink --no-color \
    --suppress-health-check all --output-sanitize true --warnings off || status=$?

# A request that met a fault of the program is in the log even where the judge did not look.
if grep -q 'panicked at\|met a fault of the program' "$folder/log"; then
    grep 'panicked at\|met a fault of the program' "$folder/log" | head -20 >&2
    status=1
fi
case "$status" in
    0) echo "schemathesis found nothing" ;;
    *) echo "schemathesis found something (exit $status)" >&2; status=1 ;;
esac
exit "$status"
