#!/bin/sh
# Starts the server in the background, and returns when it is ready; or says why it is not, with exit code 1.
base=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
pid_file=$base/temp/deferred-im.pid
console=$base/logs/console.log

if "$base/bin/deferred-im-running.sh"; then
  echo "already running: process $(cat "$pid_file")" >&2
  exit 1
fi
rm -f "$pid_file"
: >"$console" || exit 1
said=$(CATALINA_HOME=$base CATALINA_BASE=$base "$base/bin/catalina.sh" start) || {
  echo "$said" >&2
  exit 1
}

# Not kill -0: that goes well for a process that has ended and that nobody has waited for.
alive() {
  [ -n "$(tr '\0' ' ' 2>/dev/null <"/proc/$(cat "$pid_file")/cmdline")" ]
}

# A password that was made at this start is told here, and does not stay in the file, to which the server goes on writing.
tell_password() {
  found=$(grep -abo '^HTTP user operator, password .*' "$console") || return 0
  line=${found#*:}
  password=${line##* }
  echo "$line"
  printf '%s' "$password" | tr -c '' '*' |
    dd of="$console" bs=1 seek=$((${found%%:*} + ${#line} - ${#password})) conv=notrunc 2>/dev/null
}

waited=0
while alive; do
  if grep -q 'im.deferred.app.Server: started' "$console"; then
    tell_password
    exit 0
  fi
  if grep 'im.deferred.app.Startup: not started' "$console" >&2 || [ $waited -ge 120 ]; then
    tell_password
    echo "not ready; see $console" >&2
    "$base/bin/deferred-im-stop.sh"
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
rm -f "$pid_file"
tell_password
grep -v '^NOTE: Picked up' "$console" >&2
exit 1
