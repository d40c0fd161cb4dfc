#!/bin/sh
# Exit code 0 if the server runs that deferred-im-start.sh started. A process that has its number after a restart of the machine is not it.
base=$(cd "$(dirname "$0")/.." && pwd -P) || exit 1
pid_file=$base/temp/deferred-im.pid
[ -s "$pid_file" ] && tr '\0' '\n' 2>/dev/null <"/proc/$(cat "$pid_file")/cmdline" | grep -qxF -- "-Dcatalina.base=$base"
