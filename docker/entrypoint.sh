#!/bin/sh
# Runs one of the programs: mock (the default), suite or gate. A first word that starts with a hyphen is an option of
# the mock.
set -eu
[ "$#" -gt 0 ] || set -- mock
case "$1" in
    mock) shift; exec caseiq-mock --host 0.0.0.0 "$@" ;;
    suite) shift; exec pytest -p no:cacheprovider --pyargs contract_tests "$@" ;;
    gate) shift; exec caseiq-gate "$@" ;;
    -*) exec caseiq-mock --host 0.0.0.0 "$@" ;;
    *) exec "$@" ;;
esac
