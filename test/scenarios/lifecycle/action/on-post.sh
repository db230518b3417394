#!/bin/bash
# on-post WORKER SCRIPT: waits until the Worker has a child whose script has this end, and reaches for it in all ways.
# The Worker's own list of children, since the post does not live long.
exec {idle}<> <(:)
while :; do
  children=$(<"/proc/$1/task/$1/children") || exit
  for pid in $children; do
    mapfile -d '' -t words 2>/dev/null <"/proc/$pid/cmdline" || continue
    [[ ${words[1]-} == *"$2" ]] && break 2
  done
  # There is nothing to wait on: look again a little later.
  read -rt 0.05 -u "$idle"
done
# One program for all acts, since the post may end the session, and us with it, at any moment. In Node, which is not
# position independent, the address is that of its first page.
tab=$'\t'
while IFS='"' read -r _ _ _ act _ _ _ result _; do
  printf '%s %s\n' "$act" "$result" >>"$RECORD"
done < <("$ACTS" batch - <<EOF
post-attach${tab}ptrace-attach${tab}$pid
post-memory${tab}proc-mem${tab}$pid${tab}4194304
post-stop${tab}signal${tab}kill${tab}$pid${tab}19
post-kill${tab}signal${tab}pidfd${tab}$pid${tab}9
EOF
)
