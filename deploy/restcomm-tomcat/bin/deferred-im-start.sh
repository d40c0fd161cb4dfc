#!/bin/sh
# Starts the server in the background, and returns when it is ready; or says why it is not, with exit code 1.
base=$(cd "$(dirname "$0")/.." && pwd) || exit 1
pid_file=$base/temp/deferred-im.pid
console=$base/logs/console.log

if [ -s "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; then
  echo "already running: process $(cat "$pid_file")" >&2
  exit 1
fi
rm -f "$pid_file"
: >"$console" || exit 1
CATALINA_HOME=$base CATALINA_BASE=$base "$base/bin/catalina.sh" start >/dev/null || exit 1

waited=0
while kill -0 "$(cat "$pid_file")" 2>/dev/null; do
  if grep -q 'im.deferred.app.Server: started' "$console"; then
    exit 0
  fi
  if grep 'im.deferred.app.Startup: not started' "$console" >&2 || [ $waited -ge 120 ]; then
    echo "not ready; see $console" >&2
    "$base/bin/deferred-im-stop.sh"
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
rm -f "$pid_file"
grep -v '^NOTE: Picked up' "$console" >&2
exit 1
