// The parts of a script that are the same in each: everything is kept in a folder, so that answers can be looked at and used later on.

/** Functions that the steps call. */
export const PRELUDE = String.raw`DIR=$(mktemp -d) || exit 2
trap 'rm -rf "$DIR"' EXIT
PREFIX=$(printf '%s' "$BASE_URL" | sed 's#^[a-z]*://[^/]*##')

# Sends a request and keeps the answer: request STEP, then what curl takes.
request() {
  step=$1
  shift
  curl -q -sS -g --path-as-is --http1.1 -D "$DIR/$step.headers" -o "$DIR/$step.body" \
    -w '%{http_code}' "$@" > "$DIR/$step.status" 2> "$DIR/$step.error" || true
}

# Shows what came.
answer() {
  if [ "$(cat "$DIR/$1.status")" = 000 ]; then
    printf '   no answer: %s\n' "$(cat "$DIR/$1.error")"
  else
    printf '   HTTP %s\n' "$(cat "$DIR/$1.status")"
    if [ -s "$DIR/$1.body" ]; then printf '   %s\n' "$(head -c 2000 "$DIR/$1.body" | tr -d '\000')"; fi
  fi
}

# The value at an RFC 6901 pointer of an answer, as JSON.
json() {
  node -e '
    const [file, pointer] = process.argv.slice(1)
    let value
    try {
      value = JSON.parse(require("fs").readFileSync(file, "utf8"))
      for (const step of pointer.split("/").slice(1))
        value = value?.[step.replaceAll("~1", "/").replaceAll("~0", "~")]
    } catch {}
    process.stdout.write(JSON.stringify(value) ?? "nothing")
  ' "$DIR/$1.body" "$2"
}

# A text at a pointer, without its quotes.
text() {
  node -p 'try { String(JSON.parse(process.argv[1])) } catch { "" }' -- "$(json "$1" "$2")"
}`

export const HEADER = String.raw`
# A header of an answer.
header() {
  tr -d '\r' < "$DIR/$1.headers" | grep -i "^$2:" | head -n 1 | sed 's/^[^:]*: *//'
}`

export const URI = String.raw`
# A text as it stands in a path.
uri() {
  node -e 'process.stdout.write(encodeURIComponent(process.argv[1]))' -- "$1"
}`

export const INSTANT = String.raw`
# The time so many milliseconds from now, written as the second argument is.
instant() {
  node -e '
    const [ms, written] = process.argv.slice(1)
    const like = decodeURIComponent(written)
    const [, t, digits, zone] = /^.{10}(.).{8}(?:\.(\d+))?(.+)$/.exec(like)
    const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [undefined, "+", 0, 0]
    const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60000
    const unit = digits ? 1 : 1000
    const iso = new Date(Math.ceil((Date.now() + Number(ms)) / unit) * unit + offset).toISOString()
    const fraction = digits ? "." + iso.slice(20, 23).padEnd(digits.length, "0").slice(0, digits.length) : ""
    const time = iso.slice(0, 10) + t + iso.slice(11, 19) + fraction + zone
    process.stdout.write(like === written ? time : encodeURIComponent(time))
  ' -- "$1" "$2"
}`

export const SPOIL = String.raw`
# A text with another character at one place: the one that differs from it in the same bits of Base64 as the last two arguments.
spoil() {
  node -e '
    const [text, place, from, to] = process.argv.slice(1)
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    const [was, is, now] = [from, to, text[place]].map((one) => letters.indexOf(one))
    const other = Math.min(was, is, now) < 0 ? to : letters[was ^ is ^ now]
    process.stdout.write(text.slice(0, place) + other + text.slice(Number(place) + 1))
  ' -- "$@"
}`

export const UNPACK = String.raw`
# Makes the body of a request out of what follows, with each old text replaced by a new one: unpack STEP [OLD NEW] …
unpack() {
  step=$1
  shift
  node -e '
    const [file, ...pairs] = process.argv.slice(1)
    const fs = require("fs")
    let body = require("zlib").gunzipSync(Buffer.from(fs.readFileSync(0, "utf8"), "base64")).toString("latin1")
    for (let n = 0; n < pairs.length; n += 2)
      body = body.replaceAll(pairs[n], () => Buffer.from(pairs[n + 1]).toString("latin1"))
    fs.writeFileSync(file, body, "latin1")
  ' "$DIR/$step.request" "$@"
}`
