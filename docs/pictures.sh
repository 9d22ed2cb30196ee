#!/bin/sh
# Makes the pictures of the README from the report of a run.
# Usage: docs/pictures.sh report/conformance.json
set -eu
here=$(dirname "$0")
python -m contract_tests.report "$1" --svg "$here/verdict.svg" --screenshot "$here/report.png"

# The verdict of the gate: a field that becomes required.
folder=$(mktemp -d)
sed 's/required: \[caseStatus, workflowId\]/required: [caseStatus, workflowId, reason]/' spec/caseiq-openapi.yaml > "$folder/head.yaml"
caseiq-gate spec/caseiq-openapi.yaml "$folder/head.yaml" --output "html=$folder/gate.html" > "$folder/gate.txt" || true
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=920,420 --user-data-dir="$folder/profile" \
    --screenshot="$here/gate.png" "$folder/gate.html"
