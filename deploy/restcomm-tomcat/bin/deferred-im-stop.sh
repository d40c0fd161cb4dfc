#!/bin/sh
# Stops the server that deferred-im-start.sh started, and returns when it is gone; exit code 1 if it is not after a minute.
base=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
pid_file=$base/temp/deferred-im.pid

if ! "$base/bin/deferred-im-running.sh"; then
  echo "not running" >&2
  rm -f "$pid_file"
  exit 0
fi
pid=$(cat "$pid_file")
kill "$pid" || exit 1

# One that has ended and that nobody has waited for has given up its ports and files too.
gone() {
  ! kill -0 "$pid" 2>/dev/null || grep -q '^State:.*Z' "/proc/$pid/status" 2>/dev/null
}

waited=0
until gone; do
  if [ $waited -ge 60 ]; then
    echo "process $pid does not end" >&2
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
rm -f "$pid_file"
