set -u
LC_ALL=C
export LC_ALL
: "${BASE_URL:?is the base URL of the Case APIs, such as https://tenant.example/api-public/1.0}"
BASE_URL=${BASE_URL%/}
responses=$(mktemp -d) || exit 1
trap 'rm -rf "$responses"' EXIT

# request N CURL-OPTIONS: sends request N, with its body from standard input, and saves the response.
request() {
    n=$1
    shift
    curl --silent --globoff --path-as-is --max-time 60 -H 'Expect:' \
        -o "$responses/$n" -D "$responses/$n.headers" -w '%{http_code}' "$@" >"$responses/$n.status" ||
        echo "no response" >"$responses/$n.status"
    touch "$responses/$n" "$responses/$n.headers"
    # For HEAD, curl saves the headers as the body.
    case " $* " in *" --head "*) : >"$responses/$n" ;; esac
}

# show N STATUS REQUEST: prints response N and the recorded status; ends the script if only now there is no response.
show() {
    printf '%s. %s\n   returned %s, recorded: %s\n' "$1" "$3" "$(cat "$responses/$1.status")" "$2"
    tr -d '\000-\011\013-\037\177' <"$responses/$1.headers" |
        grep -i -E '^(allow|content-type|etag|last-modified|location|retry-after|www-authenticate):' | sed 's/^/   /'
    tr -d '\000-\010\013-\037\177' <"$responses/$1" | sed 's/\("access_token"[^"]*"\)[^"]*/\1***/g'
    printf '\n\n'
    [ "$(cat "$responses/$1.status")" != "no response" ] || [ "$2" = "no response" ] || exit 1
}

# member N NAME K: sets $value to the K-th member NAME of response N; ends the script if there is none.
member() {
    value=$(tr -d '\r\n' <"$responses/$1" | sed "s/\"$2\"[[:space:]]*:/\\
&/g" | sed -n -e "s/^\"$2\"[[:space:]]*:[[:space:]]*\"\([^\"]*\).*/\1/p" -e t \
        -e "s/^\"$2\"[[:space:]]*:[[:space:]]*\([^\",}]*\).*/\1/p" | sed -n "$3p")
    [ -n "$value" ] || { echo "response $1 has no $2, which a later request needs" >&2; exit 1; }
}

# encode: sets $value to its percent-encoding as a segment of a path.
encode() {
    rest=$value
    value=
    while [ -n "$rest" ]; do
        next=${rest#?}
        case $rest in
            [A-Za-z0-9._~-]*) value=$value${rest%"$next"} ;;
            *) value=$value%$(printf %s "${rest%"$next"}" | od -An -tx1 | tr -d ' \n' | tr a-f A-F) ;;
        esac
        rest=$next
    done
}

# header N NAME: sets $value to the header NAME of response N, without quotes; ends the script if there is none.
header() {
    value=$(tr -d '\r' <"$responses/$1.headers" | grep -i "^$2:" | sed 's/^[^:]*:[[:space:]]*//; s/^[^"]*"\(.*\)".*/\1/' | sed -n 1p)
    [ -n "$value" ] || { echo "response $1 has no $2, which a later request needs" >&2; exit 1; }
}
