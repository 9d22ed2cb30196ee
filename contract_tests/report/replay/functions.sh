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

# masked: copies standard input, with *** in place of credentials from the environment, and of damaged ones.
masked() {
    awk '
        function is_part(text, at, end) {
            return is_word && (substr(text, at - 1, at > 1) ~ /[A-Za-z0-9]/ || substr(text, end, 1) ~ /[A-Za-z0-9]/)
        }
        function hide(text, secret, shortest,    size, half, part, out, at, end, k) {
            size = length(secret)
            half = size < shortest ? size : int(size / 2)
            is_word = size < 8 && secret ~ /^([A-Za-z]+|[0-9]+)$/
            for (part = substr(secret, 1, half); half && (at = index(text, part)); text = substr(text, end)) {
                end = at + half
                for (k = half + 1; k <= size && substr(text, end, 1) == substr(secret, k, 1); k++) end++
                out = out (is_part(text, at, end) ? substr(text, 1, end - 1) : substr(text, 1, at - 1) "***")
            }
            text = out text
            if (size < shortest) return text
            out = ""
            for (part = substr(secret, size - half + 1); at = index(text, part); text = substr(text, end)) {
                end = at + half
                for (k = size - half; at > 1 && k && substr(text, at - 1, 1) == substr(secret, k, 1); k--) at--
                out = out substr(text, 1, at - 1) "***"
            }
            return out text
        }
        BEGIN {
            count = split("CASEIQ_TOKEN CASEIQ_CLIENT_SECRET", names, " ")
            for (n = 1; n <= count; n++) {
                secrets[n] = ENVIRON[names[n]]
                quoted[n] = secrets[n]
                gsub(/["\\]/, "\\\\&", quoted[n])
            }
        }
        {
            for (n = 1; n <= count; n++) {
                $0 = hide(hide($0, quoted[n], 1e9), secrets[n], 1e9)
                $0 = hide(hide($0, quoted[n], 8), secrets[n], 8)
            }
            print
        }'
}

# show N STATUS REQUEST: prints response N and the recorded status; ends the script if only now there is no response.
show() {
    printf '%s. %s\n   returned %s, recorded: %s\n' "$1" "$3" "$(cat "$responses/$1.status")" "$2"
    tr -d '\000-\011\013-\037\177' <"$responses/$1.headers" |
        grep -i -E '^(allow|content-type|etag|last-modified|location|retry-after|www-authenticate):' |
        sed 's/^/   /' | masked
    tr -d '\000-\010\013-\037\177' <"$responses/$1" |
        sed 's/\("\(access\|refresh\|id\)_token"[^"]*"\)[^"]*/\1***/g' | masked
    echo
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
