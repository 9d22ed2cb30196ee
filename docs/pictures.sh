#!/bin/sh
# Makes the pictures of the README from the report of a run.
# Usage: docs/pictures.sh report/conformance.json
set -eu
here=$(dirname "$0")
python -m contract_tests.report "$1" --svg "$here/verdict.svg" --screenshot "$here/report.png"
