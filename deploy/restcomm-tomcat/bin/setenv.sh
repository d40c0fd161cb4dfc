# catalina.sh reads this: where what it starts finds its things, wherever it is called from.
cd "$CATALINA_BASE" || exit 1
: "${DEFERRED_IM_CONFIG:=$CATALINA_BASE/conf/deferred-im.properties}"
export DEFERRED_IM_CONFIG
CATALINA_PID="$CATALINA_BASE/temp/deferred-im.pid"
CATALINA_OUT="$CATALINA_BASE/logs/console.log"
