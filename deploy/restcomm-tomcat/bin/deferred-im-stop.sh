#!/bin/sh
# Stops the server that deferred-im-start.sh started, and returns when it is gone; exit code 1 if it is not after a minute.
base=$(cd "$(dirname "$0")/.." && pwd) || exit 1
pid_file=$base/temp/deferred-im.pid

if ! [ -s "$pid_file" ] || ! kill "$(cat "$pid_file")" 2>/dev/null; then
  echo "not running" >&2
  rm -f "$pid_file"
  exit 0
fi
waited=0
while kill -0 "$(cat "$pid_file")" 2>/dev/null; do
  if [ $waited -ge 60 ]; then
    echo "process $(cat "$pid_file") does not end" >&2
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
rm -f "$pid_file"
