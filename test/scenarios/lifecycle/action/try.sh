#!/bin/bash
# try NAME ACT...: does the act and notes how it ended. Never fails, so that the next one is tried, too.
printf '%s %s\n' "$1" "$("$ACTS" "${@:2}" 2>&1)" >>"$RECORD"
