set -u
LC_ALL=C
export LC_ALL
: "${BASE_URL:?is the address of the Case APIs, such as https://tenant.example/api-public/1.0}"
BASE_URL=${BASE_URL%/}
answers=$(mktemp -d) || exit 1
trap 'rm -rf "$answers"' EXIT

# ask N CURL-OPTIONS: sends request N, its body from standard input, and keeps the answer.
ask() {
    n=$1
    shift
    curl --silent --show-error --globoff --path-as-is --max-time 60 -H 'Expect:' \
        -o "$answers/$n" -w '%{http_code}' "$@" >"$answers/$n.status" || echo "no answer" >"$answers/$n.status"
    touch "$answers/$n"
}

# show N STATUS REQUEST: prints answer N beside the status it once had; ends the script where none came.
show() {
    printf '%s. %s\n   answered %s, when recorded %s\n' "$1" "$3" "$(cat "$answers/$1.status")" "$2"
    tr -d '\000-\010\013-\037\177' <"$answers/$1"
    printf '\n\n'
    [ "$(cat "$answers/$1.status")" != "no answer" ] || exit 1
}

# member N NAME K: puts the K-th member NAME of answer N into $value; ends the script where there is none.
member() {
    value=$(tr -d '\r\n' <"$answers/$1" | sed "s/\"$2\"[[:space:]]*:/\\
&/g" | sed -n "s/^\"$2\"[[:space:]]*:[[:space:]]*\"\{0,1\}\([^\",}]*\).*/\1/p" | sed -n "$3p")
    [ -n "$value" ] || { echo "answer $1 has no $2, so the story cannot go on" >&2; exit 1; }
}
